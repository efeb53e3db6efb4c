import {UserError} from '../../core/errors.ts';
import {pythonStr} from '../../core/python-str.ts';
import type {Axis} from '../plan.ts';

/** `reference` iterates whatever can be iterated, as the older system did; `default` wants lists. */
export type GridMode = 'default' | 'reference';

type Mapping = Readonly<Record<string, unknown>>;

/**
 * The dimensions of a `_grid` section in the older system's order: sweeps, then broadcasts, then zips, each kind in the order of the file. The last one
 * varies fastest.
 *
 * @throws UserError `grid-invalid`.
 */
export function readAxes(grid: Mapping, mode: GridMode): Axis[] {
  return [
    ...entries(grid, 'sweep').map(([path, values]): Axis => {
      return {kind: 'sweep', name: path, paths: [path], values: listValues(values, `sweep ${path}`, mode)};
    }),
    ...entries(grid, 'broadcast').map(([name, definition]) => readBroadcast(name, definition, mode)),
    ...entries(grid, 'zip').map(([name, sets]) => readZip(name, sets)),
  ];
}

function entries(grid: Mapping, kind: string): [string, unknown][] {
  const section = grid[kind];
  if (section === undefined || section === null) return [];
  if (typeof section !== 'object' || Array.isArray(section)) {
    throw invalid(`_grid.${kind}: found ${describe(section)}, expected a mapping`);
  }
  return Object.entries(section);
}

function readBroadcast(name: string, definition: unknown, mode: GridMode): Axis {
  if (!isMapping(definition))
    throw invalid(`Broadcast '${name}': found ${describe(definition)}, expected {paths, values}`);
  const {paths, values} = definition;
  if (isEmpty(paths)) throw invalid(`Broadcast '${name}' has no 'paths' specified`);
  if (isEmpty(values)) throw invalid(`Broadcast '${name}' has no 'values' specified`);
  return {
    kind: 'broadcast',
    name,
    paths: listValues(paths, `broadcast ${name}.paths`, mode).map(String),
    values: listValues(values, `broadcast ${name}.values`, mode),
  };
}

function readZip(name: string, sets: unknown): Axis {
  if (isEmpty(sets)) throw invalid(`Zip '${name}' has no value sets specified`);
  const list = Array.isArray(sets) ? (sets as unknown[]) : [undefined];
  const position = list.findIndex(set => !isMapping(set));
  if (position >= 0) throw invalid(`Zip '${name}' value set ${position} must be a dict of path->value mappings`);
  const mappings = list as Mapping[];
  return {kind: 'zip', name, paths: [...new Set(mappings.flatMap(set => Object.keys(set)))], values: mappings};
}

/** The zips whose sets write different paths: legal, but often a slip. */
export function unevenZips(axes: readonly Axis[]): string[] {
  return axes
    .filter(
      ({kind, paths, values}) =>
        kind === 'zip' && values.some(set => Object.keys(set as object).length !== paths.length),
    )
    .map(({name}) => name);
}

function listValues(values: unknown, what: string, mode: GridMode): readonly unknown[] {
  if (Array.isArray(values)) {
    if (values.length === 0 && mode === 'default')
      throw invalid(`${what} has no values`, 'give it at least one, or remove it');
    return values as unknown[];
  }
  if (mode === 'reference' && typeof values === 'string') return Array.from(values);
  if (mode === 'reference' && isMapping(values)) return Object.keys(values);
  throw invalid(`${what}: found ${describe(values)}, expected a list of values`);
}

function isMapping(value: unknown): value is Mapping {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return Array.isArray(value) ? value.length === 0 : isMapping(value) && Object.keys(value).length === 0;
}

function describe(value: unknown): string {
  return value === undefined ? 'nothing' : pythonStr(value);
}

function invalid(message: string, hint?: string): UserError {
  return new UserError('grid-invalid', message, {hint});
}
