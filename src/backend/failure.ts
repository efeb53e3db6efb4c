import {messageOf, systemErrorCode} from '../core/errors.ts';
import {recordedError} from '../record/recorded-errors.ts';
import type {ChatFailure, FailureReason} from './backend.ts';

/** What a failure is described with. */
export interface CallContext {
  /** As the server knows it. */
  readonly model: string;
  /** Where it was called; never with credentials. */
  readonly url: string;
  /** Texts that must not appear in any message: keys. */
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
}

const MAX_QUOTED = 300;

/** A failure that the server answered with. */
export function statusFailure(
  status: number,
  body: string,
  header: (name: string) => string | null,
  context: CallContext,
): ChatFailure {
  const text = scrub(errorText(body), context.secrets);
  const reason = reasonOfStatus(status, text);
  const retryAfterMs = parseRetryAfter(header('retry-after-ms'), header('retry-after'));
  return {
    kind: 'failure',
    reason,
    retryable: reason === 'rate-limited' || reason === 'overloaded',
    ...(retryAfterMs === undefined ? {} : {retryAfterMs}),
    error: recordedError('APIRequestError', `API request failed (${status}): ${text}`, {
      model: context.model,
      status_code: status,
      original_error: text,
    }),
  };
}

function reasonOfStatus(status: number, text: string): FailureReason {
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 404) return 'model-missing';
  if (status === 429) return 'rate-limited';
  if (/EngineDeadError|engine (?:is )?dead|AsyncEngineDead/i.test(text)) return 'engine-dead';
  if (status === 408 || status === 409 || status >= 500) return 'overloaded';
  return 'refused';
}

/** A failure on the way: no answer, half an answer, or one that is none. */
export function transportFailure(thrown: unknown, context: CallContext): ChatFailure {
  if (context.signal.aborted) return failure('aborted', false, 'aborted', context);
  if (thrown instanceof SyntaxError)
    return failure('nonsense', true, `the answer is not JSON: ${thrown.message}`, context);
  const code = deepestCode(thrown);
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE')
    return failure('nonsense', true, 'the answer is far too large', context);
  const text = deepestMessage(thrown);
  if (isTimeout(thrown, code)) return failure('timeout', true, text, context);
  const words = code === undefined ? undefined : CODE_WORDS[code];
  return failure('unreachable', true, words === undefined ? text : `${words} (${code})`, context);
}

/** An answer with status 200 that is no chat completion. */
export function nonsense(text: string, context: CallContext): ChatFailure {
  return failure('nonsense', true, text, context);
}

function failure(reason: FailureReason, retryable: boolean, text: string, context: CallContext): ChatFailure {
  const clean = scrub(text, context.secrets);
  const detail = reason === 'unreachable' || reason === 'timeout' ? `${context.url}: ${clean}` : clean;
  return {
    kind: 'failure',
    reason,
    retryable,
    error: recordedError('APIRequestError', `API request failed: ${detail}`, {
      model: context.model,
      original_error: clean,
    }),
  };
}

const CODE_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name cannot be looked up',
  EPIPE: 'the connection was cut',
  EHOSTUNREACH: 'the host cannot be reached',
};

function isTimeout(thrown: unknown, code: string | undefined): boolean {
  if (code !== undefined && /TIMEOUT|ETIMEDOUT/.test(code)) return true;
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error.name === 'TimeoutError' || error.name === 'APIConnectionTimeoutError') return true;
  }
  return false;
}

function deepestCode(thrown: unknown): string | undefined {
  let code: string | undefined;
  for (let error = thrown; error instanceof Error; error = error.cause) code = systemErrorCode(error) ?? code;
  return code;
}

function deepestMessage(thrown: unknown): string {
  let message = messageOf(thrown);
  for (let error = thrown; error instanceof Error; error = error.cause) message = error.message || message;
  return message;
}

/** The message inside an error body: OpenAI's, vLLM's and Ollama's forms; else the body itself, markup removed, cut. */
function errorText(body: string): string {
  let text = body;
  try {
    const value = JSON.parse(body) as {error?: {message?: unknown} | string; message?: unknown; detail?: unknown};
    const {error} = value;
    const found = typeof error === 'string' ? error : (error?.message ?? value.message ?? value.detail);
    if (typeof found === 'string') text = found;
  } catch {
    if (/^\s*</.test(body)) text = body.replace(/<style[^]*?<\/style>|<script[^]*?<\/script>|<[^>]*>/gi, ' ');
  }
  text = text.replace(/\s+/g, ' ').trim();
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text || 'no message';
}

/** Servers like to quote the key that they refuse. */
function scrub(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) if (secret.length >= 4) clean = clean.replaceAll(secret, '***');
  return clean.replace(/\b(sk-[A-Za-z0-9_-]{4})[A-Za-z0-9_*-]+/g, '$1***');
}

/** Seconds or a date (RFC 9110 §10.2.3), or OpenAI's milliseconds. */
export function parseRetryAfter(milliseconds: string | null, value: string | null, nowMs?: number): number | undefined {
  if (milliseconds !== null && /^\d+(\.\d+)?$/.test(milliseconds)) return Number(milliseconds);
  if (value === null) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  // eslint-disable-next-line no-restricted-properties -- the header names an instant of the real clock
  return Number.isNaN(date) ? undefined : Math.max(0, date - (nowMs ?? Date.now()));
}
