import {join} from 'node:path';

import {z} from 'zod';

import {removeIfExists} from '../disk/atomic-file.ts';
import {codeCountSchema, failedOutcomeSchema, makeGuard, outcomeSchema, type Immutable} from '../formats.ts';
import {journalPath, readJournal, type JournalEntry} from './journal.ts';
import {listFolder} from '../disk/list-folder.ts';
import {readJsonIfIntact} from '../disk/read-file.ts';

const manifestQuestion = z.object({
  status: z
    .union([z.literal('succeeded'), failedOutcomeSchema])
    .nullable()
    .describe('how it ended when that is final; null while it is open or is to be asked again'),
  transcript_id: z.string(),
  outcome: outcomeSchema.exactOptional().describe('ours: how its last conversation ended, unless it succeeded at once'),
  tries: z.number().exactOptional().describe('ours: how many conversations of it were recorded, where one failed'),
  failures: z.array(codeCountSchema).exactOptional().describe('ours: why the last one did not succeed'),
});

export const taskManifestSchema = z.object({
  job_task_id: z.string(),
  config_snapshot_path: z.string(),
  num_questions_planned: z.number(),
  num_questions_processed: z.number(),
  questions: z.record(z.string(), manifestQuestion),
  created_at: z.string(),
  task_key: z.string().exactOptional().describe('ours, like all that follows'),
  task_id: z.number().exactOptional(),
  attempt: z.number().exactOptional(),
  grid_id: z.string().exactOptional(),
  repetition: z.number().exactOptional(),
  questions_sha256: z.string().exactOptional(),
  question_limit: z.number().exactOptional().describe('`--limit`; absent when all were planned'),
  index_start: z.number().exactOptional().describe('bytes of the index when this attempt began'),
});

export type ManifestQuestion = Immutable<z.infer<typeof manifestQuestion>>;
export type TaskManifest = Immutable<z.infer<typeof taskManifestSchema>>;

/** Identifies a task's manifests among all that share its folder: names and times never do. */
export interface TaskIdentity {
  readonly gridId: string | null;
  readonly taskIndex: number | null;
  readonly taskKey: string;
  /** As in manifests; unique for a task, since snapshots are created exclusively. */
  readonly configSnapshotPath: string;
}

/** A manifest of an earlier attempt with what its journal adds. */
export interface EarlierManifest {
  readonly path: string;
  readonly manifest: TaskManifest;
  readonly journal: readonly JournalEntry[];
  /** The manifest was unreadable: earlier successes are in the index only. */
  readonly damaged?: true;
}

const isTaskManifest = makeGuard(taskManifestSchema);

/** Reads a manifest; undefined when it is absent, torn or something else. @throws UserError `cannot-read`. */
export async function readTaskManifest(path: string): Promise<TaskManifest | undefined> {
  const value = await readJsonIfIntact(path);
  return isTaskManifest(value) ? value : undefined;
}

/**
 * Finds the manifests that earlier attempts left of this very task, oldest attempt first. There can be two when a
 * process died between writing the new and removing the old one. The folder may hold the manifests of hundreds of other
 * tasks that share the experiment's name.
 *
 * @throws UserError `cannot-read`.
 */
export async function findEarlierManifests(
  folder: string,
  identity: TaskIdentity,
  onWarning: (message: string) => void,
): Promise<EarlierManifest[]> {
  const found: EarlierManifest[] = [];
  for (const name of await listFolder(folder)) {
    if (!mayBelongTo(name, identity)) continue;
    const path = join(folder, name);
    const manifest = await readTaskManifest(path);
    if (!manifest) {
      const rebuilt = await rebuildFromJournal(path, identity);
      if (rebuilt) {
        onWarning(`${path} is damaged; its journal and the index tell what was done`);
        found.push(rebuilt);
      }
      continue;
    }
    if (!belongsTo(manifest, identity)) continue;
    const {records: entries, badLines} = await readJournal(journalPath(path));
    if (badLines.length > 0)
      onWarning(`${journalPath(path)}: ${badLines.length} torn line(s) skipped; their questions run again`);
    found.push({path, manifest, journal: entries});
  }
  return found.sort((a, b) => (a.manifest.attempt ?? 0) - (b.manifest.attempt ?? 0));
}

/**
 * Names say nothing for certain, but that of a manifest which some executor wrote for another task of a grid ends with
 * another number.
 */
function mayBelongTo(name: string, {taskIndex}: TaskIdentity): boolean {
  if (!name.endsWith('.json') || name.startsWith('.')) return false;
  const written = /_(\d+)_(\d+)(?:-\d+)?\.json$/.exec(name);
  return taskIndex === null || !written || Number(written[2]) === taskIndex;
}

function belongsTo(manifest: TaskManifest, identity: TaskIdentity): boolean {
  if (manifest.config_snapshot_path === identity.configSnapshotPath) return true;
  return (
    manifest.task_key === identity.taskKey &&
    identity.gridId !== null &&
    manifest.grid_id === identity.gridId &&
    manifest.task_id === identity.taskIndex
  );
}

/**
 * Rebuilds a damaged manifest (we write it whole; something else tore it), which is this task's if its journal names
 * it.
 */
async function rebuildFromJournal(
  path: string,
  {configSnapshotPath}: TaskIdentity,
): Promise<EarlierManifest | undefined> {
  const {records: entries} = await readJournal(journalPath(path));
  if (!entries.some(({index}) => index.config_snapshot_path === configSnapshotPath)) return undefined;
  const manifest: TaskManifest = {
    job_task_id: '',
    config_snapshot_path: configSnapshotPath,
    num_questions_planned: 0,
    num_questions_processed: 0,
    questions: {},
    created_at: '',
  };
  return {path, manifest, journal: entries, damaged: true};
}

/** Removes a manifest and its journal, the manifest first: a journal without one is nobody's. */
export async function removeManifest(path: string): Promise<void> {
  await removeIfExists(path);
  await removeIfExists(journalPath(path));
}
