import {CONFIDENCE, studentTQuantile} from '../../analyze/statistics/student-t.ts';

/** Numbers of one metric over the seeds of a condition. */
export interface ReplicateStatistics {
  readonly n: number;
  readonly mean: number | null;
  /** With n − 1; null for fewer than two. */
  readonly stdev: number | null;
  readonly ci95_low: number | null;
  readonly ci95_high: number | null;
}

/** From so many degrees of freedom on, tables end and the normal distribution's 1.96 is used, as the format says. */
const LAST_T = 30;

/** Summarises replicates: mean, sample standard deviation, and the 95 % t interval of the mean. */
export function summariseReplicates(values: readonly number[]): ReplicateStatistics {
  const n = values.length;
  if (n === 0) return {n, mean: null, stdev: null, ci95_low: null, ci95_high: null};
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return {n, mean, stdev: null, ci95_low: null, ci95_high: null};
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const stdev = Math.sqrt(squares / (n - 1));
  const t = n - 1 <= LAST_T ? studentTQuantile((1 + CONFIDENCE) / 2, n - 1) : 1.96;
  const half = (t * stdev) / Math.sqrt(n);
  return {n, mean, stdev, ci95_low: mean - half, ci95_high: mean + half};
}
