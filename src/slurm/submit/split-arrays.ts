import {compressIndices, type TaskSpec} from '../submission/array-spec.ts';

export interface ArrayLimits {
  /** No element's number reaches it: Slurm's MaxArraySize bounds indices, not only counts. */
  readonly maxArraySize: number;
  /** Most elements of one array; every one counts as a job in the queue. */
  readonly submitLimit?: number | undefined;
}

/** One array of a split. */
export interface SplitArray {
  readonly tasks: TaskSpec;
  readonly elements: number;
}

/** sbatch would cut longer texts from a script's line (its buffer has 8 KiB). */
const MAX_SPEC_LENGTH = 4_000;

/**
 * Spreads tasks over as few arrays as the limits allow, every task once. Elements have the tasks' own numbers while
 * they fit; else numbers less an offset; else, where the numbers lie too far apart, a list.
 *
 * @param packs the tasks of each element, in ascending order of their first.
 */
export function splitIntoArrays(packs: readonly (readonly number[])[], limits: ArrayLimits): SplitArray[] {
  const most = Math.max(1, Math.min(limits.maxArraySize, limits.submitLimit ?? Infinity));
  const arrays: SplitArray[] = [];
  for (let start = 0; start < packs.length; start += most) {
    const of = packs.slice(start, start + most);
    arrays.push({tasks: toTaskSpec(of, limits.maxArraySize), elements: of.length});
  }
  return arrays;
}

function toTaskSpec(packs: readonly (readonly number[])[], maxArraySize: number): TaskSpec {
  if (packs.every(pack => pack.length === 1)) {
    const tasks = packs.flat();
    const [first = 0, last = 0] = [tasks[0], tasks.at(-1)];
    const offset = last < maxArraySize ? 0 : first;
    if (last - offset < maxArraySize) {
      const spec = compressIndices(tasks.map(task => task - offset));
      if (spec.length <= MAX_SPEC_LENGTH) return {spec, offset};
    }
  }
  return {spec: compressIndices(packs.map((_, element) => element)), offset: 0, packs};
}

/** One array's share of the throttle. */
export interface ThrottleShare {
  /** The `%N` of its `--array`; undefined: as many as Slurm likes. */
  readonly throttle: number | undefined;
  /** Position of the array that must have ended first; undefined: none. */
  readonly after: number | undefined;
}

/**
 * Shares one throttle among arrays so that no more elements than it says ever run: in proportion to their sizes. Where
 * there are more arrays than places, they form as many chains as there are places.
 *
 * @param sizes elements of each array, ≥ 1.
 */
export function shareThrottle(sizes: readonly number[], throttle: number | undefined): ThrottleShare[] {
  if (throttle === undefined) return sizes.map(() => ({throttle: undefined, after: undefined}));
  if (sizes.length > throttle) {
    return sizes.map((_, i) => ({throttle: 1, after: i < throttle ? undefined : i - throttle}));
  }
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const shares = sizes.map(size => Math.min(size, Math.max(1, Math.floor((throttle * size) / Math.max(1, total)))));
  balanceShares(shares, sizes, throttle);
  return shares.map(share => ({throttle: share, after: undefined}));
}

/** Gives places left by rounding to the array with most elements per place, and takes back any given in excess. */
function balanceShares(shares: number[], sizes: readonly number[], throttle: number): void {
  const need = (i: number): number => (sizes[i] ?? 0) / (shares[i] ?? 1);
  for (let left = throttle - shares.reduce((sum, share) => sum + share, 0); left !== 0; left -= Math.sign(left)) {
    const candidates = [...shares.keys()].filter(i =>
      left > 0 ? (shares[i] ?? 0) < (sizes[i] ?? 0) : (shares[i] ?? 0) > 1,
    );
    if (candidates.length === 0) return;
    const best = candidates.reduce((a, b) => ((left > 0 ? need(b) > need(a) : need(b) < need(a)) ? b : a));
    shares[best] = (shares[best] ?? 0) + Math.sign(left);
  }
}
