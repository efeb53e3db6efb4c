import {seededRandom, type Random} from '../../core/random.ts';

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
 * @param options.seed equal texts give equal draws of equally many clusters.
 * Source: Efron & Tibshirani 1993, ch. 13; clusters as the units: Field & Welsh 2007 (J. R. Statist. Soc. B 69:369).
 */
export function clusterBootstrap(
  {rows, columns, values}: ClusterCounts,
  options: {readonly draws: number; readonly seed: string},
  use: (sums: Float64Array) => void,
): void {
  const sums = new Float64Array(columns);
  for (const times of blocksOfDraws(rows, options)) {
    for (let first = 0; first < times.length; first += rows) {
      sums.fill(0);
      for (let row = 0; row < rows; row++) {
        const weight = times[first + row] ?? 0;
        if (weight === 0) continue;
        const start = row * columns;
        for (let column = 0; column < columns; column++)
          sums[column] = (sums[column] ?? 0) + weight * (values[start + column] ?? 0);
      }
      use(sums);
    }
  }
}

/** How often each cluster was drawn: as many numbers a draw as there are clusters, draw after draw. */
type Times = Uint16Array;

/** Larger ones are made block by block, each time anew: a cluster for each of 100,000 questions would take gigabytes. */
const MOST_KEPT = 1 << 22;

/** Cells of a grid have the same clusters: drawing for the first is drawing for all. */
const kept = new Map<string, Times>();
const MOST_KEPT_BLOCKS = 16;

function* blocksOfDraws(clusters: number, {draws, seed}: {draws: number; seed: string}): Generator<Times> {
  const key = `${clusters} ${draws} ${seed}`;
  let all = kept.get(key);
  if (!all && clusters * draws <= MOST_KEPT) {
    all = draw(clusters, draws, seededRandom(seed));
    const [oldest] = kept.keys();
    if (kept.size >= MOST_KEPT_BLOCKS && oldest !== undefined) kept.delete(oldest);
    kept.set(key, all);
  }
  if (all) {
    yield all;
    return;
  }
  const random = seededRandom(seed);
  const most = Math.max(1, Math.floor(MOST_KEPT / clusters));
  for (let left = draws; left > 0; left -= most) yield draw(clusters, Math.min(most, left), random);
}

function draw(clusters: number, draws: number, random: Random): Times {
  const times = new Uint16Array(clusters * draws);
  for (let first = 0; first < times.length; first += clusters) {
    for (let i = 0; i < clusters; i++) {
      const drawn = first + Math.floor(random() * clusters);
      times[drawn] = (times[drawn] ?? 0) + 1;
    }
  }
  return times;
}
