import {field} from './fields.ts';

/** How much of an error body a message quotes, in characters. */
const MAX_QUOTED = 300;

/** How much of an error page is looked at. */
const MAX_PAGE = 20_000;

/** The message inside the body of an error: OpenAI's, Anthropic's, vLLM's, FastAPI's and Ollama's forms; else the body itself without markup; shortened. */
export function errorText(body: string): string {
  const text = (messageInJson(body) ?? withoutMarkup(body)).replace(/\s+/g, ' ').trim();
  if (text === '') return 'no message';
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED).replace(/[\uD800-\uDBFF]$/, '')}…` : text;
}

function messageInJson(body: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof value === 'string') return value;
  const error = field(value, 'error');
  const found =
    typeof error === 'string' ? error : (field(error, 'message') ?? field(value, 'message') ?? field(value, 'detail'));
  return typeof found === 'string' ? withoutMarkup(found) : undefined;
}

/** Error pages of proxies: their title and headings say what happened, the rest is decoration. */
function withoutMarkup(text: string): string {
  if (!/^\s*<(?:!doctype|html|head|body|h\d|\?xml)\b/i.test(text)) return text;
  return text
    .slice(0, MAX_PAGE)
    .replace(/<!--[^]*?-->|<(style|script)\b[^]*?<\/\1\s*>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&nbsp;/g, ' ');
}
