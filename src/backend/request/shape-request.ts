import {isMapping} from '../../core/mapping.ts';
import type {RequestShape} from '../../core/task-config.ts';
import type {ChatRequest} from '../backend.ts';

/** The body of a request while it is being put together. */
export type Body = Record<string, unknown>;

/** Makes the body of a request. @param systemRole false: the system's text goes into the user's message. */
export type BodyBuilder = (request: ChatRequest, systemRole: boolean) => Body;

/** Renames, drops and adds fields of a body, in this order. Returns a new body; what was given stays as it is. */
export function shapeRequest(body: Body, {rename = {}, drop = [], add = {}}: RequestShape): Body {
  const shaped = copy(body) as Body;
  for (const [from, to] of Object.entries(rename)) {
    const value = take(shaped, from.split('.'));
    if (value !== undefined) put(shaped, to.split('.'), value);
  }
  for (const path of drop) take(shaped, path.split('.'));
  merge(shaped, add);
  return shaped;
}

/** Puts a value at a path, making the mappings on the way. */
export function put(body: Body, path: readonly string[], value: unknown): void {
  const [step, ...rest] = path;
  if (step === undefined) return;
  if (rest.length === 0) {
    body[step] = value;
    return;
  }
  const inner = body[step];
  const next = isMapping(inner) ? inner : {};
  body[step] = next;
  put(next, rest, value);
}

/** Removes what stands at a path, and mappings that are left empty by it. */
function take(body: Body, path: readonly string[]): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return undefined;
  const inner = body[step];
  if (rest.length === 0) {
    // Left as undefined, which JSON leaves out: cheaper than a body of another shape.
    body[step] = undefined;
    return inner;
  }
  if (!isMapping(inner)) return undefined;
  const taken = take(inner, rest);
  if (taken !== undefined && Object.values(inner).every(value => value === undefined)) body[step] = undefined;
  return taken;
}

function merge(body: Body, more: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(more)) {
    const old = body[key];
    if (isMapping(old) && isMapping(value)) merge(old, value);
    else body[key] = copy(value);
  }
}

/** Copies mappings; lists and values are never changed, so they are shared. */
function copy(value: unknown): unknown {
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, copy(member)]));
}
