import {createHash} from 'node:crypto';
import {join} from 'node:path';

import {z} from 'zod';

import {mapConcurrently, MAX_OPEN_FILES} from '../../core/concurrency.ts';
import {TRIAL_STATUSES, trialSchema, type TrialSet} from '../../core/trial.ts';
import {renderJson} from '../disk/json-text.ts';
import {listFolder} from '../disk/list-folder.ts';
import {readJsonIfIntact} from '../disk/read-file.ts';
import {makeGuard, type Immutable} from '../formats.ts';
import type {Layout} from '../layout.ts';
import type {ExecutorIdentity} from '../lease/executor-identity.ts';
import type {Fence} from '../lease/fence.ts';

const metricsSchema = z.record(z.string(), z.number());

/** The end of one process of a trial. */
const processEnd = {
  command: z.array(z.string()).nullable(),
  exit_code: z.number().nullable(),
  signal: z.string().nullable(),
  log_path: z.string().nullable().describe('standard output and error, in the order in which they came'),
  tail: z.array(z.string()).describe('its last 40 lines'),
};

const evaluationSchema = z.object({
  id: z.string(),
  status: z.enum(['succeeded', 'failed', 'timeout', 'disabled', 'reused']),
  reason: z.string().exactOptional(),
  path: z.string().nullable().describe('the file that it wrote'),
  metrics: metricsSchema.describe('its flat `aggregated` numbers'),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  ...processEnd,
});

const tokensSchema = z.object({prompt: z.number(), completion: z.number(), total: z.number()});

export const trialRecordSchema = z.object({
  schema: z.literal('mac.trial-record/1'),
  kind: z.string().describe('of the set'),
  set: z.string(),
  set_folder: z.string(),
  task_key: z.string().describe('hash of all that would change the result'),
  grid_id: z.string().nullable().describe('run that executed it'),
  task_id: z.int().nullable(),
  trial: trialSchema,
  status: z.enum(TRIAL_STATUSES),
  reason: z.string().exactOptional(),
  attempt: z.number().describe("the lease's number"),
  started_at: z.string(),
  finished_at: z.string().nullable(),
  duration_seconds: z.number().nullable().describe('of the run, without evaluators'),
  output_dir: z.string().nullable().describe('where the run is; null when there is none'),
  ...processEnd,
  gpus: z.array(z.string()).describe('devices that it was given'),
  config_sha256: z.string().nullable().describe('of `effective_config.yaml` in its folder'),
  metrics: metricsSchema.describe('of its result file and its evaluators'),
  tokens: tokensSchema.nullable(),
  result: z.record(z.string(), z.unknown()).describe('what its result file said besides'),
  evaluations: z.array(evaluationSchema),
  where: z.custom<ExecutorIdentity>(),
  history: z
    .array(
      z.object({
        attempt: z.number(),
        status: z.enum(TRIAL_STATUSES),
        reason: z.string().exactOptional(),
        started_at: z.string(),
        finished_at: z.string().nullable(),
      }),
    )
    .describe('earlier attempts, oldest first'),
});

/** The durable truth of one trial: one file for good, written only by the holder of the trial's lease. */
export type TrialRecord = Immutable<z.infer<typeof trialRecordSchema>>;
export type TrialEvaluation = TrialRecord['evaluations'][number];

const isTrialRecord = makeGuard(trialRecordSchema);

/** Writes a record behind its writer's fence. @throws UserError `cannot-write`, `lease-lost`. */
export async function writeTrialRecord(
  layout: Layout,
  record: TrialRecord,
  fence: Pick<Fence, 'write'>,
): Promise<void> {
  const set = {kind: record.kind, id: record.set};
  await fence.write(trialRecordPath(layout, set, record.trial.id), renderJson(record));
}

/** Returns the place of a trial's record. */
export function trialRecordPath(layout: Layout, set: Pick<TrialSet, 'kind' | 'id'>, trialId: string): string {
  return join(layout.trialRecords(set.kind, set.id), `${trialFileName(trialId)}.json`);
}

const MAX_NAME = 120;

/** Returns a name for a trial's files: readable, safe in every file system and shell, and no other trial's. */
export function trialFileName(trialId: string): string {
  const plain = trialId.replaceAll(/[^A-Za-z0-9._=+-]/g, '_');
  if (plain === trialId && plain.length <= MAX_NAME && !plain.startsWith('.')) return plain;
  const hash = createHash('sha256').update(trialId).digest('hex').slice(0, 8);
  return `${plain.slice(0, MAX_NAME).replace(/^\./, '_')}~${hash}`;
}

/** Reads the record of one trial; undefined when there is none, or it is torn. @throws UserError `cannot-read`. */
export async function readTrialRecord(
  layout: Layout,
  set: Pick<TrialSet, 'kind' | 'id'>,
  trialId: string,
): Promise<TrialRecord | undefined> {
  return await readTrialRecordFile(trialRecordPath(layout, set, trialId));
}

/** Reads all records of a set, by trial id in the order of the ids; torn ones are left out. */
export async function readTrialRecords(
  layout: Layout,
  set: Pick<TrialSet, 'kind' | 'id'>,
): Promise<Map<string, TrialRecord>> {
  const folder = layout.trialRecords(set.kind, set.id);
  const names = (await listFolder(folder)).filter(name => name.endsWith('.json') && !name.startsWith('.'));
  const records = await mapConcurrently(names, MAX_OPEN_FILES, name => readTrialRecordFile(join(folder, name)));
  const known = records.filter(record => record !== undefined);
  known.sort((a, b) => (a.trial.id < b.trial.id ? -1 : 1));
  return new Map(known.map(record => [record.trial.id, record]));
}

/** Reads the record in a file; undefined when there is none, or it is torn. @throws UserError `cannot-read`. */
export async function readTrialRecordFile(path: string): Promise<TrialRecord | undefined> {
  const record = await readJsonIfIntact(path, {lookTwice: false});
  return isTrialRecord(record) ? record : undefined;
}
