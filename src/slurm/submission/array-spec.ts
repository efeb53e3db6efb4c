import {UserError} from '../../core/errors.ts';

/**
 * Reads the element numbers of an array specification such as `0-4,7,9-15:3` or `0-9%2`, in its order.
 *
 * @returns undefined when the text is none (squeue cuts long ones and ends them with `...`).
 */
export function parseArraySpec(spec: string): number[] | undefined {
  const list = spec.trim().replace(/%\d+$/, '');
  const elements: number[] = [];
  for (const part of list.split(',')) {
    const match = /^(\d{1,7})(?:-(\d{1,7})(?::(\d{1,7}))?)?$/.exec(part.trim());
    if (!match) return undefined;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    const step = Number(match[3] ?? 1);
    if (step === 0 || last < first) return undefined;
    for (let element = first; element <= last; element += step) elements.push(element);
  }
  return elements;
}

/** Shortest steps worth writing as `a-b:step`: three numbers; two are as short with a comma. */
const MIN_RUN_LENGTH = 3;

/** Writes ascending, distinct indices without steps, as scancel takes them in `12_[0-4,7]`: it knows no `9-15:3`. */
export function compressRuns(indices: readonly number[]): string {
  const runs: {first: number; last: number}[] = [];
  for (const index of indices) {
    const run = runs.at(-1);
    if (run && index === run.last + 1) run.last = index;
    else runs.push({first: index, last: index});
  }
  return runs.map(({first, last}) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}

/**
 * Writes ascending, distinct indices as `--array` takes them: runs as `0-4`, equal steps as `9-15:3`.
 *
 * @param indices whole numbers ≥ 0, ascending.
 */
export function compressIndices(indices: readonly number[]): string {
  const parts: string[] = [];
  for (let start = 0; start < indices.length;) {
    const first = indices[start] ?? 0;
    const step = (indices[start + 1] ?? first) - first;
    let end = start + 1;
    while (end < indices.length && (indices[end] ?? 0) - (indices[end - 1] ?? 0) === step) end++;
    const length = end - start;
    const last = indices[end - 1] ?? first;
    if (length >= MIN_RUN_LENGTH) {
      parts.push(`${first}-${last}${step === 1 ? '' : `:${step}`}`);
      start = end;
    } else if (length === 2 && step === 1 && !startsRun(indices, start + 1)) {
      parts.push(`${first}-${last}`);
      start = end;
    } else {
      parts.push(String(first));
      start++;
    }
  }
  return parts.join(',');
}

/** Returns whether a longer run begins here, which a pair with the number before would break. */
function startsRun(indices: readonly number[], start: number): boolean {
  const [a, b, c] = indices.slice(start, start + 3);
  return a !== undefined && b !== undefined && c !== undefined && b - a === c - b;
}

/** Maps the elements of an array to task numbers. */
export interface TaskSpec {
  /** The array's elements as `sbatch --array` takes them, without `%throttle`. */
  readonly spec: string;
  /** Without packs, element e runs task e + offset. */
  readonly offset: number;
  /** With packs, element e runs the tasks packs[e]. */
  readonly packs?: readonly (readonly number[])[];
}

/** Returns the task numbers of one element; none when the array has no such element. */
export function elementTasks({offset, packs}: TaskSpec, element: number): readonly number[] {
  return packs ? (packs[element] ?? []) : [element + offset];
}

/**
 * Returns every element of an array with its tasks.
 *
 * @throws UserError `submission-damaged`.
 */
export function listElements({spec, offset, packs}: TaskSpec): {element: number; tasks: readonly number[]}[] {
  const elements = parseArraySpec(spec);
  if (!elements) throw new UserError('submission-damaged', `"${spec}" is not a list of array elements`);
  return elements.map(element => ({
    element,
    tasks: elementTasks({spec, offset, ...(packs ? {packs} : {})}, element),
  }));
}
