import type {ErrorFacts} from './error-facts.ts';

type Header = (name: string) => string | null;

/**
 * Reads how long a server asks to wait, from the most to the least definite place: `retry-after-ms`, `retry-after`, a
 * field of the body, a sentence of it, and for a rate limit its `x-ratelimit-reset-*` headers.
 *
 * @returns milliseconds; undefined when it asks for nothing.
 */
export function readRetryAfter(
  status: number,
  {header, facts, nowMs}: {readonly header: Header; readonly facts: ErrorFacts; readonly nowMs: number},
): number | undefined {
  const ms = header('retry-after-ms');
  if (ms !== null && isNumber(ms)) return Number(ms);
  const told = fromRetryAfter(header, nowMs);
  // Some proxies send a 0 along with a body that says more.
  if (told !== undefined && told > 0) return told;
  if (status !== 429 && status < 500) return told;
  return facts.waitMs ?? fromSentence(facts.words) ?? (status === 429 ? fromReset(header, nowMs) : undefined) ?? told;
}

/** Seconds or a date (RFC 9110 §10.2.3), which is compared with the server's own clock where it tells the time. */
function fromRetryAfter(header: Header, nowMs: number): number | undefined {
  const value = header('retry-after');
  if (value === null) return undefined;
  if (isNumber(value)) return Number(value) * 1000;
  const duration = parseDuration(value);
  if (duration !== undefined) return duration;
  const until = parseHttpDate(value);
  return until === undefined ? undefined : Math.max(0, until - serverNow(header, nowMs));
}

/** `Please try again in 1m30.5s.`, `retry in 350ms`, `retry after 20 seconds`, `wait 2 minutes`. */
function fromSentence(words: string): number | undefined {
  const [, text] =
    /\b(?:re-?try|try again|wait)(?:ing)?\b[^.\n\d]{0,40}?(\d[\d.]*\s*(?:ms|milliseconds?|h(?:ours?)?|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?)\b(?:\s*\d[\d.]*\s*(?:ms|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?)\b)*|(?:\d+h)?(?:\d+m(?!s))?\d[\d.]*m?s\b)/i.exec(
      words,
    ) ?? [];
  return text === undefined ? undefined : parseDuration(text);
}

const UNIT_MS: Readonly<Record<string, number>> = {ms: 1, s: 1000, m: 60_000, h: 3_600_000};

/** `1h2m3s`, `6m0s`, `7.66s`, `350ms`, `20 seconds`. */
function parseDuration(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*(milliseconds?|ms|h|m|s)[a-z]*/gi)];
  if (parts.length === 0 || !/^\s*\d/.test(text)) return undefined;
  return parts.reduce((sum, [, value = '0', unit = 's']) => {
    const letters = unit.toLowerCase();
    return sum + Number(value) * (UNIT_MS[letters.startsWith('milli') ? 'ms' : letters] ?? 0);
  }, 0);
}

const RESETS = ['requests', 'tokens', 'input-tokens', 'output-tokens'];

/** Reads when a rate limit resets: OpenAI's and Groq's durations, Anthropic's dates, others' seconds or epoch. */
function fromReset(header: Header, nowMs: number): number | undefined {
  const limits = ['x-ratelimit', 'anthropic-ratelimit'].flatMap(prefix =>
    RESETS.map(what =>
      prefix === 'x-ratelimit'
        ? {reset: header(`${prefix}-reset-${what}`), remaining: header(`${prefix}-remaining-${what}`)}
        : {reset: header(`${prefix}-${what}-reset`), remaining: header(`${prefix}-${what}-remaining`)},
    ),
  );
  limits.push({reset: header('x-ratelimit-reset'), remaining: header('x-ratelimit-remaining')});
  const known = limits.flatMap(({reset, remaining}) => {
    const ms = reset === null ? undefined : parseReset(reset, serverNow(header, nowMs));
    return ms === undefined ? [] : [{ms, isUsedUp: remaining !== null && Number(remaining) === 0}];
  });
  if (known.length === 0) return undefined;
  const usedUp = known.filter(({isUsedUp}) => isUsedUp);
  // Which limit it was is not always said; the nearest reset is then worth a try.
  return usedUp.length > 0 ? Math.max(...usedUp.map(({ms}) => ms)) : Math.min(...known.map(({ms}) => ms));
}

function parseReset(text: string, nowMs: number): number | undefined {
  if (isNumber(text)) {
    const value = Number(text);
    // Milliseconds since the epoch, seconds since the epoch, or seconds from now.
    if (value > 1e12) return Math.max(0, value - nowMs);
    return value > 1e9 ? Math.max(0, value * 1000 - nowMs) : value * 1000;
  }
  const at = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? parseDuration(text) : Math.max(0, at - nowMs);
}

function serverNow(header: Header, nowMs: number): number {
  return parseHttpDate(header('date')) ?? nowMs;
}

function isNumber(text: string): boolean {
  return /^\s*\d+(\.\d+)?\s*$/.test(text);
}

function parseHttpDate(text: string | null): number | undefined {
  // Date.parse makes a date of almost anything that begins with a number.
  if (text === null || !/^[A-Z][a-z]{2}/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
