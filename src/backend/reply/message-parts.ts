import {toArray, field, textOrNull} from '../fields.ts';

/** The parts of a reply's message, by kind. */
export interface MessageParts {
  readonly text: string;
  /** Thoughts that came apart from the text; empty when there are none. */
  readonly thoughts: string;
  /** The declared refusal; empty when there is none. */
  readonly refusal: string;
}

/**
 * Fields of a message in which servers put thoughts: vLLM and DeepSeek, newer vLLM and routers, Ollama. Some send two
 * with the same text.
 */
const THOUGHT_FIELDS = ['reasoning_content', 'reasoning', 'thinking', 'thoughts', 'reasoning_details'];

const THOUGHT_PARTS = /think|reason|thought/i;

/** Takes a message apart, whatever its server's form. Never trusts a field to be there or to have its type. */
export function readMessage(message: unknown): MessageParts {
  const content = field(message, 'content');
  const parts = typeof content === 'string' ? [content] : toArray(content);
  const apart = THOUGHT_FIELDS.map(name => thoughtText(field(message, name))).find(text => text !== '');
  return {
    text: parts.map(contentText).join(''),
    thoughts: apart ?? parts.filter(isThought).map(thoughtText).filter(Boolean).join('\n'),
    refusal:
      textOrNull(field(message, 'refusal')) ?? parts.map(part => textOrNull(field(part, 'refusal')) ?? '').join(''),
  };
}

function contentText(part: unknown): string {
  if (typeof part === 'string') return part;
  return isThought(part) ? '' : (textOrNull(field(part, 'text')) ?? '');
}

function isThought(part: unknown): boolean {
  return THOUGHT_PARTS.test(textOrNull(field(part, 'type')) ?? '');
}

/** Reads a text, a list of parts, or a mapping with either under one of several names. Encrypted thoughts give ''. */
function thoughtText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(thoughtText).join('');
  for (const name of ['text', 'thinking', 'reasoning', 'content', 'summary']) {
    const inner = field(value, name);
    const text = inner === undefined || inner === null ? '' : thoughtText(inner);
    if (text !== '') return text;
  }
  return '';
}
