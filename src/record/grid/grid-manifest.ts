import {open, stat} from 'node:fs/promises';

import {z} from 'zod';

import {systemErrorCode} from '../../core/errors.ts';
import {cannotRead, readIfExists} from '../disk/read-file.ts';
import {fieldsSchema, makeGuard, questionCountsSchema, type Immutable} from '../formats.ts';
import type {Layout} from '../layout.ts';
import {listChanges} from '../task/task-changes.ts';
import {readTaskRecordsById, type TaskRecord} from '../task/task-record.ts';

const gridManifestTask = z.object({
  task_id: z.number(),
  experiment_name: z.string(),
  benchmark_subcategory: z.string(),
  grid_sweep_specs: fieldsSchema,
  skip_cleanup: z.boolean(),
  status: z.enum(['started', 'succeeded']).nullable().describe('succeeded: every question is done'),
  started_at: z.string().nullable(),
  completed_at: z.string().nullable(),
  task_key: z.string().exactOptional().describe('ours'),
  reason: z.string().exactOptional().describe('ours: why the last attempt did not finish the task'),
  questions: questionCountsSchema.exactOptional().describe('ours: of tasks that were started'),
});

export const gridManifestSchema = z.object({
  grid_config_snapshot_path: z.string(),
  pid: z.number(),
  submission_timestamp: z.string(),
  num_tasks_planned: z.number(),
  num_tasks_succeeded: z.number(),
  tasks: z.array(gridManifestTask),
  created_at: z.string(),
  grid_id: z.string().exactOptional().describe('ours, like all that follows'),
  repetition: z.number().exactOptional(),
  repetitions: z.number().exactOptional(),
  host: z.string().exactOptional(),
  mac_version: z.string().exactOptional(),
  question_limit: z.number().exactOptional(),
  frontend: z.string().exactOptional().describe('kind of the file where it is no grid of conversations'),
  config_folder: z.string().exactOptional().describe('of that file'),
  left_out: z
    .array(gridManifestTask.pick({experiment_name: true, benchmark_subcategory: true, task_key: true}))
    .exactOptional()
    .describe('trials of that file that are no tasks of this run: what they were when it was submitted'),
});

/** Takes the tasks on trust: a manifest of 100,000 tasks is read at every projection, and checking takes longest. */
export const gridManifestHeadSchema = gridManifestSchema.extend({
  tasks: z.array(z.custom<z.infer<typeof gridManifestTask>>()),
});

export type GridManifestTask = Immutable<z.infer<typeof gridManifestTask>>;
export type GridManifest = Immutable<z.infer<typeof gridManifestSchema>>;

const isGridManifest = makeGuard(gridManifestHeadSchema);

/** Puts what task records say into a manifest. */
export function foldRecords(manifest: GridManifest, records: ReadonlyMap<number, TaskRecord>): GridManifest {
  const tasks = manifest.tasks.map(task => {
    const record = records.get(task.task_id);
    if (!record) return task;
    const {reason: _old, ...rest} = task;
    return {
      ...rest,
      status: record.status,
      started_at: record.started_at,
      completed_at: record.completed_at,
      ...(record.reason === undefined ? {} : {reason: record.reason}),
      questions: record.questions,
    };
  });
  return {...manifest, num_tasks_succeeded: tasks.filter(({status}) => status === 'succeeded').length, tasks};
}

/**
 * Reads a manifest, or returns why there is none: `missing`, or `damaged` (empty, torn, not a grid manifest). @throws
 * UserError `cannot-read`.
 */
export async function readGridManifest(path: string): Promise<GridManifest | 'missing' | 'damaged'> {
  const text = await readIfExists(path);
  if (text === undefined) return 'missing';
  try {
    const manifest: unknown = JSON.parse(text);
    return isGridManifest(manifest) ? manifest : 'damaged';
  } catch {
    return 'damaged';
  }
}

/**
 * Reads a manifest and adds what records say and it does not yet: what to show. Nothing is written.
 *
 * @throws UserError `cannot-read`.
 */
export async function readCurrentManifest(
  layout: Layout,
  gridId: string,
): Promise<GridManifest | 'missing' | 'damaged'> {
  const changes = await listChanges(layout, gridId);
  const manifest = await readGridManifest(layout.gridManifest(gridId));
  if (typeof manifest === 'string' || changes.length === 0) return manifest;
  const changed = [...new Set(changes.map(({taskId}) => taskId))];
  return foldRecords(manifest, await readTaskRecordsById(layout, gridId, changed));
}

/**
 * Returns whether a manifest's head counts all tasks as succeeded; of a large grid the rest need not be read. False
 * when there is none.
 */
export async function looksComplete(path: string): Promise<boolean> {
  const head = await readHead(path);
  // As renderJson writes it; a quotation mark inside a value is escaped, so nothing else can look so.
  const planned = /\n {2}"num_tasks_planned": (\d+),/.exec(head)?.[1];
  const succeeded = /\n {2}"num_tasks_succeeded": (\d+),/.exec(head)?.[1];
  if (planned !== undefined && succeeded !== undefined) return Number(succeeded) >= Number(planned);
  const manifest = await readGridManifest(path);
  return typeof manifest !== 'string' && manifest.num_tasks_succeeded >= manifest.tasks.length;
}

/** Returns a manifest's size, 0 when there is none. */
export async function gridManifestBytes(layout: Layout, gridId: string): Promise<number> {
  return stat(layout.gridManifest(gridId)).then(
    ({size}) => size,
    () => 0,
  );
}

async function readHead(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const {buffer, bytesRead} = await file.read(Buffer.alloc(4096), 0, 4096, 0);
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return '';
    throw cannotRead(path, error);
  }
}
