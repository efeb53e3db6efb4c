import {toArray, field, textOrNull} from '../fields.ts';

/** Returns whether a body is a stream of events or of JSON lines: some servers stream though asked not to. */
export function isStream(contentType: string | null, body: string): boolean {
  return /event-stream|ndjson/i.test(contentType ?? '') || /^(?:\uFEFF)?\s*(?:data|event|id|retry):/.test(body);
}

/**
 * Puts the pieces of a stream together to the answer that a server sends whole: OpenAI's chunks, Anthropic's events or
 * Ollama's lines. An error in the stream is the answer. Returns null when nothing in it can be read.
 */
export function assembleStream(body: string): unknown {
  const events = body.split(/\r?\n/).flatMap(parseLine);
  const failed = events.find(isError);
  if (failed !== undefined) return failed;
  if (events.length <= 1 && !events.some(isChunk)) return events[0] ?? null;
  if (events.some(event => Array.isArray(field(event, 'choices')))) return joinChunks(events);
  if (events.some(event => field(event, 'type') === 'message_start')) return joinAnthropic(events);
  return joinOllama(events);
}

function parseLine(line: string): unknown[] {
  const text = line.replace(/^data:/, '').trim();
  if (!text.startsWith('{') && !text.startsWith('[{')) return [];
  try {
    return [JSON.parse(text) as unknown];
  } catch {
    return []; // the last line of a stream that was cut
  }
}

function isError(event: unknown): boolean {
  const error = field(event, 'error');
  return (
    (error !== undefined && error !== null) || field(event, 'object') === 'error' || field(event, 'type') === 'error'
  );
}

/** Returns whether an event is a piece of a completion: a stream that was cut may have only one. */
function isChunk(event: unknown): boolean {
  return field(toArray(field(event, 'choices'))[0], 'delta') !== undefined;
}

function joinChunks(chunks: readonly unknown[]): object {
  const message: Record<string, unknown> = {};
  let finish: unknown = null;
  for (const chunk of chunks) {
    const choice = toArray(field(chunk, 'choices'))[0];
    append(message, field(choice, 'delta') ?? field(choice, 'message'));
    finish = field(choice, 'finish_reason') ?? finish;
  }
  return {
    model: findLastValue(chunks, 'model'),
    choices: [{index: 0, message: {content: '', ...message}, finish_reason: finish}],
    usage: findLastValue(chunks, 'usage'),
  };
}

/** Adds a piece to a message: texts and lists grow, anything else is replaced. */
function append(message: Record<string, unknown>, delta: unknown): void {
  if (delta === null || typeof delta !== 'object') return;
  for (const [name, value] of Object.entries(delta)) {
    const old = message[name];
    if (typeof old === 'string' && typeof value === 'string' && name !== 'role') message[name] = old + value;
    else if (Array.isArray(old) && Array.isArray(value))
      message[name] = [...(old as unknown[]), ...(value as unknown[])];
    else if (value !== null) message[name] = value;
  }
}

function joinAnthropic(events: readonly unknown[]): object {
  const blocks: Record<string, unknown>[] = [];
  const whole: Record<string, unknown> = {};
  const usage: Record<string, unknown> = {};
  for (const event of events) {
    const index = Number(field(event, 'index'));
    if (field(event, 'type') === 'content_block_start') blocks[index] = {...(field(event, 'content_block') as object)};
    if (field(event, 'type') === 'content_block_delta') {
      const {type: _type, ...delta} = (field(event, 'delta') ?? {}) as Record<string, unknown>;
      append((blocks[index] ??= {type: 'text'}), delta);
    }
    append(whole, field(event, 'message'));
    if (field(event, 'type') === 'message_delta') append(whole, field(event, 'delta'));
    Object.assign(usage, field(field(event, 'message'), 'usage'), field(event, 'usage'));
  }
  return {...whole, content: Object.values(blocks), usage};
}

function joinOllama(lines: readonly unknown[]): object {
  const message: Record<string, unknown> = {};
  for (const line of lines) append(message, field(line, 'message'));
  const response = lines.map(line => textOrNull(field(line, 'response')) ?? '').join('');
  return {...(lines.at(-1) as object), message: {content: '', ...message}, response};
}

function findLastValue(events: readonly unknown[], name: string): unknown {
  return events.map(event => field(event, name)).findLast(value => value !== undefined && value !== null);
}
