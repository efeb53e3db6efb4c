import {choleskyInverse} from './cholesky.ts';
import {TAIL, type Interval} from './interval.ts';
import {studentTQuantile, studentTTwoSided} from './student-t.ts';

/** One row of a regression. */
export interface Observation {
  /** Gets a dummy of its own, and is the cluster of the standard errors. */
  readonly group: string;
  readonly outcome: number;
  /** As many as the regression has names. */
  readonly regressors: readonly number[];
}

export interface Coefficient {
  readonly name: string;
  readonly estimate: number;
  readonly standardError: number;
  readonly interval: Interval;
  /** Two-sided, t with G − 1 degrees of freedom. */
  readonly pValue: number;
}

export type FixedEffectsFit =
  | {
      readonly kind: 'fitted';
      readonly coefficients: readonly Coefficient[];
      readonly n: number;
      readonly groups: number;
    }
  | {readonly kind: 'impossible'; readonly reason: string};

/**
 * Ordinary least squares with a dummy per group and standard errors clustered by group (CR1: the sandwich times G/(G−1)·(n−1)/(n−k)). The
 * dummies are swept out by subtracting group means, which changes neither coefficients nor the sandwich; being nested in the clusters they do not
 * count in k, as in Stata's `xtreg, fe` and R's fixest.
 *
 * Sources: Frisch & Waugh 1933, Lovell 1963 for the sweeping; Liang & Zeger 1986 for the sandwich; Cameron & Miller 2015 (J. Human Resources 50:317)
 * for CR1, nested dummies and G − 1 degrees of freedom.
 */
export function fitFixedEffects(names: readonly string[], observations: readonly Observation[]): FixedEffectsFit {
  const groups = groupRows(observations);
  const [n, k] = [observations.length, names.length];
  if (groups.length < 2) return {kind: 'impossible', reason: 'fewer than two groups'};
  if (n <= k + groups.length) {
    return {kind: 'impossible', reason: `${n} rows do not determine ${k + groups.length} coefficients`};
  }
  const swept = groups.map(sweep);
  const bread = choleskyInverse(crossProduct(swept.flat(), names.length));
  if (!bread) return {kind: 'impossible', reason: 'a regressor does not vary within the groups'};
  const estimates = multiply(
    bread,
    scores(swept.flat(), names.length, ({outcome}) => outcome),
  );
  const meat = zeros(names.length);
  for (const rows of swept)
    addOuter(
      meat,
      scores(rows, names.length, row => row.outcome - dot(row.regressors, estimates)),
    );
  const g = groups.length;
  const correction = (g / (g - 1)) * ((n - 1) / (n - k));
  const quantile = studentTQuantile(1 - TAIL, g - 1);
  const coefficients = names.map((name, i): Coefficient => {
    const left = multiply(meat, bread[i] ?? []);
    const standardError = Math.sqrt(correction * dot(bread[i] ?? [], left));
    const estimate = estimates[i] ?? NaN;
    const half = quantile * standardError;
    return {
      name,
      estimate,
      standardError,
      interval: [estimate - half, estimate + half],
      pValue: standardError === 0 ? 1 : studentTTwoSided(estimate / standardError, g - 1),
    };
  });
  return {kind: 'fitted', coefficients, n, groups: g};
}

type Row = Pick<Observation, 'outcome' | 'regressors'>;

function groupRows(observations: readonly Observation[]): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of observations) {
    const members = groups.get(row.group);
    if (members) members.push(row);
    else groups.set(row.group, [row]);
  }
  return [...groups.values()];
}

/** Subtracts the group's means. */
function sweep(rows: readonly Row[]): Row[] {
  const meanOf = (read: (row: Row) => number): number => rows.reduce((sum, row) => sum + read(row), 0) / rows.length;
  const outcome = meanOf(row => row.outcome);
  const regressors = (rows[0]?.regressors ?? []).map((_, i) => meanOf(row => row.regressors[i] ?? NaN));
  return rows.map(row => ({
    outcome: row.outcome - outcome,
    regressors: row.regressors.map((value, i) => value - (regressors[i] ?? 0)),
  }));
}

function crossProduct(rows: readonly Row[], width: number): number[][] {
  const product = zeros(width);
  for (const {regressors} of rows) addOuter(product, regressors);
  return product;
}

function addOuter(matrix: number[][], vector: readonly number[]): void {
  for (const [i, line] of matrix.entries()) {
    for (let j = 0; j < line.length; j++) line[j] = (line[j] ?? 0) + (vector[i] ?? 0) * (vector[j] ?? 0);
  }
}

/** Σ x·value. */
function scores(rows: readonly Row[], width: number, value: (row: Row) => number): number[] {
  const sums = new Array<number>(width).fill(0);
  for (const row of rows) {
    const factor = value(row);
    for (let i = 0; i < width; i++) sums[i] = (sums[i] ?? 0) + (row.regressors[i] ?? 0) * factor;
  }
  return sums;
}

function zeros(width: number): number[][] {
  return Array.from({length: width}, () => new Array<number>(width).fill(0));
}

function multiply(matrix: readonly (readonly number[])[], vector: readonly number[]): number[] {
  return matrix.map(line => dot(line, vector));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
