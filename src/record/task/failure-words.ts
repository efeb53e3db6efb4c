import {countUnderlyingErrors} from './error-codes.ts';
import type {CodeCount, FailureCount, RecordedError} from '../formats.ts';
import {ERROR_CODES, type ErrorClass} from './recorded-errors.ts';

/** The words for an error code in messages. */
export interface FailureWords {
  /** After "1": "1 reply was not JSON". */
  readonly one: string;
  /** After any other number. */
  readonly many: string;
  /** Advice on what to try; null where nothing in the config helps. */
  readonly advice: string | null;
}

const ENFORCE = 'structured_output: json_schema in conversation_config, which has the server enforce the format';
const NOT_JSON: FailureWords = {one: 'reply was not JSON', many: 'replies were not JSON', advice: ENFORCE};
const REQUEST: FailureWords = {
  one: 'request failed',
  many: 'requests failed',
  advice:
    'what the server said (mac show has its words), after time-outs a longer timeout_seconds; mac resume asks again',
};

/** The one table of words for error codes, in `mac run`, `mac status` and `mac show`. */
const WORDS: Partial<Record<ErrorClass, FailureWords>> = {
  MissingStructuredOutputError: NOT_JSON,
  JSONParseError: NOT_JSON,
  ValidationError: {
    one: 'reply lacked a field or had one of the wrong form',
    many: 'replies lacked a field or had one of the wrong form',
    advice: ENFORCE,
  },
  UnexpectedError: {
    one: 'reply had a form that cannot be read',
    many: 'replies had a form that cannot be read',
    advice: ENFORCE,
  },
  InvalidAnswerError: {
    one: 'named no choice',
    many: 'named no choice',
    advice: 'structured_output: json_schema in conversation_config, or a model that follows the format better',
  },
  LabelContradictsError: {
    one: 'named the label of one choice and the text of another',
    many: 'named the label of one choice and the text of another',
    advice: 'choice_display_format: without labels, or a model that follows the format better',
  },
  MaxLengthExceededError: {
    one: 'was cut at max_tokens',
    many: 'were cut at max_tokens',
    advice: 'a larger max_tokens in agent_definitions',
  },
  ContextFullError: {
    one: 'did not fit into the context',
    many: 'did not fit into the context',
    advice: "a longer context (the server's max_model_len or num_ctx), fewer rounds or a smaller max_tokens",
  },
  PromptTruncatedError: {
    one: 'answered a prompt that the server had cut',
    many: 'answered prompts that the server had cut',
    advice: "a longer context (the server's max_model_len or num_ctx) or fewer rounds",
  },
  ReplyInterruptedError: {
    one: 'was broken off by the server',
    many: 'were broken off by the server',
    advice: "the server's log; mac resume asks again",
  },
  ThoughtsOnlyError: {
    one: 'held thoughts and no answer',
    many: 'held thoughts and no answer',
    advice: "a larger max_tokens, enable_thinking: false, or the server's reasoning parser",
  },
  PlaceholderRationaleError: {
    one: "repeated the prompt's placeholder as its reasons",
    many: "repeated the prompt's placeholder as their reasons",
    advice:
      'a model that follows the format better, or retry_on_placeholder: false in retry_config, which records such answers and marks them',
  },
  ContentFilteredError: {
    one: 'was stopped by a content filter',
    many: 'were stopped by a content filter',
    advice: null,
  },
  ModelRefusedError: {one: 'declined to answer', many: 'declined to answer', advice: null},
  APIError: REQUEST,
  APIRequestError: REQUEST,
  OllamaAPIError: REQUEST,
  OllamaConnectionError: REQUEST,
  OllamaNotAvailableError: REQUEST,
  VLLMEngineError: REQUEST,
  VLLMEngineNotStartedError: REQUEST,
  VLLMBatchError: REQUEST,
  VLLMInferenceError: REQUEST,
  VLLMOOMError: {
    one: 'request ran out of GPU memory',
    many: 'requests ran out of GPU memory',
    advice: 'a smaller max_num_seqs or max_tokens',
  },
};

const BY_CODE = new Map<string, FailureWords>(
  Object.entries(WORDS).map(([name, words]) => [ERROR_CODES[name as ErrorClass], words]),
);

/** Returns the words for a code; a code without words of its own is named. */
export function failureWords(code: string): FailureWords {
  return BY_CODE.get(code) ?? {one: `failed with ${code}`, many: `failed with ${code}`, advice: null};
}

/** Describes counts in words: `12 replies were not JSON, 2 were cut at max_tokens 120`. */
export function describeFailures(failures: readonly CodeCount[]): string {
  return failures.map(describeCount).join(', ');
}

function describeCount({code, count, max_tokens: limit}: CodeCount): string {
  const {one, many} = failureWords(code);
  const isCut = code === ERROR_CODES.MaxLengthExceededError && limit !== undefined;
  return `${count} ${count === 1 ? one : many}${isCut ? ` ${limit}` : ''}`;
}

/** Describes what ended a conversation: of one that gave up, what was wrong with every attempt. */
export function describeEnd(error: RecordedError): string {
  if (error.error_code !== ERROR_CODES.MaxRetriesExceededError) return error.message;
  const failures = countUnderlyingErrors(error);
  const attempts = failures.reduce((sum, {count}) => sum + count, 0);
  const isTold = failures.some(({code}) => code !== error.error_code);
  return isTold
    ? `no usable answer in ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}: ${describeFailures(failures)}`
    : error.message;
}

/**
 * Describes why questions failed and what to try, in lines for the end of a run; none when nothing failed.
 *
 * @param questions how many failed; 0 where it is not known.
 */
export function explainFailures(questions: number, failures: readonly FailureCount[]): string[] {
  const [first] = failures;
  if (!first) return [];
  const head =
    questions === 1 ? '1 question failed' : questions > 0 ? `${questions} questions failed` : 'questions failed';
  const helped = failures.find(({code}) => failureWords(code).advice !== null);
  return [
    `${head}: ${describeFailures(failures)}`,
    ...(helped ? [`  try ${failureWords(helped.code).advice}`] : []),
    `  for example: mac show ${first.example}`,
  ];
}
