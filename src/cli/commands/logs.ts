import {open} from 'node:fs/promises';

import {readEnvironment} from '../../config/workspace.ts';
import {systemErrorCode, UserError} from '../../core/errors.ts';
import {findActiveRuns, listArchivedGrids} from '../../record/grid-run.ts';
import {createLayout, type Layout} from '../../record/layout.ts';
import {createSlurmClient} from '../../slurm/client.ts';
import {elementKey, placeTasks, type Placement} from '../../slurm/placement.ts';
import {reconcile} from '../../slurm/reconcile.ts';
import {readElementRecord, readSubmissions, type ElementRecord} from '../../slurm/submission-file.ts';
import type {CommandIo, ExitCode} from '../io.ts';

export interface LogsOptions {
  readonly follow?: boolean;
  readonly server?: boolean;
}

/** `mac logs GRID TASK`: the log of the newest job of a task, or of its model servers; with -f as it grows. */
export async function logsCommand(
  selector: string,
  task: number,
  options: LogsOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const layout = createLayout(readEnvironment(io.env, io.cwd));
  const gridId = await findGrid(layout, selector);
  const placements = await placementsOf(layout, gridId, task, io);
  const newest = placements.at(-1);
  if (!newest) throw noLog(gridId, task);
  const jobId = newest.array.job_id ?? '';
  const slurm = layout.slurm(gridId);
  const record = await readElementRecord(slurm.element(jobId, newest.element));
  const paths = options.server === true ? serverLogs(record, gridId, task) : [slurm.log(jobId, newest.element)];
  const earlier = placements.slice(0, -1).map(({array, element}) => slurm.log(array.job_id ?? '', element));
  if (earlier.length > 0) io.stderr.write(`earlier jobs of this task: ${earlier.join(', ')}\n`);
  for (const path of paths) {
    io.stderr.write(`${elementKey(jobId, newest.element)}: ${path}\n`);
    const isLast = path === paths.at(-1);
    await print(path, {follow: options.follow === true && isLast, layout, gridId, newest}, io);
  }
  return 0;
}

/** Logs outlive their grid: a finished one has them too. */
async function findGrid(layout: Layout, selector: string): Promise<string> {
  try {
    const runs = await findActiveRuns(layout, selector);
    if (runs.length === 1 && runs[0]) return runs[0].grid_id;
    const ids = runs.map(({grid_id: id}) => id);
    throw new UserError('grid-ambiguous', `${selector} means ${runs.length} runs: ${ids.join(', ')}`, {
      hint: 'name one of them',
    });
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'grid-finished') throw error;
    const finished = (await listArchivedGrids(layout)).flatMap(({manifest: {grid_id: id}}) => id ?? []);
    const meant = selector === 'latest' ? finished.slice(-1) : finished.filter(id => id.startsWith(selector));
    if (meant.length === 1 && meant[0]) return meant[0];
    throw error;
  }
}

async function placementsOf(layout: Layout, gridId: string, task: number, io: CommandIo): Promise<Placement[]> {
  const read = await readSubmissions(layout, gridId);
  if (read.submissions.length === 0) {
    throw new UserError('not-submitted', `${gridId} was not submitted to Slurm, so that its tasks have no logs`, {
      hint: 'mac status shows where it stands; mac show prints a conversation',
    });
  }
  const context = {layout, run: createSlurmClient(io.env), clock: io.clock};
  const {submissions} = await reconcile(context, read.submissions, {mayConclude: false}).catch((error: unknown) => {
    if (error instanceof UserError && error.code === 'slurm-missing') return read;
    throw error;
  });
  return (placeTasks(submissions).get(task) ?? []).filter(({array}) => array.job_id !== undefined);
}

function noLog(gridId: string, task: number): UserError {
  return new UserError('no-log', `task ${task} of ${gridId} has no job yet, or there is no such task`, {
    hint: `mac status ${gridId}`,
  });
}

function serverLogs(record: ElementRecord | undefined, gridId: string, task: number): string[] {
  const logs = record?.attempts.at(-1)?.servers.map(({log}) => log) ?? [];
  if (logs.length > 0) return logs;
  throw new UserError('no-log', `the job of task ${task} of ${gridId} has started no model server, or not yet`, {
    hint: 'without --server: the log of the job itself',
  });
}

const CHUNK = 1 << 16;
const PAUSE_MS = 500;

async function print(
  path: string,
  {follow, layout, gridId, newest}: {follow: boolean; layout: Layout; gridId: string; newest: Placement},
  io: CommandIo,
): Promise<void> {
  let offset = 0;
  for (;;) {
    const read = await copy(path, offset, io);
    if (read === undefined && !follow) {
      throw new UserError('no-log', `${path} does not exist: the job has not started`, {hint: `mac status ${gridId}`});
    }
    offset += read ?? 0;
    if (!follow) return;
    if (!read && (await hasEnded(layout, gridId, newest))) return;
    if (!read) await io.clock.sleep(PAUSE_MS);
  }
}

/** @returns how many bytes there were from `offset` on; undefined when there is no file. */
async function copy(path: string, offset: number, io: CommandIo): Promise<number | undefined> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw new UserError('cannot-read', `${path} cannot be read`, {cause: error});
  });
  if (!file) return undefined;
  try {
    const decoder = new TextDecoder();
    let total = 0;
    for (;;) {
      const {buffer, bytesRead} = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, offset + total);
      if (bytesRead === 0) break;
      io.stdout.write(decoder.decode(buffer.subarray(0, bytesRead), {stream: true}));
      total += bytesRead;
    }
    return total;
  } finally {
    await file.close();
  }
}

async function hasEnded(layout: Layout, gridId: string, {array, element}: Placement): Promise<boolean> {
  const record = await readElementRecord(layout.slurm(gridId).element(array.job_id ?? '', element));
  return record?.attempts.at(-1)?.ended_at !== undefined;
}
