import {compressIndices} from '../submission/array-spec.ts';
import type {TaskSpec} from '../submission/submission-file.ts';

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

/** Longer texts sbatch would cut from a script's line (its buffer has 8 KiB). */
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
