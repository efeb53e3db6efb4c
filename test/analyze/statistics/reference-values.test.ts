import {readFileSync} from 'node:fs';
import {describe, expect, test} from 'vitest';

import {clusteredMean} from '../../support/clustered-mean.ts';
import {fitFixedEffects} from '../../../src/analyze/statistics/fixed-effects.ts';
import {incompleteBeta, studentTQuantile, studentTUpperTail} from '../../../src/analyze/statistics/student-t.ts';
import {subtractLinearised, ratioOfSums, testLinearised} from '../../../src/analyze/statistics/linearised.ts';
import {holm, mcnemarExact} from '../../../src/analyze/statistics/p-values.ts';
import {normalQuantile, normalUpperTail} from '../../../src/analyze/statistics/normal.ts';
import {wilson} from '../../../src/analyze/statistics/clustered-proportion.ts';
import {pairedDifference} from './paired-difference.ts';

/** Recorded from SciPy and statsmodels by test/fixtures/statistics/record.py; the versions stand in the file. */
const recorded: any = JSON.parse(
  readFileSync(new URL('../../fixtures/statistics/reference-values.json', import.meta.url), 'utf8'),
);

/** Equal to a relative 1e-10, far tails included. */
function close(actual: number | null | undefined, wanted: number): void {
  expect(Math.abs((actual ?? NaN) - wanted), `${actual} should be ${wanted}`).toBeLessThanOrEqual(
    1e-10 * Math.max(Math.abs(wanted), Number.MIN_VALUE),
  );
}

/** For results that are differences of larger numbers. */
function near(actual: readonly (number | null)[] | null, wanted: readonly number[]): void {
  expect(actual).toHaveLength(wanted.length);
  wanted.forEach((value, i) => expect(actual?.[i]).toBeCloseTo(value, 10));
}

function byCluster(values: readonly number[], clusters: readonly number[]): number[][] {
  const groups = new Map<number, number[]>();
  values.forEach((value, i) => groups.set(clusters[i]!, [...(groups.get(clusters[i]!) ?? []), value]));
  return [...groups.values()];
}

describe(`as SciPy ${recorded.made_with.scipy} and statsmodels ${recorded.made_with.statsmodels} say`, () => {
  test('tails and quantiles of the normal distribution', () => {
    for (const [x, p] of recorded.normal_upper_tail) close(normalUpperTail(x), p);
    for (const [p, z] of recorded.normal_quantile) near([normalQuantile(p)], [z]);
  });

  test("tails and quantiles of Student's t", () => {
    for (const [t, df, p] of recorded.t_upper_tail) close(studentTUpperTail(t, df), p);
    for (const [p, df, t] of recorded.t_quantile) {
      if (t === 0 || Math.abs(t) < 1e-9) expect(studentTQuantile(p, df)).toBeCloseTo(t, 10);
      else close(studentTQuantile(p, df), t);
    }
    expect(studentTUpperTail(2, Infinity)).toBe(normalUpperTail(2));
  });

  test('the incomplete beta function', () => {
    for (const [x, a, b, value] of recorded.incomplete_beta) close(incompleteBeta(x, a, b), value);
  });

  test('Wilson intervals', () => {
    for (const [successes, n, ...interval] of recorded.wilson) near(wilson(successes, n), interval);
  });

  test('Holm-adjusted p-values', () => {
    for (const [pValues, adjusted] of recorded.holm) near(holm(pValues), adjusted);
  });

  test('exact McNemar tests', () => {
    for (const [b, c, p] of recorded.mcnemar) near([mcnemarExact(b, c)], [p]);
  });

  test('clustered means', () => {
    for (const {values, clusters, mean_se} of recorded.clustered_mean) {
      const {mean, standardError} = clusteredMean(byCluster(values, clusters));
      near([mean, standardError], mean_se);
    }
  });

  test('paired differences', () => {
    for (const {first, second, clusters, ...wanted} of recorded.paired_difference) {
      const pairs = first.map((value: number, i: number) => ({
        first: value,
        second: second[i],
        cluster: String(clusters[i]),
      }));
      const difference = pairedDifference(pairs);
      const {standardError, interval, pValue} = testLinearised(difference);
      near([difference.value, standardError, pValue], [wanted.difference, wanted.standard_error, wanted.p]);
      near(interval, wanted.interval);
    }
  });

  test('differences of shares of unequally many answers', () => {
    for (const {values, sides, clusters, ...wanted} of recorded.ratio_difference) {
      const share = (side: number) =>
        ratioOfSums(
          values.map((part: number, i: number) => ({
            cluster: String(clusters[i]),
            part: sides[i] === side ? part : 0,
            of: sides[i] === side ? 1 : 0,
          })),
        )!;
      const difference = subtractLinearised(share(1), share(0));
      const {standardError, interval, pValue} = testLinearised(difference);
      near([difference.value, standardError, pValue], [wanted.difference, wanted.standard_error, wanted.p]);
      near(interval, wanted.interval);
    }
  });

  test('differences of the coefficients of two regressions on the same rows', () => {
    const {outcome, group, regressors} = recorded.fixed_effects;
    const {second_outcome: second, ...wanted} = recorded.coefficient_difference;
    const fit = (outcomes: readonly number[]) => {
      const rows = outcomes.map((value, i) => ({
        outcome: value,
        group: String(group[i]),
        regressors: regressors[i] as number[],
      }));
      const fitted = fitFixedEffects(['a', 'b', 'c'], rows);
      if (fitted.kind !== 'fitted') throw new Error(fitted.reason);
      return fitted.coefficients.map(({estimate, influences}) => ({value: estimate, influences}));
    };
    const [one, other] = [fit(outcome), fit(second)];
    const differences = one.map((each, i) => subtractLinearised(each, other[i]!));
    near(
      differences.map(({value}) => value),
      wanted.difference,
    );
    near(
      differences.map(each => testLinearised(each).standardError),
      wanted.standard_error,
    );
    near(
      differences.map(each => testLinearised(each).pValue),
      wanted.p,
    );
  });

  test('a regression with group dummies and clustered errors', () => {
    const {outcome, group, regressors, ...wanted} = recorded.fixed_effects;
    const fit = fitFixedEffects(
      ['a', 'b', 'c'],
      outcome.map((value: number, i: number) => ({outcome: value, group: String(group[i]), regressors: regressors[i]})),
    );
    if (fit.kind !== 'fitted') throw new Error(fit.reason);
    near(
      fit.coefficients.map(({estimate}) => estimate),
      wanted.estimate,
    );
    near(
      fit.coefficients.map(({standardError}) => standardError),
      wanted.standard_error,
    );
    near(
      fit.coefficients.flatMap(({interval}) => interval),
      wanted.interval.flat(),
    );
    near(
      fit.coefficients.map(({pValue}) => pValue),
      wanted.p,
    );
    // Rows that stand for several are the same regression.
    const twice = outcome.flatMap((value: number, i: number) => {
      const row = {outcome: value, group: String(group[i]), regressors: regressors[i]};
      return i % 2 === 0 ? [row, row] : [row];
    });
    const weighted = outcome.map((value: number, i: number) => ({
      outcome: value,
      group: String(group[i]),
      regressors: regressors[i],
      weight: i % 2 === 0 ? 2 : 1,
    }));
    const [plain, byWeight] = [fitFixedEffects(['a', 'b', 'c'], twice), fitFixedEffects(['a', 'b', 'c'], weighted)];
    if (plain.kind !== 'fitted' || byWeight.kind !== 'fitted') throw new Error('not fitted');
    near(
      byWeight.coefficients.flatMap(({interval}) => interval),
      plain.coefficients.flatMap(({interval}) => interval),
    );
  });
});
