import type {Random} from '../../core/random.ts';

/** Counts by cluster: `rows` × `columns`, row after row. */
export interface ClusterCounts {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

/**
 * Resamples whole clusters with replacement and hands over the summed counts of each draw, so that a score is computed anew from everything that
 * goes into it. The array that `use` gets is overwritten by the next draw.
 *
 * Source: Efron & Tibshirani 1993, ch. 13; clusters as the units: Field & Welsh 2007 (J. R. Statist. Soc. B 69:369).
 */
export function clusterBootstrap(
  {rows, columns, values}: ClusterCounts,
  options: {readonly draws: number; readonly random: Random},
  use: (sums: Float64Array) => void,
): void {
  const sums = new Float64Array(columns);
  for (let draw = 0; draw < options.draws; draw++) {
    sums.fill(0);
    for (let i = 0; i < rows; i++) {
      const start = Math.floor(options.random() * rows) * columns;
      for (let column = 0; column < columns; column++)
        sums[column] = (sums[column] ?? 0) + (values[start + column] ?? 0);
    }
    use(sums);
  }
}
