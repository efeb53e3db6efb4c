import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';

import {BENCHMARKS, benchmarkNamed, findBenchmark} from '../../src/analyze/metrics/benchmarks.ts';
import {listMainMetrics, listMainScores} from '../../src/analyze/metrics/main-metrics.ts';
import {PACKAGE_ROOT} from '../../src/core/version.ts';
import {aQuestion} from './a-question.ts';

describe.each(BENCHMARKS.map(each => [each.name, each] as const))('%s', (name, benchmark) => {
  const {metrics, shares = [], regression, mapped, byRound, methods} = benchmark;
  const ids = [...metrics, ...shares, ...(regression?.coefficients ?? [])].map(({id}) => id);

  test('names every metric once, and none that it refuses', () => {
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter(id => id in benchmark.refused)).toEqual([]);
  });

  test('maps and draws by round metrics that it has', () => {
    expect(mapped.filter(id => !ids.includes(id))).toEqual([]);
    expect(byRound.flatMap(({series}) => series).filter(({id}) => !ids.includes(id))).toEqual([]);
  });

  test('has a main score and a template of its methods', () => {
    expect(listMainScores(name).length).toBeGreaterThan(0);
    expect(existsSync(join(PACKAGE_ROOT, 'templates', `${methods.template}.hbs`))).toBe(true);
  });
});

test('main metrics are scores first, then those of the discussion', () => {
  expect(listMainMetrics('BBQ')).toEqual([
    'accuracy_ambig',
    'accuracy_disambig',
    's_amb',
    's_dis',
    'accuracy_cost',
    'consensus',
    'flip_rate',
    'conformity',
  ]);
  expect(listMainScores('DiscrimEval').map(({id}) => id)).toEqual([
    'yes_rate',
    'gap_mean',
    'effect_black',
    'effect_female',
    'effect_age_per_10_years',
  ]);
  expect(listMainScores('DiffAware').map(({id, chance}) => [id, chance])).toEqual([
    ['diff_aware', 1 / 3],
    ['ctxt_aware', 1 / 3],
  ]);
});

test('questions of a data set without a benchmark are scored as any other', () => {
  expect(findBenchmark(aQuestion('q', {source_dataset: 'Elsewhere (v2)'})).name).toBe('other');
  expect(benchmarkNamed('Elsewhere').name).toBe('other');
});

test('a data set whose name ends in a bracket is no part of another', () => {
  const question = aQuestion('q', {source_dataset: 'Elsewhere (v2)'});
  expect(findBenchmark(question).strata(question)).toEqual([{name: 'Elsewhere (v2)', isPart: false}]);
});
