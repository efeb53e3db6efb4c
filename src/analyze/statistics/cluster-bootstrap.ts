import {seededRandom, type Random} from '../../core/seeds/random.ts';

/** Counts by cluster: `rows` × `columns`, row after row. */
export interface ClusterCounts {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

/**
 * Resamples whole clusters with replacement and passes on the summed counts of each draw, from which a score is
 * recomputed in full. The next draw overwrites the array that `use` gets.
 *
 * @param options.seed equal texts give equal draws of equally many clusters.
 * Source: Efron & Tibshirani 1993, ch. 13; clusters as the units: Field & Welsh 2007 (J. R. Statist. Soc. B 69:369).
 */
export function clusterBootstrap(
  counts: ClusterCounts,
  options: {readonly draws: number; readonly seed: string},
  use: (sums: Float64Array) => void,
): void {
  const {rows} = counts;
  const sums = new Float64Array(counts.columns);
  const words = packColumns(counts);
  for (const times of blocksOfDraws(rows, options)) {
    for (let first = 0; first < times.length; first += rows) {
      for (const {columns, size, perSize, values} of words) {
        let sum = 0;
        for (let row = 0; row < rows; row++) sum += (times[first + row] ?? 0) * (values[row] ?? 0);
        for (let i = columns.length - 1; i > 0; i--) {
          const rest = Math.floor(sum * perSize);
          sums[columns[i] ?? 0] = sum - rest * size;
          sum = rest;
        }
        sums[columns[0] ?? 0] = sum;
      }
      use(sums);
    }
  }
}

/** Columns of whole counts that are added as one number, like its digits. */
interface Word {
  readonly columns: readonly number[];
  /** The value of a digit's place: more than any sum of a column, and a power of two, so that its inverse is exact. */
  readonly size: number;
  readonly perSize: number;
  /** By row; the last column is the lowest digit. */
  readonly values: Float64Array;
}

/**
 * Packs columns. Nearly all counts are whole and small, and a double holds 53 bits: several side by side are resampled
 * exactly at the price of one. Empty columns are dropped; fractions get a word to themselves.
 */
function packColumns(counts: ClusterCounts): Word[] {
  const whole: number[] = [];
  const others: number[] = [];
  let most = 0;
  for (let column = 0; column < counts.columns; column++) {
    const values = Array.from({length: counts.rows}, (_, row) => valueAt(counts, row, column));
    const largest = values.reduce((max, value) => Math.max(max, value), 0);
    if (values.every(value => value === 0)) continue;
    if (values.every(value => Number.isInteger(value) && value >= 0)) {
      whole.push(column);
      most = Math.max(most, largest);
    } else {
      others.push(column);
    }
  }
  // In a draw every cluster can be the one with the most.
  const bits = Math.ceil(Math.log2(most * counts.rows + 1));
  const size = 2 ** bits;
  const together = Math.max(1, Math.floor(53 / bits));
  const words = others.map(column => [column]);
  for (let start = 0; start < whole.length; start += together) words.push(whole.slice(start, start + together));
  return words.map(columns => ({columns, size, perSize: 1 / size, values: packValues(counts, columns, size)}));
}

function packValues(counts: ClusterCounts, columns: readonly number[], size: number): Float64Array {
  return Float64Array.from({length: counts.rows}, (_, row) =>
    columns.reduce((word, column) => word * size + valueAt(counts, row, column), 0),
  );
}

function valueAt({columns, values}: ClusterCounts, row: number, column: number): number {
  return values[row * columns + column] ?? 0;
}

/** Number of times each cluster was drawn, draw after draw. */
type DrawCounts = Uint16Array;

/** Larger sets are drawn again block by block: a cluster for each of 100,000 questions would take gigabytes. */
const MOST_KEPT = 1 << 22;

/** Reuses draws: the cells of a grid have the same clusters. */
const cachedDraws = new Map<string, DrawCounts>();
const MOST_KEPT_BLOCKS = 16;

function* blocksOfDraws(clusters: number, {draws, seed}: {draws: number; seed: string}): Generator<DrawCounts> {
  const key = `${clusters} ${draws} ${seed}`;
  let all = cachedDraws.get(key);
  if (!all && clusters * draws <= MOST_KEPT) {
    all = draw(clusters, draws, seededRandom(seed));
    const [oldest] = cachedDraws.keys();
    if (cachedDraws.size >= MOST_KEPT_BLOCKS && oldest !== undefined) cachedDraws.delete(oldest);
    cachedDraws.set(key, all);
  }
  if (all) {
    yield all;
    return;
  }
  const random = seededRandom(seed);
  const most = Math.max(1, Math.floor(MOST_KEPT / clusters));
  for (let left = draws; left > 0; left -= most) yield draw(clusters, Math.min(most, left), random);
}

function draw(clusters: number, draws: number, random: Random): DrawCounts {
  const times = new Uint16Array(clusters * draws);
  for (let first = 0; first < times.length; first += clusters) {
    for (let i = 0; i < clusters; i++) {
      const drawn = first + Math.floor(random() * clusters);
      times[drawn] = (times[drawn] ?? 0) + 1;
    }
  }
  return times;
}

/** Collects the values of the draws in which they are defined. */
export class DrawSpread {
  /** Number of these draws. */
  count = 0;
  #mean = 0;
  #squares = 0;

  /** Takes one value, by Welford's recurrence. */
  add(value: number): void {
    const away = value - this.#mean;
    this.#mean += away / ++this.count;
    this.#squares += away * (value - this.#mean);
  }

  /** Returns the draws' deviation × √(C/(C−1)): resampling C clusters varies less than drawing them. NaN of one. */
  standardError(clusters: number): number {
    return Math.sqrt(((this.#squares / (this.count - 1)) * clusters) / (clusters - 1));
  }
}

/** Largest share of draws without a value; with more, an interval would mislead. */
export const MOST_UNDEFINED = 0.05;
