import {expect} from 'vitest';

import {parseYaml11} from '../../src/config/yaml/yaml.ts';
import {validateTaskConfig} from '../../src/config/validate.ts';
import {expandGrid, type ExpandedGrid} from '../../src/plan/grid/expand.ts';
import type {GridMode} from '../../src/plan/grid/axes.ts';
import {countTasks, sweepSpecs, toDigits} from '../../src/plan/task-numbers.ts';
import {fileTimestamp} from '../../src/record/disk/timestamps.ts';
import {dryRunText} from '../support/dry-run-text.ts';
import {goldenSuite, type GoldenVector} from '../support/golden.ts';

/** Our values in the vectors' encoding, and theirs without what JavaScript cannot tell apart. */
function plain(value: any): any {
  if (typeof value === 'bigint') return {$bigint: String(value)};
  if (typeof value === 'number' && !Number.isFinite(value))
    return {$float: Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'};
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  if (typeof value.hasTime === 'boolean') return value.hasTime ? {$datetime: 'any'} : {$date: value.text};
  if ('$pyfloat' in value) return value.$pyfloat;
  if ('$datetime' in value) return {$datetime: 'any'};
  if ('$map' in value)
    return Object.fromEntries(value.$map.map(([key, member]: [any, any]) => [String(key), plain(member)]));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

function parse({input}: GoldenVector): unknown {
  return parseYaml11(input.yaml, 'golden.yaml').raw;
}

function timestampOf({input}: GoldenVector): string {
  return fileTimestamp(Date.parse(input.runtime_timestamp));
}

function expand(vector: GoldenVector, mode: GridMode): ExpandedGrid {
  return expandGrid(parse(vector), timestampOf(vector), mode);
}

function allConfigs(expansion: ExpandedGrid): unknown[] {
  return Array.from({length: countTasks(expansion.axes)}, (_, i) => expansion.configAt(i));
}

function checkVector(vector: GoldenVector, mode: GridMode): void {
  const {expected} = vector;
  if (expected.error_stage) {
    expect(() => allConfigs(expand(vector, mode))).toThrow(expect.objectContaining({name: 'UserError'}));
    return;
  }
  const expansion = expand(vector, mode);
  expect(expansion.isGrid).toBe(expected.is_grid);
  if (expected.is_grid) expect(countTasks(expansion.axes)).toBe(expected.num_combinations);
  expect(countTasks(expansion.axes)).toBe(expected.count);
  const wanted: [number, any, any][] = expected.configs
    ? expected.configs.map((config: any, i: number) => [i, config, expected.sweep_specs[i]])
    : [
        [0, expected.first, expected.sweep_spec_first],
        [100, expected.index_100, expected.sweep_spec_100],
        [countTasks(expansion.axes) - 1, expected.last, expected.sweep_spec_last],
      ];
  for (const [index, config, specs] of wanted) {
    expect(plain(expansion.configAt(index))).toEqual(plain(config));
    expect(plain(sweepSpecs(expansion.axes, toDigits(expansion.axes, index)))).toEqual(plain(specs));
  }
  if (expected.dry_run_stdout !== undefined) {
    expect(dryRunText(parse(vector), expansion, timestampOf(vector)).trim()).toBe(expected.dry_run_stdout.trim());
  }
}

const ALIASING = 'a value shared by several tasks is never changed by one of them';
const NO_MAPPING = 'a config that is no mapping is refused when it is read';
const NUMBER_KEY = 'a key that is a number is the text it spells; validation then knows no such section';
const NO_LIST = 'values and paths are lists: characters of a text or keys of a mapping are surely not meant';
const NO_VALUES = 'a dimension without values is refused: there would be no task at all';
const UNKNOWN_KEY = 'a key that _grid or a broadcast does not know is refused: it would do nothing';

const LEFTOVER = 'a placeholder that nothing fills in is refused: the text was hardly meant so';

/** In both modes. */
const DECISIONS: Readonly<Record<string, string>> = {
  'alias-dict-value': ALIASING,
  'alias-broadcast': ALIASING,
  'scalar-top': NO_MAPPING,
  'int-path': NUMBER_KEY,
};

const DEFAULT_DECISIONS: Readonly<Record<string, string>> = {
  ...DECISIONS,
  'sweep-string-value': NO_LIST,
  'sweep-dict-value': NO_LIST,
  'broadcast-string-paths': NO_LIST,
  'sweep-empty-values': NO_VALUES,
  'broadcast-extra': UNKNOWN_KEY,
  'unknown-grid-key': UNKNOWN_KEY,
  'runtime-ts-key': LEFTOVER,
};

const REFUSALS: Readonly<Record<string, RegExp>> = {
  [NO_MAPPING]: /expected a mapping of config sections/,
  [NO_LIST]: /_grid\.(sweep|broadcast)\..*expected a list/,
  [NO_VALUES]: /_grid\.sweep\.\w+: found a list that has no values/,
  [LEFTOVER]: /found the placeholder \{runtime\.other\}/,
  [UNKNOWN_KEY]: /_grid\..*: found the unknown key "\w+", expected one of/,
};

function checkDecision(vector: GoldenVector, reason: string, mode: GridMode): void {
  const refusal = REFUSALS[reason];
  if (refusal) {
    expect(() => expand(vector, mode)).toThrow(refusal);
    return;
  }
  const expansion = expand(vector, mode);
  if (reason === NUMBER_KEY) {
    const {problems} = validateTaskConfig(expansion.configAt(0));
    expect(problems.some(({found}) => found.includes('unknown key'))).toBe(true);
    return;
  }
  // Every task's own axis values stand in its config, whatever other tasks did to theirs.
  expect(countTasks(expansion.axes)).toBe(vector.expected.count);
  const first = allConfigs(expansion).map(config => JSON.stringify(config));
  expect(new Set(first).size).toBe(countTasks(expansion.axes));
  expect(allConfigs(expansion).map(config => JSON.stringify(config))).toEqual(first);
}

goldenSuite('grid.json', {
  mode: 'reference',
  decision: ({tag = ''}) => DECISIONS[tag],
  check: vector => checkVector(vector, 'reference'),
  checkDecision: (vector, reason) => checkDecision(vector, reason, 'reference'),
});

goldenSuite('grid.json', {
  mode: 'default',
  decision: ({tag = ''}) => DEFAULT_DECISIONS[tag],
  check: vector => checkVector(vector, 'default'),
  checkDecision: (vector, reason) => checkDecision(vector, reason, 'default'),
});
