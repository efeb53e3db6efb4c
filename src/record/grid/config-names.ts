import {basename} from 'node:path';

/** Returns what a submitted config can be called by: the name of its snapshot, and its own without the time. */
export function configNames(snapshotPath: string): string[] {
  const snapshot = basename(snapshotPath).replace(/\.yaml$/, '');
  const own = snapshot.replace(/_\d{8}T\d{6}\.\d{3}Z$/, '');
  return own === snapshot ? [snapshot] : [snapshot, own];
}

/** Returns what the results of a task can be called by, together with others: experiment, benchmark, or both. */
export function partNames(task: {readonly experiment_name: string; readonly benchmark_subcategory: string}): string[] {
  const {experiment_name: experiment, benchmark_subcategory: benchmark} = task;
  return [experiment, `${benchmark}/${experiment}`, benchmark];
}
