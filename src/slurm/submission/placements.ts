import type {Submission, SubmittedArray} from './submission-file.ts';
import {listElements} from './array-spec.ts';

/** A task's place in Slurm: one element of one array of one submission. */
export interface Placement {
  readonly submission: Submission;
  readonly array: SubmittedArray;
  readonly element: number;
}

/** Returns every task's placements, oldest first. */
export function placeTasks(submissions: readonly Submission[]): Map<number, Placement[]> {
  const placements = new Map<number, Placement[]>();
  for (const submission of submissions) {
    for (const array of submission.arrays) {
      for (const {element, tasks} of listElements(array.tasks)) {
        const placement = {submission, array, element};
        for (const task of tasks) {
          const known = placements.get(task);
          if (known) known.push(placement);
          else placements.set(task, [placement]);
        }
      }
    }
  }
  return placements;
}

/** Returns the key of an element in maps: `{array job id}_{element}`. */
export function elementKey(jobId: string, element: number | null): string {
  return element === null ? jobId : `${jobId}_${element}`;
}
