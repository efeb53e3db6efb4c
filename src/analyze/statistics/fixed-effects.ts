import {groupBy} from '../../core/group-by.ts';
import {type Interval, studentInterval, studentTTwoSided} from './student-t.ts';

/** One row of a regression. */
export interface Observation {
  /** Gets its own dummy, and is the cluster of the standard errors. */
  readonly group: string;
  readonly outcome: number;
  /** As many as the regression has names. */
  readonly regressors: readonly number[];
  /** Number of equal rows that it represents; 1 by default. An outcome between 0 and 1 is their mean. */
  readonly weight?: number;
}

export interface Coefficient {
  readonly name: string;
  readonly estimate: number;
  readonly standardError: number;
  readonly interval: Interval;
  /** Two-sided, t with G − 1 degrees of freedom. */
  readonly pValue: number;
  /** By group, the factor (n−1)/(n−k) of CR1 included: √(G/(G−1) · Σ influence²) is the standard error. */
  readonly influences: ReadonlyMap<string, number>;
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
 * Ordinary least squares with a dummy per group and standard errors clustered by group (CR1: the sandwich times
 * G/(G−1)·(n−1)/(n−k)). The dummies are swept out by subtracting group means, which changes neither coefficients nor
 * the sandwich; being nested in the clusters they do not count in k, as in Stata's `xtreg, fe` and R's fixest.
 *
 * Sources: Frisch & Waugh 1933, Lovell 1963 for the sweeping; Liang & Zeger 1986 for the sandwich; Cameron & Miller
 * 2015 (J. Human Resources 50:317) for CR1, nested dummies and G − 1 degrees of freedom.
 */
export function fitFixedEffects(names: readonly string[], observations: readonly Observation[]): FixedEffectsFit {
  const groups = groupBy(observations, row => row.group);
  const n = observations.reduce((sum, {weight = 1}) => sum + weight, 0);
  const k = names.length;
  if (groups.size < 2) return {kind: 'impossible', reason: 'fewer than two groups'};
  if (n <= k + groups.size) {
    return {kind: 'impossible', reason: `${n} rows do not determine ${k + groups.size} coefficients`};
  }
  const swept = new Map([...groups].map(([group, rows]) => [group, demean(rows)] as const));
  const rows = [...swept.values()].flat();
  const bread = choleskyInverse(crossProduct(rows, k));
  if (!bread) return {kind: 'impossible', reason: 'a regressor does not vary within the groups'};
  const estimates = multiply(
    bread,
    scores(rows, k, ({outcome}) => outcome),
  );
  const residual = (row: Row): number => row.outcome - dot(row.regressors, estimates);
  const scale = Math.sqrt((n - 1) / (n - k));
  const influences = names.map(() => new Map<string, number>());
  for (const [group, members] of swept) {
    multiply(bread, scores(members, k, residual)).forEach((amount, i) => influences[i]?.set(group, scale * amount));
  }
  const coefficients = names.map((name, i) => describe(name, estimates[i] ?? NaN, influences[i] ?? new Map()));
  return {kind: 'fitted', coefficients, n, groups: groups.size};
}

function describe(name: string, estimate: number, influences: ReadonlyMap<string, number>): Coefficient {
  const g = influences.size;
  let squares = 0;
  for (const amount of influences.values()) squares += amount * amount;
  const standardError = Math.sqrt((g / (g - 1)) * squares);
  return {
    name,
    estimate,
    standardError,
    interval: studentInterval(estimate, standardError, g),
    pValue: standardError === 0 ? 1 : studentTTwoSided(estimate / standardError, g - 1),
    influences,
  };
}

/** With the square root of the weight on both sides a weighted regression is a plain one. */
type Row = Pick<Observation, 'outcome' | 'regressors'>;

/** Subtracts the group's means and applies the weights. */
function demean(rows: readonly Observation[]): Row[] {
  const total = rows.reduce((sum, {weight = 1}) => sum + weight, 0);
  const weightedMean = (read: (row: Observation) => number): number =>
    rows.reduce((sum, row) => sum + (row.weight ?? 1) * read(row), 0) / total;
  const outcome = weightedMean(row => row.outcome);
  const regressors = (rows[0]?.regressors ?? []).map((_, i) => weightedMean(row => row.regressors[i] ?? NaN));
  return rows.map(row => {
    const root = Math.sqrt(row.weight ?? 1);
    return {
      outcome: root * (row.outcome - outcome),
      regressors: row.regressors.map((value, i) => root * (value - (regressors[i] ?? 0))),
    };
  });
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

/** Below this share of its original size a pivot counts as zero: a column is a combination of the others. */
const SINGULAR = 1e-10;

/**
 * Returns the inverse of a symmetric positive definite matrix by Cholesky's decomposition.
 *
 * @returns undefined for a singular one.
 * Source: Golub & Van Loan, Matrix Computations, §4.2.
 */
function choleskyInverse(matrix: readonly (readonly number[])[]): number[][] | undefined {
  const lower = decompose(matrix);
  if (!lower) return undefined;
  const columns = matrix.map((_, i) => solve(lower, i));
  return matrix.map((_, row) => columns.map(column => column[row] ?? NaN));
}

function decompose(matrix: readonly (readonly number[])[]): number[][] | undefined {
  const lower = matrix.map(() => new Array<number>(matrix.length).fill(0));
  for (const [i, row] of lower.entries()) {
    for (let j = 0; j <= i; j++) {
      const original = matrix[i]?.[j] ?? NaN;
      let rest = original;
      for (let k = 0; k < j; k++) rest -= (row[k] ?? 0) * (lower[j]?.[k] ?? 0);
      if (i !== j) {
        row[j] = rest / (lower[j]?.[j] ?? NaN);
      } else {
        if (!(rest > SINGULAR * original)) return undefined;
        row[i] = Math.sqrt(rest);
      }
    }
  }
  return lower;
}

/** Returns the solution of L·Lᵀ·x = e_unit. */
function solve(lower: readonly (readonly number[])[], unit: number): number[] {
  const size = lower.length;
  const y = new Array<number>(size).fill(0);
  for (let i = 0; i < size; i++) {
    let rest = i === unit ? 1 : 0;
    for (let k = 0; k < i; k++) rest -= (lower[i]?.[k] ?? 0) * (y[k] ?? 0);
    y[i] = rest / (lower[i]?.[i] ?? NaN);
  }
  const x = new Array<number>(size).fill(0);
  for (let i = size - 1; i >= 0; i--) {
    let rest = y[i] ?? 0;
    for (let k = i + 1; k < size; k++) rest -= (lower[k]?.[i] ?? 0) * (x[k] ?? 0);
    x[i] = rest / (lower[i]?.[i] ?? NaN);
  }
  return x;
}
