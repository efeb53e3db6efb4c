import type {Choice} from '../../questions/question.ts';
import type {AnswerMatchInfo, RecordedError} from '../formats.ts';

/**
 * Error classes and their codes as records have them: the older system's, so that old and new records can be counted
 * together. Those of `reply-errors.ts` are ours.
 */
export const ERROR_CODES = {
  MacFairnessError: 'UNKNOWN_ERROR',
  ConfigurationError: 'CONFIG_ERROR',
  MissingConfigSectionError: 'MISSING_CONFIG_SECTION',
  InvalidConfigFieldError: 'INVALID_CONFIG_FIELD',
  ValidationError: 'VALIDATION_ERROR',
  MissingStructuredOutputError: 'MISSING_STRUCTURED_OUTPUT',
  JSONParseError: 'JSON_PARSE_FAILED',
  InvalidAnswerError: 'INVALID_ANSWER',
  MaxLengthExceededError: 'MAX_LENGTH_EXCEEDED',
  AgentError: 'AGENT_ERROR',
  MaxRetriesExceededError: 'MAX_RETRIES_EXCEEDED',
  FileOperationError: 'FILE_OPERATION_ERROR',
  FileNotFoundError_: 'FILE_NOT_FOUND',
  ProjectRootError: 'PROJECT_ROOT_NOT_FOUND',
  UnexpectedError: 'UNEXPECTED_ERROR',
  DependencyError: 'DEPENDENCY_ERROR',
  VLLMEngineError: 'VLLM_ENGINE_ERROR',
  VLLMEngineNotStartedError: 'VLLM_ENGINE_NOT_STARTED',
  VLLMBatchError: 'VLLM_BATCH_ERROR',
  VLLMInferenceError: 'VLLM_INFERENCE_ERROR',
  VLLMOOMError: 'VLLM_OOM_ERROR',
  OllamaAPIError: 'OLLAMA_API_ERROR',
  OllamaConnectionError: 'OLLAMA_CONNECTION_ERROR',
  OllamaNotAvailableError: 'OLLAMA_NOT_AVAILABLE',
  APIError: 'API_ERROR',
  APIRequestError: 'API_REQUEST_ERROR',
  ManifestParseError: 'MANIFEST_PARSE_ERROR',
  ManifestWriteError: 'MANIFEST_WRITE_ERROR',
  ContextFullError: 'CONTEXT_FULL',
  PromptTruncatedError: 'PROMPT_TRUNCATED',
  ReplyInterruptedError: 'REPLY_INTERRUPTED',
  ContentFilteredError: 'CONTENT_FILTERED',
  ModelRefusedError: 'MODEL_REFUSED',
  ThoughtsOnlyError: 'THOUGHTS_ONLY',
  PlaceholderRationaleError: 'PLACEHOLDER_RATIONALE',
  LabelContradictsError: 'LABEL_CONTRADICTS',
} as const;

export type ErrorClass = keyof typeof ERROR_CODES;

/** Makes an error as records have it; details that are undefined are left out. */
export function recordedError(
  errorClass: ErrorClass,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): RecordedError {
  const present = Object.entries(details).filter(([, value]) => value !== undefined);
  return {
    error_class: errorClass,
    error_code: ERROR_CODES[errorClass],
    message,
    details: Object.fromEntries(present),
  };
}

/** Length of a reply's quotation in an error, in code points, as Python counts. */
const QUOTED_LENGTH = 500;

/** Returns the beginning of a reply, as errors repeat it. */
export function quote(text: string): string {
  // Twice as many UTF-16 units hold at least as many code points; long replies need not be taken apart whole.
  return Array.from(text.slice(0, 2 * QUOTED_LENGTH))
    .slice(0, QUOTED_LENGTH)
    .join('');
}

export function jsonParseRepaired(responseText: string): RecordedError {
  const details = {response_text: quote(responseText), repaired: true};
  return {...recordedError('JSONParseError', 'JSON parsing repaired', details), error_code: 'JSON_PARSE_REPAIRED'};
}

export function jsonParseFailed(responseText: string, attempt?: number): RecordedError {
  const details = {response_text: quote(responseText), repaired: false, attempt};
  return recordedError('JSONParseError', 'JSON parsing failed', details);
}

export function missingStructuredOutput(agentId: string, attempt?: number): RecordedError {
  return recordedError('MissingStructuredOutputError', `No structured output found in response from ${agentId}`, {
    agent_id: agentId,
    attempt,
  });
}

export function invalidAnswer(options: {
  readonly answerText: unknown;
  readonly choices: readonly Choice[];
  readonly matchInfo: AnswerMatchInfo | null;
  readonly attempt: number;
}): RecordedError {
  return recordedError('InvalidAnswerError', 'Invalid answer: has to be from choice text', {
    answer_text: options.answerText,
    choices: options.choices,
    match_info: options.matchInfo,
    attempt: options.attempt,
  });
}

export function maxLengthExceeded(options: {
  readonly agentId: string;
  readonly maxTokens: number;
  readonly tokensGenerated: number;
  readonly truncated?: boolean;
  readonly attempt?: number;
}): RecordedError {
  const {agentId, maxTokens, tokensGenerated, truncated = true, attempt} = options;
  return recordedError('MaxLengthExceededError', `Response exceeded max tokens (${tokensGenerated}/${maxTokens})`, {
    agent_id: agentId,
    max_tokens: maxTokens,
    tokens_generated: tokensGenerated,
    truncated,
    attempt,
  });
}

export function maxRetriesExceeded(
  agentId: string,
  maxRetries: number,
  validationErrors: readonly Partial<RecordedError>[],
): RecordedError {
  return recordedError('MaxRetriesExceededError', `Agent ${agentId} failed after ${maxRetries} retries`, {
    max_retries: maxRetries,
    validation_errors: validationErrors,
    agent_id: agentId,
  });
}

/** Says in an error that retrying is useless: at temperature 0 the same request would get the same reply again. */
export function identicalReplies(exhausted: RecordedError): RecordedError {
  const message = `${exhausted.message}: the same request at temperature 0 got the same unusable reply twice, so it was not sent again`;
  return {...exhausted, message, details: {...exhausted.details, identical_replies: true}};
}

export function unexpectedError(options: {
  readonly type: string;
  readonly message: string;
  readonly context?: string;
  readonly questionId?: string;
}): RecordedError {
  const {type, message, context = 'execution', questionId} = options;
  return recordedError('UnexpectedError', `Unexpected error during ${context}: ${type}: ${message}`, {
    original_error_type: type,
    original_message: message,
    context,
    question_id: questionId,
  });
}
