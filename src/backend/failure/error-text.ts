import {toArray, field} from '../fields.ts';

/** Most characters of an error body that a message quotes. */
const MAX_QUOTED = 300;

/** Characters of an error page that are read. */
const MAX_PAGE = 20_000;

/** Depth of nesting up to which words are searched: gateways wrap the error of the provider behind them. */
const MAX_DEPTH = 6;

/** Fields of servers' messages, the most informative first; some servers split a message among several. */
const MESSAGE_FIELDS = [
  'error',
  'message',
  'detail',
  'errors',
  'error_message',
  'errorMessage',
  'error_msg',
  'Message',
  'msg',
  'error_description',
  'title',
];

/** Fields that are read only when none of the others has a message. */
const FALLBACK_FIELDS = ['fault', 'faultstring', 'description', 'reason', 'raw', 'code', 'type', 'status'];

/** The server's words in the body of an error, in one line, shortened. Never empty. */
export function errorText(body: string): string {
  return shorten(wholeErrorText(body));
}

/**
 * The server's words, whole: whatever form its error has (OpenAI's and Anthropic's `error`, the flat one of older vLLM,
 * FastAPI's `detail`, Google's list, `errors`, problem details), the text of an error page, or the body itself.
 */
export function wholeErrorText(body: string): string {
  const text = wordsInJson(body) ?? extractPageText(body);
  return oneLine(text) || (body.trim() === '' ? 'no message (the answer is empty)' : 'no message');
}

/** The words in a parsed error; undefined when it has none. */
export function findWords(value: unknown): string | undefined {
  const words = [...new Set(collectWords(value, 0))].join('; ');
  return words === '' ? undefined : words;
}

export function shorten(text: string): string {
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED).replace(/[\uD800-\uDBFF]$/, '')}…` : text;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function wordsInJson(body: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof value === 'string') return extractPageText(value);
  return findWords(value);
}

function collectWords(value: unknown, depth: number): string[] {
  if (depth > MAX_DEPTH || value === null || value === undefined) return [];
  if (typeof value === 'string') return fromText(value, depth);
  if (Array.isArray(value)) return value.flatMap(member => collectWords(member, depth + 1));
  if (typeof value !== 'object') return [];
  const at = (name: string): string[] => collectWords(field(value, name), depth + 1);
  const words = MESSAGE_FIELDS.flatMap(at);
  if (words.length === 0) return FALLBACK_FIELDS.map(at).find(found => found.length > 0) ?? [];
  const place = renderLocation(value);
  // A router says "Provider returned error" and quotes that provider beside it.
  const quoted = collectWords(field(field(value, 'metadata'), 'raw'), depth + 1);
  return [...words.map(text => (place === '' ? text : `${place}: ${text}`)), ...quoted];
}

/** A text, or the error that it quotes as JSON. */
function fromText(text: string, depth: number): string[] {
  if (/^\s*[[{]/.test(text)) {
    try {
      const inner = collectWords(JSON.parse(text), depth + 1);
      if (inner.length > 0) return inner;
    } catch {
      // then it only looks like JSON
    }
  }
  const line = oneLine(extractPageText(text));
  return line === '' ? [] : [line];
}

/** Renders the place where FastAPI saw the mistake: `body.messages.0`. */
function renderLocation(value: unknown): string {
  return toArray(field(value, 'loc'))
    .filter(step => typeof step === 'string' || typeof step === 'number')
    .join('.');
}

/** Error pages of proxies: their title and headings say what happened, the rest is decoration. */
function extractPageText(text: string): string {
  if (!/^\s*<(?:!doctype|html|head|body|h\d|\?xml)\b/i.test(text)) return text;
  return text
    .slice(0, MAX_PAGE)
    .replace(/<!--[^]*?-->|<(style|script)\b[^]*?<\/\1\s*>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&nbsp;/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;|&apos;/g, "'")
    .replace(/&amp;/g, '&');
}
