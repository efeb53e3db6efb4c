/** Facts of an error body, for deciding what kind of trouble it is. */
export interface ErrorFacts {
  /** Messages and codes, one a line: what a server says of its own. Never what it echoes of the request. */
  readonly words: string;
  /** Milliseconds that a field of the body asks to wait, such as Google's `retryDelay`; a sentence may ask as well. */
  readonly waitMs: number | undefined;
  /** It names what it flagged, or for what: a moderation's verdict on one prompt. */
  readonly flagsPrompt: boolean;
  /** A page of a proxy or firewall, which knows nothing of prompts. */
  readonly isPage: boolean;
}

/**
 * Fields in which servers speak for themselves. Others can hold the request: FastAPI's `input`, OpenRouter's
 * `flagged_input`.
 */
const MESSAGE_FIELDS = new Set([
  'message',
  'msg',
  'error',
  'error_msg',
  'error_description',
  'errors',
  'detail',
  'details',
  'title',
  'type',
  'error_type',
  'code',
  'error_code',
  'status',
  'reason',
  'reasons',
  'innererror',
  'metadata',
  'raw',
  'cause',
]);

/** Bodies are nested four deep at most (Azure's innererror); a gateway can wrap one in another. */
const MAX_DEPTH = 8;

/** Error pages hold their words in the first few kilobytes. */
const MAX_TEXT = 20_000;

/** Reads the body of an error, JSON of whatever form or text. */
export function readErrorFacts(body: string): ErrorFacts {
  const words: string[] = [];
  const waits: number[] = [];
  let flagsPrompt = false;

  const read = (value: unknown, depth: number): void => {
    if (depth > MAX_DEPTH) return;
    if (typeof value === 'string') {
      const inner = depth < MAX_DEPTH ? parseJson(value) : undefined;
      if (inner === undefined) words.push(value.slice(0, MAX_TEXT));
      else read(inner, depth + 1);
    } else if (typeof value === 'number') {
      words.push(String(value));
    } else if (Array.isArray(value)) {
      for (const each of value.slice(0, 20)) read(each, depth + 1);
    } else if (value !== null && typeof value === 'object') {
      readObject(value, depth);
    }
  };
  const readObject = (value: object, depth: number): void => {
    for (const [key, member] of Object.entries(value)) {
      const name = key.toLowerCase();
      if (name === 'flagged_input' || (name === 'reasons' && Array.isArray(member))) flagsPrompt = true;
      if (name === 'retrydelay' || name === 'retry_after' || name === 'estimated_time')
        waits.push(...parseWaitMs(member));
      if (MESSAGE_FIELDS.has(name)) read(member, depth + 1);
    }
  };

  const value = parseJson(body);
  read(value ?? body, 0);
  return {
    words: words.join('\n'),
    waitMs: waits.length > 0 ? Math.max(...waits) : undefined,
    flagsPrompt,
    isPage: /^\s*</.test(body),
  };
}

/** JSON of an object or a list; a text that only looks like a number or a word is a text. */
function parseJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** `"36.4s"` of Google's RetryInfo, `{"seconds": 36, "nanos": 4e8}` of its other form, or plain seconds. */
function parseWaitMs(value: unknown): number[] {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? [value * 1000] : [];
  if (typeof value === 'string') return /^\d+(?:\.\d+)?s?$/.test(value) ? [parseFloat(value) * 1000] : [];
  if (value === null || typeof value !== 'object') return [];
  const {seconds = 0, nanos = 0} = value as {seconds?: unknown; nanos?: unknown};
  const ms = Number(seconds) * 1000 + Number(nanos) / 1e6;
  return Number.isFinite(ms) && ms >= 0 ? [ms] : [];
}
