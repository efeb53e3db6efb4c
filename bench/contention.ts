import {fork} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {fileURLToPath} from 'node:url';

import {seededRandom} from '../src/core/seeds/random.ts';
import {systemClock} from '../src/core/clock.ts';
import {GridProjector} from '../src/execute/pack/grid-projector.ts';
import {writeGridManifest} from '../src/record/grid/project-manifest.ts';
import type {GridRun} from '../src/record/grid/run-file.ts';
import {readIndex} from '../src/record/index/index-file.ts';
import {IndexWriter} from '../src/record/index/index-writer.ts';
import {createLayout} from '../src/record/layout.ts';
import {taskRecordFence, writeTaskRecord} from '../src/record/task/task-record.ts';
import {identifyExecutor} from '../src/record/lease/executor-identity.ts';
import {report} from './report.ts';

/**
 * Measures whether executors that share an index and a grid manifest get into each other's way: records and finished
 * tasks a second of 16 processes, against one process in the same run. BENCH_FOLDERS=/mount/a:/mount/b spreads them
 * over two mounts of one network filesystem. On one machine (root, Debian): `apt-get install glusterfs-server
 * glusterfs-client; glusterd; mkdir -p /srv/brick; gluster volume create v $(hostname):/srv/brick/b force; gluster
 * volume start v; mount -t glusterfs $(hostname):/v /mnt/a`, and the same for /mnt/b.
 */
const PROCESSES = 16;
const SECONDS = 5;
const TASKS = 10_000;
const GRID = '20250101T000000.000Z_1';
const FOLDERS = process.env['BENCH_FOLDERS']?.split(':') ?? [tmpdir()];

interface Job {
  readonly kind: 'index' | 'tasks';
  readonly workspace: string;
  readonly first: number;
  readonly step: number;
}

export async function run(): Promise<void> {
  const one = await measure('index', 1);
  const many = await measure('index', PROCESSES);
  report(`index lines, ${PROCESSES} processes`, many, 'lines/s', {value: one, name: 'one process', atLeast: true});
  const oneTasks = await measure('tasks', 1);
  const manyTasks = await measure('tasks', PROCESSES);
  const what = `ended tasks of a grid of ${TASKS} that its manifest tells of, ${PROCESSES} processes`;
  report(what, manyTasks, 'tasks/s', {value: oneTasks, name: 'one process', atLeast: true});
}

/** @returns how many a second. @throws when something is lost or there twice. */
async function measure(kind: Job['kind'], processes: number): Promise<number> {
  const workspace = mkdtempSync(join(FOLDERS[0]!, 'mac-bench-'));
  const layout = createLayout({workspace});
  if (kind === 'tasks') await writeGridManifest(layout, gridRun(), plannedTasks());
  else mkdirSync(layout.bookkeeping);
  const children = await Promise.all(
    Array.from({length: processes}, (_, i) => {
      const place = join(FOLDERS[i % FOLDERS.length]!, basename(workspace));
      return startJob({kind, workspace: place, first: i, step: processes});
    }),
  );
  const startMs = performance.now();
  const counts = await Promise.all(children.map(go => go()));
  const seconds = (performance.now() - startMs) / 1000;
  const done = counts.reduce((sum, count) => sum + count, 0);
  await verify(kind, workspace, done);
  rmSync(workspace, {recursive: true, maxRetries: 5});
  return done / seconds;
}

async function verify(kind: Job['kind'], workspace: string, done: number): Promise<void> {
  const layout = createLayout({workspace});
  if (kind === 'index') {
    const {records, badLines} = await readIndex(layout.index('e'));
    const different = new Set(records.map(record => record.transcript_path)).size;
    if (records.length !== done || different !== done || badLines.length > 0) throw new Error('index lines are lost');
    return;
  }
  const {readGridManifest} = await import('../src/record/grid/grid-manifest.ts');
  const manifest = await readGridManifest(layout.gridManifest(GRID));
  if (typeof manifest === 'string' || manifest.num_tasks_succeeded !== done) throw new Error('ended tasks are lost');
}

/** Starts a process, which takes a while. @returns what makes it begin and gives its count. */
async function startJob(job: Job): Promise<() => Promise<number>> {
  const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(job)], {execArgv: ['--import', 'tsx']});
  const next = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', code => reject(new Error(`a process of the bench ended with ${code}`)));
    });
  await next();
  return async () => {
    child.send('go');
    return Number(await next());
  };
}

/** Groups of fifty lines as fast as they are taken, as executors hand them over. */
async function appendLines({workspace, first}: Job): Promise<number> {
  const writer = new IndexWriter(systemClock);
  const path = createLayout({workspace}).index('e');
  const endMs = performance.now() + SECONDS * 1000;
  let count = 0;
  const waiting: Promise<unknown>[] = [];
  while (performance.now() < endMs) {
    const lines = Array.from({length: 50}, () => indexRecord(`${first}-${count++}`));
    waiting.push(writer.add(path, lines));
    // A thousand a second and process: more than an executor records.
    await systemClock.sleep(50);
  }
  await Promise.all(waiting);
  return count;
}

/** Ends tasks one after another, and then waits until the manifest tells of all. */
async function endTasks({workspace, first, step}: Job): Promise<number> {
  const layout = createLayout({workspace});
  const projector = new GridProjector({
    layout,
    clock: systemClock,
    random: seededRandom(String(first)),
    onError: error => {
      throw error;
    },
  });
  const where = identifyExecutor();
  const endMs = performance.now() + SECONDS * 1000;
  let count = 0;
  for (let index = first; index < TASKS && performance.now() < endMs; index += step) {
    const fence = await taskRecordFence(layout, GRID, index, 1);
    await writeTaskRecord(layout, GRID, taskRecord(index, where), fence);
    await fence.lower();
    projector.touch({gridId: GRID, index});
    count++;
  }
  await projector.flush();
  return count;
}

function gridRun(): GridRun {
  return {
    schema: 'mac.grid-run/1',
    grid_id: GRID,
    grid_config_snapshot_path: 's.yaml',
    config_name: 'c.yaml',
    submission_timestamp: '2025-01-01T00:00:00.000000Z',
    pid: 1,
    host: 'h',
    repetition: 1,
    repetitions: 1,
    num_tasks_planned: TASKS,
    mac_version: '0',
  };
}

function plannedTasks(): any[] {
  return Array.from({length: TASKS}, (_, task_id) => ({
    task_id,
    experiment_name: 'an_experiment_as-human',
    benchmark_subcategory: 'bbq_age',
    grid_sweep_specs: {'agent_definitions.0.persona': 'doctor', 'agent_definitions.1.persona': 'nurse', n: task_id},
    skip_cleanup: false,
    task_key: `key-${task_id}`,
  }));
}

function taskRecord(task_id: number, where: any): any {
  return {
    schema: 'mac.task-record/1',
    task_id,
    task_key: `key-${task_id}`,
    experiment_name: 'e',
    benchmark_subcategory: 'b',
    status: 'succeeded',
    attempt: 1,
    started_at: '2025-01-01T00:00:00.000000Z',
    completed_at: '2025-01-01T00:00:00.000000Z',
    questions: {total: 1, succeeded: 1},
    config_snapshot_path: 's.yaml',
    manifest_path: 'm.json',
    where,
  };
}

function indexRecord(id: string): any {
  return {
    question_id: id,
    job_task_id: '1_0',
    config_snapshot_path: 's.yaml',
    transcript_path: `$MAC_FAIRNESS_WORKSPACE/experiment/b/e/transcript/${id}.json`,
    status: 'succeeded',
    total_rounds_completed: 1,
    fatal_error: null,
    attempt: 1,
  };
}

const [text] = process.argv.slice(2);
if (process.send && text?.startsWith('{')) {
  const job = JSON.parse(text) as Job;
  process.send('ready');
  await new Promise(resolve => process.once('message', resolve));
  process.send(await (job.kind === 'index' ? appendLines(job) : endTasks(job)));
  process.disconnect();
}
