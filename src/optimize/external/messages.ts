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
  const value = parse(line) ?? parse(line.slice(Math.max(0, line.indexOf('{"protocol"'))));
  if (typeof value !== 'object' || value === null || !('protocol' in value)) return {kind: 'stray'};
  if (value.protocol !== PROTOCOL) {
    if (typeof value.protocol !== 'string' || !value.protocol.startsWith('mac.optimize/')) return {kind: 'stray'};
    return {kind: 'wrong', problem: `it speaks ${value.protocol}, not ${PROTOCOL}`};
  }
  const request = requestSchema.safeParse(value);
  if (request.success) return {kind: 'request', request: request.data};
  const error = errorSchema.safeParse(value);
  if (error.success) return {kind: 'error', id: error.data.id, ...error.data.error};
  const reply = replySchema.safeParse(value);
  if (reply.success) return {kind: 'reply', ...reply.data};
  return {kind: 'wrong', problem: 'a message without a result or an error (docs/optimize-protocol.md)'};
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Renders a message as the one line that it is. JSON has no infinities: they are null. */
export function renderMessage(message: object): string {
  return `${JSON.stringify({protocol: PROTOCOL, ...message})}\n`;
}
