import {mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {describe, expect, test} from 'vitest';

import {systemClock} from '../../../src/core/clock.ts';
import {IndexWriter} from '../../../src/record/index/index-writer.ts';
import {createLayout} from '../../../src/record/layout.ts';
import {identifyExecutor} from '../../../src/record/lease/executor-identity.ts';
import {raiseFence, type Fence} from '../../../src/record/lease/fence.ts';
import {acquireLease, type Lease, type LeaseOptions} from '../../../src/record/lease/lease.ts';
import {openTaskRecorder} from '../../../src/record/task/open-task-recorder.ts';
import {TaskRecorder, type TaskRecorderOptions} from '../../../src/record/task/task-recorder.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const CONFIG = {
  experiment_metadata: {experiment_name: 'e', benchmark_subcategory: 'b'},
  conversation_config: {routing_strategy: 'vanilla', max_rounds: 1},
  retry_config: {},
  identity_reveal_config: {},
  prompt_template_config: {for_participant: {}},
  model_definitions: {},
  agent_definitions: [{agent_id: 'a', role: 'participant'}],
};

async function claim(workspace: string, options: Partial<LeaseOptions> = {}): Promise<Lease> {
  const {leases} = createLayout({workspace});
  const result = await acquireLease({directory: leases('g'), name: 'lease', clock: systemClock, ...options});
  if (result.kind !== 'acquired') throw new Error('held');
  return result.lease;
}

async function open(
  workspace: string,
  extra: object = {},
): Promise<{recorder: TaskRecorder; lease: Lease; warnings: string[]}> {
  const lease = await claim(workspace, {staleMs: 0, heartbeatMs: 1});
  const warnings: string[] = [];
  const recorder = await openTaskRecorder({...recorderOptions(workspace, lease, warnings), ...extra});
  return {recorder, lease, warnings};
}

function recorderOptions(workspace: string, lease: Lease, warnings: string[]): TaskRecorderOptions {
  return {
    layout: createLayout({workspace}),
    gridId: 'g',
    taskIndex: 0,
    taskKey: 'k',
    repetition: 1,
    configSnapshotPath: 's.yaml',
    jobTaskId: '7_0',
    config: CONFIG,
    isFinal: outcome => outcome === 'refused' || outcome === 'filtered',
    submittedAtMs: 0,
    questions: ['q0', 'q1', 'q2'].map(question_id => ({question_id})),
    questionsSha256: 'h',
    questionLimit: null,
    lease,
    clock: systemClock,
    indexWriter: new IndexWriter(systemClock),
    debug: false,
    effectiveLimits: {},
    onWarning: message => warnings.push(message),
  };
}

function finished(recorder: TaskRecorder, id: string, status: 'succeeded' | 'failed' = 'succeeded', attempt = 1): any {
  const {transcript_id} = recorder.pending.find(({question_id}) => question_id === id)!;
  return {
    transcript: {transcript_id, question: id},
    indexRecord: {
      question_id: id,
      job_task_id: '7_0',
      config_snapshot_path: 's.yaml',
      transcript_path: `x/${transcript_id}.json`,
      status,
      total_rounds_completed: 1,
      fatal_error: null,
      attempt,
    },
    statistics: {
      transcript_id,
      question_id: id,
      status,
      validation_errors: [],
      per_agent: {},
      retry_attempts: 0,
      tokens_generated: 0,
      tokens_prompt: 0,
      max_tokens_prompt: 0,
      max_tokens_combined: 0,
      rounds_completed: 1,
      consensus_reached: null,
    },
    error: null,
  };
}

test('a second attempt under the same process id has a manifest of its own name, and is not complete while a question is null', async () => {
  const workspace = temporaryFolder();
  const first = await open(workspace);
  await first.recorder.record(finished(first.recorder, 'q0'));
  await first.recorder.record(finished(first.recorder, 'q1', 'failed'));
  await first.recorder.abandon();
  await first.lease.release();
  const second = await open(workspace);
  expect(second.recorder.pending.map(({question_id: id}) => id)).toEqual(['q1', 'q2']);
  await second.recorder.record(finished(second.recorder, 'q2', 'succeeded', 2));
  await second.recorder.record(finished(second.recorder, 'q1', 'failed', 2));
  await second.recorder.finish();
  expect(second.recorder.counts()).toMatchObject({done: 2, succeeded: 2, failed: 1, total: 3});
  expect(readdirSync(join(workspace, 'experiment/b/e/task_manifest')).some(name => name.endsWith('_7_0-2.json'))).toBe(
    true,
  );
});

test('transcript ids stay over attempts, so that a question has one transcript', async () => {
  const workspace = temporaryFolder();
  const first = await open(workspace);
  await first.recorder.abandon();
  await first.lease.release();
  const second = await open(workspace, {jobTaskId: '8_0'});
  expect(second.recorder.pending).toEqual(first.recorder.pending);
});

test('an executor that lost its lease writes nothing any more', async () => {
  const workspace = temporaryFolder();
  const {recorder} = await open(workspace);
  writeFileSync(join(workspace, 'bookkeeping/lease/g/lease.2.json'), '{}');
  await expect(recorder.record(finished(recorder, 'q0'))).rejects.toThrow('another executor took this task over');
  await expect(recorder.record(finished(recorder, 'q1'))).rejects.toThrow();
});

describe.each([
  ['its manifest', '.json'],
  ['its journal', '.journal.jsonl'],
])('an executor that sleeps when it has made %s', (_, ending) => {
  test('leaves nothing when another does the task meanwhile', async () => {
    const workspace = temporaryFolder();
    const lease = await claim(workspace, {holder: {...identifyExecutor(), host: 'elsewhere'}});
    const folders = createLayout({workspace}).task('b', 'e');
    const fence = await raiseFence(Object.values(folders), 'g.0', lease.number);
    const sleeping: Fence = {
      writeInFolder: (path, data) => fence.writeInFolder(path, data),
      lower: () => fence.lower(),
      write: async (path, data, options) => {
        await fence.write(path, data, options);
        if (basename(path).endsWith(`_7_0${ending}`)) await doTask(workspace);
      },
    };
    const states = new Map([['q0', {status: null, transcript_id: 't'}]]);
    const parts = {folders, fence: sleeping, states, earlier: [], indexStart: 0};
    const recorder = new TaskRecorder(recorderOptions(workspace, lease, []), parts);
    await expect(recorder.begin([])).rejects.toThrow();
    expect(await lease.isCurrent()).toBe(false);
    expect(readdirSync(folders.manifests)).toEqual([]);
  });
});

async function doTask(workspace: string): Promise<void> {
  const {recorder} = await open(workspace, {jobTaskId: '8_0'});
  for (const {question_id: id} of recorder.pending) await recorder.record(finished(recorder, id, 'succeeded', 2));
  await recorder.finish();
  await recorder.discard();
}

test('a question file that changed is noticed', async () => {
  const workspace = temporaryFolder();
  const {recorder, lease} = await open(workspace);
  await recorder.abandon();
  await lease.release();
  await expect(open(workspace, {questionsSha256: 'other'})).rejects.toThrow('not the one that this task began with');
});

test('a transcript that was lost or torn is asked again', async () => {
  const workspace = temporaryFolder();
  const {recorder, lease} = await open(workspace);
  await recorder.record(finished(recorder, 'q0'));
  await recorder.abandon();
  await lease.release();
  const folder = join(workspace, 'experiment/b/e/transcript');
  const [name] = readdirSync(folder);
  writeFileSync(join(folder, name!), readFileSync(join(folder, name!), 'utf8').slice(0, -3));
  const again = await open(workspace);
  expect(again.recorder.pending.map(({question_id: id}) => id)).toEqual(['q0', 'q1', 'q2']);
  expect(again.warnings[0]).toContain('missing or torn');
});

test('a transcript that cannot be read is not asked again: it may be there tomorrow', async () => {
  const workspace = temporaryFolder();
  const {recorder, lease} = await open(workspace);
  await recorder.record(finished(recorder, 'q0'));
  await recorder.abandon();
  await lease.release();
  const folder = join(workspace, 'experiment/b/e/transcript');
  const [name] = readdirSync(folder);
  rmSync(join(folder, name!));
  mkdirSync(join(folder, name!)); // can be opened, but not read
  await expect(open(workspace)).rejects.toMatchObject({code: 'cannot-read'});
});

test('a crash between journal and index is mended when the task is opened again', async () => {
  const workspace = temporaryFolder();
  const {recorder, lease} = await open(workspace);
  await recorder.record(finished(recorder, 'q0'));
  await recorder.abandon();
  await lease.release();
  const index = join(workspace, 'bookkeeping/e_index.jsonl');
  writeFileSync(index, '');
  await open(workspace);
  expect(
    readFileSync(index, 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).question_id),
  ).toEqual(['q0']);
});
