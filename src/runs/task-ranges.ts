import {UserError} from '../core/errors.ts';
import {shorten} from '../core/text/amounts.ts';
import {compressRuns} from '../slurm/submission/array-spec.ts';

/** Task numbers `first` to `last`, both included. */
export interface TaskRange {
  readonly first: number;
  readonly last: number;
}

/** Returns the list as users type it. */
export function formatTaskList(ranges: readonly TaskRange[]): string {
  return ranges.map(({first, last}) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}

/**
 * Refuses numbers that no task has: a caller must not silently get fewer. In a run of only some tasks a range may have
 * gaps, but not be one.
 *
 * @param tasks the numbers that there are, ascending.
 * @throws UserError `no-such-task`.
 */
export function refuseUnknownTasks(ranges: readonly TaskRange[] | undefined, tasks: readonly number[]): void {
  const last = tasks.at(-1) ?? -1;
  const isWhole = tasks.length === last + 1;
  const unknown = (ranges ?? []).flatMap((range): TaskRange[] => {
    if (isWhole) return range.last > last ? [{first: Math.max(range.first, last + 1), last: range.last}] : [];
    return tasks.some(task => isWanted(task, [range])) ? [] : [range];
  });
  if (unknown.length === 0) return;
  throw new UserError('no-such-task', `there is no task ${formatTaskList(unknown)}`, {
    hint: isWhole
      ? `tasks are numbered 0 to ${last}`
      : `the run has these tasks: ${shorten(compressRuns(tasks), TASKS_SHOWN)}`,
  });
}

const TASKS_SHOWN = 100;

/** Tells whether a list asks for task `index`; no list asks for all. */
export function isWanted(index: number, ranges: readonly TaskRange[] | undefined): boolean {
  return !ranges || ranges.some(range => index >= range.first && index <= range.last);
}
