import {expect} from 'vitest';

import {parseYaml11} from '../../src/config/yaml.ts';
import {validateTaskConfig} from '../../src/config/validate.ts';
import {expandGrid} from '../../src/plan/grid/expand.ts';
import {fileTimestamp} from '../../src/record/timestamps.ts';
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

function expand({input}: GoldenVector) {
  return expandGrid(
    parseYaml11(input.yaml, 'golden.yaml').raw,
    fileTimestamp(Date.parse(input.runtime_timestamp)),
    'reference',
  );
}

function checkVector(vector: GoldenVector): void {
  const {expected} = vector;
  if (expected.error_stage) {
    expect(() => {
      const expansion = expand(vector);
      for (let i = 0; i < expansion.size; i++) expansion.configAt(i);
    }).toThrow();
    return;
  }
  const expansion = expand(vector);
  expect(expansion.isGrid).toBe(expected.is_grid);
  if (expected.is_grid) expect(expansion.size).toBe(expected.num_combinations);
  expect(expansion.size).toBe(expected.count);
  const wanted: [number, any, any][] = expected.configs
    ? expected.configs.map((config: any, i: number) => [i, config, expected.sweep_specs[i]])
    : [
        [0, expected.first, expected.sweep_spec_first],
        [100, expected.index_100, expected.sweep_spec_100],
        [expansion.size - 1, expected.last, expected.sweep_spec_last],
      ];
  for (const [index, config, specs] of wanted) {
    expect(plain(expansion.configAt(index))).toEqual(plain(config));
    expect(plain(expansion.specsAt(index))).toEqual(plain(specs));
  }
}

const ALIASING = 'a value shared by several tasks is never changed by one of them';
const NO_MAPPING = 'a config that is no mapping is refused when it is read';
const NUMBER_KEY = 'a key that is a number is the text it spells; validation then knows no such section';

goldenSuite('grid.json', {
  mode: 'reference',
  decision: ({tag}) =>
    tag?.startsWith('alias-')
      ? ALIASING
      : tag === 'scalar-top'
        ? NO_MAPPING
        : tag === 'int-path'
          ? NUMBER_KEY
          : undefined,
  check: checkVector,
  checkDecision: (vector, reason) => {
    if (reason === NO_MAPPING) {
      expect(() => expand(vector)).toThrow('a config is a mapping');
      return;
    }
    if (reason === NUMBER_KEY) {
      const config = expand(vector).configAt(0);
      expect(validateTaskConfig(config).problems.some(({found}) => found.includes('unknown key'))).toBe(true);
      return;
    }
    // Every task's own axis values stand in its config, whatever other tasks did to theirs.
    const expansion = expand(vector);
    expect(expansion.size).toBe(vector.expected.count);
    const all = Array.from({length: expansion.size}, (_, i) => JSON.stringify(expansion.configAt(i)));
    expect(new Set(all).size).toBe(expansion.size);
    expect(Array.from({length: expansion.size}, (_, i) => JSON.stringify(expansion.configAt(i)))).toEqual(all);
  },
});
