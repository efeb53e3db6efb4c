import {isMapping} from '../core/mapping.ts';

/** A container of a config: never changed in place, since values are shared between tasks. */
type Container = Readonly<Record<string, unknown>> | readonly unknown[];

/**
 * The reason why a dotted path cannot be written; whoever knows where the path stands in the file says so to the user.
 */
export class PathError extends Error {
  override readonly name = 'PathError';
}

/**
 * A copy of `root` with the value at a dotted path replaced; everything off the path is shared. Digits index a list;
 * missing mappings on the way are created, nothing else is.
 *
 * @throws PathError when the path runs into a scalar, a null, or past the end of a list.
 */
export function setPath(
  root: Readonly<Record<string, unknown>>,
  path: string,
  value: unknown,
): Record<string, unknown> {
  return setIn(root, path.split('.'), 0, value) as Record<string, unknown>;
}

function setIn(node: unknown, segments: readonly string[], depth: number, value: unknown): Container {
  const segment = segments[depth] ?? '';
  const isLast = depth === segments.length - 1;
  if (Array.isArray(node)) {
    const list: readonly unknown[] = node;
    const index = parseIndex(segment, list, prefix(segments, depth));
    return list.with(index, isLast ? value : setIn(list[index], segments, depth + 1, value));
  }
  if (!isMapping(node)) {
    const what = node === null ? 'null' : 'a single value';
    throw new PathError(`${prefix(segments, depth)} is ${what}, which has no parts`);
  }
  const key = normalizeKey(segment);
  if (isLast) return {...node, [key]: value};
  const isThere = Object.hasOwn(node, key);
  if (!isThere && isPosition(segment)) {
    throw new PathError(`${prefix(segments, depth)} is a mapping without the key ${segment}`);
  }
  return {...node, [key]: setIn(isThere ? node[key] : {}, segments, depth + 1, value)};
}

/** The value at a dotted path; undefined when it is not there. */
export function getPath(root: unknown, path: string): unknown {
  let node = root;
  for (const segment of path.split('.')) {
    if (Array.isArray(node)) node = isPosition(segment) ? (node as unknown[])[Number(segment)] : undefined;
    else if (isMapping(node))
      node = Object.hasOwn(node, normalizeKey(segment)) ? node[normalizeKey(segment)] : undefined;
    else return undefined;
    if (node === undefined) return undefined;
  }
  return node;
}

/** Returns whether one dotted path lies on or below the other, so that writing one changes what the other reads. */
export function overlaps(a: string, b: string): boolean {
  const [one, other] = [`${withPlainNumbers(a)}.`, `${withPlainNumbers(b)}.`];
  return one.startsWith(other) || other.startsWith(one);
}

/** The last parts of a dotted path, which say enough in a list: `agent_definitions.0.persona` → `0.persona`. */
export function shortPath(path: string): string {
  const parts = path.split('.');
  return parts.slice(/^\d+$/.test(parts.at(-2) ?? '') ? -2 : -1).join('.');
}

function withPlainNumbers(path: string): string {
  return path.split('.').map(normalizeKey).join('.');
}

function isPosition(segment: string): boolean {
  return /^\d+$/.test(segment);
}

/** `007` is the number 7. */
function normalizeKey(segment: string): string {
  return isPosition(segment) ? String(Number(segment)) : segment;
}

function parseIndex(segment: string, list: readonly unknown[], where: string): number {
  if (!isPosition(segment)) throw new PathError(`${where} is a list, so "${segment}" must be a position from 0`);
  const index = Number(segment);
  if (index < list.length) return index;
  throw new PathError(`${where} has ${list.length} entries, so position ${index} is not there`);
}

function prefix(segments: readonly string[], depth: number): string {
  return segments.slice(0, depth).join('.') || 'the config';
}
