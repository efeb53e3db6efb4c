import {describeValue, suggest} from '../../config/problem.ts';
import type {Report} from '../../config/report.ts';
import {isMapping, type Mapping} from '../../core/mapping.ts';

/**
 * `reference` iterates whatever can be iterated and ignores unknown keys, as the older system did; `default` wants
 * lists and known keys.
 */
export type GridMode = 'default' | 'reference';

/** An entry of a `_grid` section as it is written. */
export interface GridAxis {
  readonly kind: 'sweep' | 'broadcast' | 'zip';
  /** The dotted path of a sweep, else the name given in the config. */
  readonly name: string;
  readonly paths: readonly string[];
  /** Of a zip: sets, mappings of path to value. */
  readonly values: readonly unknown[];
}

const KINDS = ['sweep', 'broadcast', 'zip'] as const;

/** The means of reading a `_grid` section. */
interface Reading {
  readonly mode: GridMode;
  readonly report: Report;
}

/** Returns whether something varies: a non-empty sweep, broadcast or zip. */
export function hasAxes(grid: Mapping): boolean {
  return KINDS.some(kind => !isEmpty(grid[kind]));
}

/**
 * The dimensions of a `_grid` section in the older system's order: sweeps, then broadcasts, then zips, each kind in the
 * order of the file. The last one varies fastest. What is wrong goes to the report; the axes mean something only when
 * nothing is.
 */
export function readAxes(grid: Mapping, reading: Reading): GridAxis[] {
  checkKeys(grid, ['_grid'], [...KINDS, 'derive'], reading);
  return [
    ...entries(grid, 'sweep', reading).map(([path, values]): GridAxis => {
      return {kind: 'sweep', name: path, paths: [path], values: readValues(values, ['_grid', 'sweep', path], reading)};
    }),
    ...entries(grid, 'broadcast', reading).map(([name, definition]) => readBroadcast(name, definition, reading)),
    ...entries(grid, 'zip', reading).map(([name, sets]) => readZip(name, sets, reading)),
  ];
}

/** The entries of a section that is a mapping, or not there. */
export function entries(grid: Mapping, section: string, {report}: Pick<Reading, 'report'>): [string, unknown][] {
  const found = grid[section];
  if (found === undefined || found === null) return [];
  if (isMapping(found)) return Object.entries(found);
  report.problem(['_grid', section], {found: describeValue(found), expected: 'a mapping'});
  return [];
}

function readBroadcast(name: string, definition: unknown, reading: Reading): GridAxis {
  const place = ['_grid', 'broadcast', name];
  const axis = {kind: 'broadcast', name, paths: [], values: []} as const;
  if (!isMapping(definition)) {
    reading.report.problem(place, {found: describeValue(definition), expected: "a mapping with 'paths' and 'values'"});
    return axis;
  }
  checkKeys(definition, place, ['paths', 'values'], reading);
  const missing = (['paths', 'values'] as const).filter(key => isEmpty(definition[key]));
  for (const key of missing) {
    const expected = key === 'paths' ? 'a list of dotted paths that get one value together' : 'a list of values';
    reading.report.problem([...place, key], {found: `a broadcast that has no '${key}' specified`, expected});
  }
  if (missing.length > 0) return axis;
  const paths = readValues(definition['paths'], [...place, 'paths'], reading);
  const wrong = paths.findIndex(path => typeof path !== 'string');
  if (wrong >= 0) {
    reading.report.problem([...place, 'paths', wrong], {found: describeValue(paths[wrong]), expected: 'a dotted path'});
  }
  return {...axis, paths: paths.map(String), values: readValues(definition['values'], [...place, 'values'], reading)};
}

function readZip(name: string, sets: unknown, {report}: Reading): GridAxis {
  const place = ['_grid', 'zip', name];
  const axis = {kind: 'zip', name} as const;
  const expected = 'a list of sets, each a mapping of paths to values';
  if (isEmpty(sets)) report.problem(place, {found: 'a zip that has no value sets specified', expected});
  else if (!Array.isArray(sets)) report.problem(place, {found: describeValue(sets), expected});
  const list = Array.isArray(sets) ? (sets as unknown[]) : [];
  for (const [i, set] of list.entries()) {
    if (isMapping(set)) continue;
    report.problem([...place, i], {found: describeValue(set), expected: 'a mapping of paths to values'});
  }
  const mappings = list.filter(isMapping);
  const paths = [...new Set(mappings.flatMap(set => Object.keys(set)))];
  if (mappings.some(set => Object.keys(set).length !== paths.length)) {
    report.warning(place, {
      found: 'sets that write different paths',
      expected: 'the same paths in every set of a zip',
      hint: 'a path that a set leaves out keeps the value of the base config',
    });
  }
  return {...axis, paths, values: mappings};
}

function readValues(values: unknown, place: readonly string[], {mode, report}: Reading): readonly unknown[] {
  if (Array.isArray(values)) {
    if (values.length > 0 || mode === 'reference') return values as unknown[];
    report.problem(place, {
      found: 'a list that has no values',
      expected: 'at least one value',
      hint: 'without any there would be no task at all: give it one, or remove it',
    });
    return [];
  }
  if (mode === 'reference' && typeof values === 'string') return Array.from(values);
  if (mode === 'reference' && isMapping(values)) return Object.keys(values);
  report.problem(place, {found: describeValue(values), expected: 'a list of values'});
  return [];
}

function checkKeys(mapping: Mapping, place: readonly string[], known: readonly string[], {mode, report}: Reading) {
  for (const key of Object.keys(mapping)) {
    if (known.includes(key)) continue;
    const complaint = {
      found: `the unknown key "${key}"`,
      expected: `one of ${known.join(', ')}`,
      hint: suggest(key, known),
    };
    if (mode === 'reference') report.warning([...place, key], complaint);
    else report.problem([...place, key], complaint);
  }
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return Array.isArray(value) ? value.length === 0 : isMapping(value) && Object.keys(value).length === 0;
}
