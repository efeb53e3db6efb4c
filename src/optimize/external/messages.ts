import {z} from 'zod';

/** Name and version of the protocol, in every message. Another number is another protocol. */
export const PROTOCOL = 'mac.optimize/1';

const id = z.union([z.int(), z.string()]);
const body = z.record(z.string(), z.unknown());

/** A question of either side. */
export interface Request {
  readonly id: number | string;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

const requestSchema = z.object({id, method: z.string(), params: body.default({})});
const replySchema = z.object({id, result: body});
const errorSchema = z.object({id, error: z.object({code: z.string().default('error'), message: z.string()})});

export type Message =
  | {readonly kind: 'request'; readonly request: Request}
  | {readonly kind: 'reply'; readonly id: number | string; readonly result: Readonly<Record<string, unknown>>}
  | {readonly kind: 'error'; readonly id: number | string; readonly code: string; readonly message: string}
  /** Of another version of the protocol, or without a shape that it knows. */
  | {readonly kind: 'wrong'; readonly problem: string}
  /** No message: something that the program, or a library of it, printed. */
  | {readonly kind: 'stray'};

/** Reads a line of a program's standard output. What stands before a message in its line is dropped. */
export function readMessage(line: string): Message {
  const value = parse(line) ?? parse(line.slice(Math.max(0, line.search(MESSAGE_START))));
  // The one who waits for it would else wait until its time is over.
  if (value === undefined && NAMES_PROTOCOL.test(line)) return {kind: 'wrong', problem: describeBroken(line)};
  if (typeof value !== 'object' || value === null || !('protocol' in value)) return {kind: 'stray'};
  if (value.protocol !== PROTOCOL) {
    if (typeof value.protocol !== 'string' || !value.protocol.startsWith('mac.optimize/')) return {kind: 'stray'};
    return {kind: 'wrong', problem: describeVersion(value.protocol)};
  }
  const request = requestSchema.safeParse(value);
  if (request.success) return {kind: 'request', request: request.data};
  const error = errorSchema.safeParse(value);
  if (error.success) return {kind: 'error', id: error.data.id, ...error.data.error};
  const reply = replySchema.safeParse(value);
  if (reply.success) return {kind: 'reply', ...reply.data};
  return {kind: 'wrong', problem: 'a message without a result or an error (docs/optimize-protocol.md)'};
}

const MESSAGE_START = /\{\s*"protocol"\s*:/;
const NAMES_PROTOCOL = /"protocol"\s*:\s*"mac\.optimize\//;
/** Characters of a broken message that are quoted. */
const QUOTED = 200;

function describeBroken(line: string): string {
  const why = /\b(?:NaN|Infinity)\b/.test(line)
    ? 'NaN and Infinity are none'
    : 'a message is one line, with nothing behind it';
  const text = line.trim();
  const quoted = text.length > QUOTED ? `${text.slice(0, QUOTED)}…` : text;
  return `wrote a message that is not JSON: ${why} (docs/optimize-protocol.md): ${quoted}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Says that a program speaks another version of the protocol. */
function describeVersion(version: string): string {
  return `it speaks ${version}, not ${PROTOCOL}`;
}

/** Checks the version that the result of `hello` names; undefined where it is ours. */
export function checkHello({protocol}: Readonly<Record<string, unknown>>): string | undefined {
  if (protocol === PROTOCOL) return undefined;
  if (typeof protocol === 'string') return describeVersion(protocol);
  const found = protocol === undefined ? 'is missing' : `is ${JSON.stringify(protocol)}`;
  return `greets wrongly: protocol ${found} in the result of hello, expected "${PROTOCOL}"`;
}

/** Renders a message as the one line that it is. JSON has no infinities: they are null. */
export function renderMessage(message: object): string {
  return `${JSON.stringify({protocol: PROTOCOL, ...message})}\n`;
}
