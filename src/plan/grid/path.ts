import {UserError} from '../../core/errors.ts';

/** A container of a config: never changed in place, since values are shared between tasks. */
type Container = Readonly<Record<string, unknown>> | readonly unknown[];

/**
 * A copy of `root` with the value at a dotted path replaced; everything off the path is shared. Digits index a list; missing mappings on the way are
 * created, nothing else is.
 *
 * @throws UserError `grid-invalid` when the path runs into a scalar, a null, or past the end of a list.
 */
export function setPath(
  root: Readonly<Record<string, unknown>>,
  path: string,
  value: unknown,
): Record<string, unknown> {
  return setIn(root, path.split('.'), 0, value, path) as Record<string, unknown>;
}

function setIn(node: unknown, segments: readonly string[], depth: number, value: unknown, path: string): Container {
  const segment = segments[depth] ?? '';
  const isLast = depth === segments.length - 1;
  if (Array.isArray(node)) {
    const list: readonly unknown[] = node;
    const index = indexOf(segment, list, segments, depth, path);
    const copy = [...list];
    copy[index] = isLast ? value : setIn(list[index], segments, depth + 1, value, path);
    return copy;
  }
  if (node === null || typeof node !== 'object' || Object.getPrototypeOf(node) !== Object.prototype) {
    throw cannotSet(
      path,
      `${prefix(segments, depth)} is ${node === null ? 'null' : 'a single value'}, which has no parts`,
    );
  }
  const mapping = node as Readonly<Record<string, unknown>>;
  if (isLast) return {...mapping, [keyOf(segment)]: value};
  const isIndex = /^\d+$/.test(segment);
  if (isIndex && !(keyOf(segment) in mapping)) {
    throw cannotSet(path, `${prefix(segments, depth) || 'the config'} is a mapping without the key ${segment}`);
  }
  const key = isIndex ? keyOf(segment) : segment;
  const child = key in mapping ? mapping[key] : {};
  return {...mapping, [key]: setIn(child, segments, depth + 1, value, path)};
}

/** `007` is the number 7. */
function keyOf(segment: string): string {
  return /^\d+$/.test(segment) ? String(Number(segment)) : segment;
}

function indexOf(
  segment: string,
  list: readonly unknown[],
  segments: readonly string[],
  depth: number,
  path: string,
): number {
  if (!/^\d+$/.test(segment)) {
    throw cannotSet(path, `${prefix(segments, depth)} is a list, so "${segment}" must be a position from 0`);
  }
  const index = Number(segment);
  if (index >= list.length) {
    throw cannotSet(path, `${prefix(segments, depth)} has ${list.length} entries, so position ${index} is not there`);
  }
  return index;
}

/** The value at a dotted path; undefined when it is not there. */
export function getPath(root: unknown, path: string): unknown {
  let node = root;
  for (const segment of path.split('.')) {
    if (Array.isArray(node)) {
      if (!/^\d+$/.test(segment)) return undefined;
      node = (node as unknown[])[Number(segment)];
    } else if (node !== null && typeof node === 'object') {
      node = (node as Record<string, unknown>)[keyOf(segment)];
    } else {
      return undefined;
    }
    if (node === undefined) return undefined;
  }
  return node;
}

function prefix(segments: readonly string[], depth: number): string {
  return segments.slice(0, depth).join('.');
}

function cannotSet(path: string, reason: string): UserError {
  return new UserError('grid-invalid', `cannot set ${path}: ${reason}`, {hint: 'check the path in _grid'});
}
