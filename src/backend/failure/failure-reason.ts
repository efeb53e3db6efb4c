import type {FailureReason} from '../backend.ts';
import type {ErrorFacts} from './error-facts.ts';

/**
 * Decides whose trouble an error answer is: of this one prompt (`filtered`, `context-full`, `refused`), of the key
 * (`unauthorized`), of the server for a while (`rate-limited`, `overloaded`, `loading`) or for good (`engine-dead`,
 * `model-missing`). What a server says counts more than its status: services use 403 for a flagged prompt, 429 for an
 * empty account, and 500 for a prompt that is too long.
 */
export function classifyErrorAnswer(status: number, facts: ErrorFacts): FailureReason {
  const {words} = facts;
  if (status === 401) return 'unauthorized';
  if (isOutOfCredit(status, facts)) return 'unauthorized';
  if (isFiltered(status, facts)) return 'filtered';
  if (isEngineDead(words)) return 'engine-dead';
  if (isLoading(status, words)) return 'loading';
  if (isContextFull(status, words)) return 'context-full';
  // A 403 that speaks neither of a key nor of a prompt: a firewall may dislike this one prompt. Many alike end the
  // model all the same.
  if (status === 403 || status === 451) return MENTIONS_KEY.test(words) ? 'unauthorized' : 'refused';
  if (BLAMES_REQUEST.test(words)) return 'refused';
  if (status === 404) return 'model-missing';
  if (status === 429) return NEVER_FITS.test(words) ? 'refused' : 'rate-limited';
  if (status === 408 || status === 409 || status === 425 || status >= 500) return 'overloaded';
  return 'refused';
}

/**
 * Returns whether no later call can be answered, whatever other calls got: the key is not accepted or the account is
 * empty.
 */
export function isFinalForKey(status: number, facts: ErrorFacts): boolean {
  return status === 401 || isOutOfCredit(status, facts);
}

/**
 * Waiting does not help an empty account, though some say it with a 429 or a 400. Google's per-minute limits are worded
 * alike, but name a delay or their status.
 */
export function isOutOfCredit(status: number, {words, waitMs}: ErrorFacts): boolean {
  if (status === 402) return true;
  if (
    /insufficient_quota|insufficient[_ ](?:balance|credits?|funds)|credit balance is too low|out of credits/i.test(
      words,
    )
  )
    return true;
  const isQuota = /exceeded your current quota|billing hard limit|account is not active|billing_not_active/i.test(
    words,
  );
  return isQuota && waitMs === undefined && !/RESOURCE_EXHAUSTED|retry (?:in|after) \d|try again in \d/i.test(words);
}

/** Codes of Azure, OpenAI, Google, DashScope, Zhipu, LiteLLM and others: nobody uses them for anything else. */
const FILTER_CODES =
  /\bcontent_filter(?:ed)?\b|content_policy_violation|ContentPolicyViolation|ResponsibleAIPolicyViolation|moderation_blocked|content_blocked|content_moderation|\bPROHIBITED_CONTENT\b|\bBLOCKLIST\b|\bSPII\b|\bSAFETY(?:_CHECK\w*)?\b|data_inspection_failed|DataInspectionFailed|guardrail_intervened|sensitive_words_detected/;

/** Sentences about a prompt or an answer that was stopped. */
const FILTER_WORDS =
  /(?:prompt|input|request|content|message|text|response|output|quer(?:y|ies))s?\b[^.\n]{0,80}\b(?:was|were|been|is|are|got)\b[^.\n]{0,40}\b(?:flagged|filtered|moderated)\b|(?:prompt|response|output|completion|candidate)s?\b[^.\n]{0,40}\b(?:was|were|been|is|are|got) blocked\b|blocked by (?:our |the )?(?:content|safety|moderation)|content[- ](?:filter(?:ing)?|management|moderation|safety) (?:policy|polic|system|filter|error)|violat\w+ (?:\S+ ){0,4}(?:usage|content|acceptable[- ]use|safety|moderation|responsible ai) (?:guidelines|polic|practices)|violat\w+ (?:\S+ ){0,6}(?:guidelines|usage polic|content polic)|requires moderation|inappropriate content|content exists risk|considered high risk|unsafe (?:or sensitive )?content|blocked (?:due to|because of|for|by) (?:\S+ )?(?:safety|prohibited)|potentially violating|不安全或敏感|敏感内容|内容安全/i;

/** An account that was banned for what it sent is no matter of one prompt. */
const ACCOUNT_BLOCKED =
  /\b(?:account|organi[sz]ation|api key|user|project)\b[^.\n]{0,60}\b(?:flagged|suspended|deactivated|disabled|banned|blocked)\b/i;

function isFiltered(status: number, {words, flagsPrompt, isPage}: ErrorFacts): boolean {
  if (status === 402 || isPage || ACCOUNT_BLOCKED.test(words)) return false;
  if (status === 451) return !/\b(?:region|country|territor)/i.test(words);
  return flagsPrompt || FILTER_CODES.test(words) || FILTER_WORDS.test(words);
}

/** Words of a 403 about the key, the account or a permission. */
const MENTIONS_KEY =
  /api[-_ ]?key|\bkeys?\b|token|credential|permission|not (?:been )?(?:authori[sz]ed|allowed|authenticated)|unauthori[sz]ed|authenticat|access (?:denied|to)|do(?:es)? not have access|no access|account|organi[sz]ation|subscription|region|country|territor|\bplan\b|billing|\bIAM\b|\brole\b|suspended|disabled|banned/i;

/**
 * Complaints about a request that llama.cpp and Ollama give the status 500: the server is well, and repeating the
 * request gets the same answer.
 */
const BLAMES_REQUEST =
  /\[json\.exception\.(?:parse|type|out_of_range|other)_error\.|option "[^"]*" must be of type|invalid JSON schema in format|invalid format: .*; expected|invalid think value/i;

/** A request that is larger than what the account may send in a minute: no wait makes it smaller. */
const NEVER_FITS = /request too large|must be reduced in order to run/i;

/** vLLM's words: the name of the exception, or its text, which is all that newer servers send. */
function isEngineDead(words: string): boolean {
  return /EngineDeadError|AsyncEngineDead|engine (?:process )?(?:is )?dead|EngineCore encountered an issue/i.test(
    words,
  );
}

/** llama.cpp's, Ollama's, TGI's and the Hub's words while a model is read into memory. */
function isLoading(status: number, words: string): boolean {
  if (status < 500) return false;
  return /\bloading (?:the )?model\b|model \S* ?is (?:currently |still )?(?:being )?load(?:ing|ed)|is currently loading|model is (?:starting|warming up|initiali[sz]ing|not (?:yet )?(?:ready|loaded))|server is (?:starting|warming up|initiali[sz]ing)|\bunavailable_error\b/i.test(
    words,
  );
}

/**
 * Llama.cpp, vLLM, OpenAI, Anthropic, Ollama, SGLang, TGI, Google, Mistral, xAI, Cohere, DashScope, Bedrock, LM Studio,
 * LiteLLM.
 */
const CONTEXT_WORDS =
  /exceed_context_size|exceeds? the (?:available |maximum |max )?context|context[_ ](?:length|window|size)[_ ]?(?:is |was )?exceeded|ContextWindowExceeded|exceeds? (?:\S+ ){0,4}context[_ ](?:length|window|size|limit)|(?:maximum|max) (?:context|prompt|model|input) length|longer than the (?:maximum )?(?:model'?s? )?(?:maximum )?(?:context|model) ?(?:length)?|model's context length|prompt is too long|prompt too long|input is too long|input token (?:count|length)[^.\n]{0,60}(?:exceeds|too long)|input tokens exceed|input length (?:and|exceeds)|too large for model|`inputs`(?: tokens)? (?:\+|must have)|range of input length|model token limit|number of tokens in the prompt cannot exceed|greater than the context length|context the overflows|reduce the length of the (?:messages|prompt|input)/i;

function isContextFull(status: number, words: string): boolean {
  // A gateway can pass a 400 on as 500; a 429 with such words is a limit of tokens a minute.
  if (status === 401 || status === 404 || status === 429) return false;
  return CONTEXT_WORDS.test(words) && !asksForMoreThanContext(words);
}

/**
 * vLLM's words for `max_tokens` that no prompt, however short, leaves room for: the config's fault and not the
 * prompt's.
 */
function asksForMoreThanContext(words: string): boolean {
  const [, asked, context] =
    /max_(?:completion_)?tokens[^\n]{0,60}too large: (\d+)[^\n]{0,60}maximum context length is (\d+)/i.exec(words) ??
    [];
  return asked !== undefined && Number(asked) >= Number(context);
}
