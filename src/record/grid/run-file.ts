import {join} from 'node:path';

import {z} from 'zod';

import {parseTimestamp} from '../disk/timestamps.ts';
import type {Immutable} from '../formats.ts';
import type {Layout} from '../layout.ts';

export const gridRunSchema = z.object({
  schema: z.literal('mac.grid-run/1'),
  grid_id: z.string().describe("`{time}_{pid}`: the manifest's name without `.json`"),
  grid_config_snapshot_path: z.string(),
  config_name: z.string(),
  submission_timestamp: z.string().describe('what `{runtime.timestamp}` stands for, also when the run is resumed'),
  pid: z.number(),
  host: z.string(),
  repetition: z.number().describe('from 1'),
  repetitions: z.number(),
  num_tasks_planned: z.number(),
  num_questions_planned: z.number().exactOptional().describe('of all its tasks; absent in earlier versions'),
  mac_version: z.string(),
  question_limit: z.number().exactOptional().describe('`--limit`; absent when all questions are planned'),
  task_ids: z.array(z.number()).exactOptional().describe('`--tasks`; absent when it has all of them'),
  skipped_tasks: z.array(z.number()).exactOptional().describe('invalid tasks that `--skip-invalid` left out'),
  config_sha256: z.string().exactOptional().describe('tells an edited snapshot from a changed question file'),
  frontend: z.string().exactOptional().describe('kind of its file, e.g. `study`; absent for a grid of conversations'),
  config_folder: z.string().exactOptional().describe('of its file, for what trials name relative to it'),
  run_name: z.string().nullable().exactOptional().describe('of a run of trials that has a name of its own'),
  grouping: z.string().exactOptional().describe('`--array-mode`: which trials share a job'),
  forced: z.literal(true).exactOptional().describe('`--force`: trials run even if an earlier run has done the same'),
  submitted_to: z.literal('slurm').exactOptional().describe('`mac resume` submits its tasks unless told otherwise'),
});

/**
 * One repetition of a submitted config. Its identity is written once, before anything runs
 * (`task_record/{id}/run.json`); the grid manifest is a projection of it, of the plan and of the task records.
 */
export type GridRun = Immutable<z.infer<typeof gridRunSchema>>;

export function runFile(layout: Layout, gridId: string): string {
  return join(layout.taskRecords(gridId), 'run.json');
}

/** Lists the numbers of a run's tasks, ascending. */
export function listRunTasks({task_ids: some, num_tasks_planned: count}: GridRun): readonly number[] {
  return some ?? Array.from({length: count}, (_, task) => task);
}

/** Returns when a run was submitted, in milliseconds since the epoch. */
export function submittedAt(run: GridRun): number {
  return parseTimestamp(run.submission_timestamp) ?? 0;
}
