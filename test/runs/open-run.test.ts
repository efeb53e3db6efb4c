import {appendFileSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';

import {prepareElement} from '../../src/runs/element/prepare-element.ts';
import {type OpenedRun, openRun} from '../../src/runs/open/open-run.ts';
import {findResumable, type ResumableRun} from '../../src/runs/open/prepare-resume.ts';
import {checkRequest} from '../../src/runs/open/check-request.ts';
import {createRuns} from '../../src/runs/open/prepare-run.ts';
import type {ConversationTask, PackTask} from '../../src/execute/pack-task.ts';
import {QuestionFiles} from '../../src/questions/question-files.ts';
import type {GridRun} from '../../src/record/grid/run-file.ts';
import {writeFileAtomic} from '../../src/record/disk/atomic-file.ts';
import {createLayout, type Layout} from '../../src/record/layout.ts';
import {type TaskRecord, taskRecordFence, writeTaskRecord} from '../../src/record/task/task-record.ts';
import type {RunRequest} from '../../src/runs/request.ts';
import type {Caller} from '../../src/runs/caller.ts';
import {toCaller} from '../../src/cli/io.ts';
import {aCommandIo} from '../support/command-io.ts';
import {makeWorkspace, question} from '../support/workspace.ts';

const GRID = '_grid: {sweep: {agent_definitions.0.persona: [nurse, judge, cook]}}';

interface BegunGrid {
  readonly workspace: string;
  readonly layout: Layout;
  readonly run: GridRun;
  readonly caller: Caller;
  readonly resume: (tasks?: RunRequest['tasks']) => Promise<ResumableRun>;
}

/** A grid of three tasks of which nothing has run. */
async function aGrid(request: RunRequest = {}): Promise<BegunGrid> {
  const workspace = makeWorkspace({extra: GRID});
  const caller = toCaller(aCommandIo(workspace).io);
  const checked = await checkRequest('config/c.yaml', request, caller);
  const [created] = await createRuns('config/c.yaml', checked, request, caller);
  const layout = createLayout({workspace});
  const resume = async (tasks?: RunRequest['tasks']): Promise<ResumableRun> =>
    (await findResumable(layout, 'latest', tasks, caller))[0]!;
  return {workspace, layout, run: created!.run, caller, resume};
}

function requireConversations(task: PackTask): ConversationTask {
  if (task.kind !== 'conversations') throw new Error('a trial');
  return task;
}

async function open({layout, run}: BegunGrid): Promise<OpenedRun> {
  const files = new QuestionFiles(layout);
  await files.read(['q.jsonl']);
  return await openRun(layout, run, files);
}

/** Writes what happened to a task, by default that all its questions succeeded. */
async function record(grid: BegunGrid, index: number, change: Partial<TaskRecord> = {}): Promise<TaskRecord> {
  const {tasks} = await open(grid);
  const {layout, run} = grid;
  const written: TaskRecord = {
    schema: 'mac.task-record/1',
    task_id: index,
    task_key: tasks.describe(index).task_key,
    experiment_name: 'e_as-human',
    benchmark_subcategory: 'b',
    status: 'succeeded',
    attempt: 1,
    started_at: '2026-01-01T00:00:00.000000Z',
    completed_at: null,
    questions: {total: 4, succeeded: 4},
    config_snapshot_path: 'bookkeeping/config_snapshot/b/e_as-human_20260101T000000.000Z.yaml',
    manifest_path: 'bookkeeping/none.json',
    where: {host: 'h', pid: 1},
    ...change,
  } as TaskRecord;
  await writeTaskRecord(layout, run.grid_id, written, await taskRecordFence(layout, run.grid_id, index, 1));
  return written;
}

const numbers = ({tasks}: ResumableRun): (number | null)[] => tasks.map(({task}) => task.index);

describe('a run that goes on', () => {
  test('has the keys, time and limit that it began with', async () => {
    const grid = await aGrid({limit: 2});
    const opened = await open(grid);
    const task = requireConversations(await opened.openTask(1, undefined));
    expect(task).toMatchObject({gridId: grid.run.grid_id, index: 1, earlier: null, questionLimit: 2});
    expect(task.expectedQuestions).toBe(2);
    const manifest = readFileSync(grid.layout.gridManifest(grid.run.grid_id), 'utf8');
    expect(manifest).toContain(task.load().key);
  });

  test('knows where an earlier attempt left the config of a task', async () => {
    const grid = await aGrid();
    const written = await record(grid, 0, {status: 'started'});
    expect(requireConversations(await (await open(grid)).openTask(0, written)).earlier).toEqual({
      configSnapshotPath: written.config_snapshot_path,
      submittedAtMs: Date.parse('2026-01-01T00:00:00.000Z'),
    });
  });

  test('counts a task as done by the outcomes that its config takes for final', async () => {
    const grid = await aGrid();
    const {isDone} = await open(grid);
    expect(isDone(await record(grid, 0))).toBe(true);
    expect(isDone(await record(grid, 1, {status: 'started'}))).toBe(false);
    const endedBy = (outcome: string): TaskRecord['questions'] => ({total: 4, succeeded: 3, outcomes: {[outcome]: 1}});
    expect(isDone(await record(grid, 2, {questions: endedBy('refused')}))).toBe(true);
    expect(isDone(await record(grid, 2, {questions: endedBy('cut')}))).toBe(false);
  });

  test('is refused when its snapshot is gone, and says what to do', async () => {
    const grid = await aGrid();
    const path = grid.layout.resolve(grid.run.grid_config_snapshot_path);
    rmSync(path);
    await expect(open(grid)).rejects.toMatchObject({
      code: 'snapshot-missing',
      hint: `put your config back there, or: mac repair ${path}`,
    });
  });
});

describe('resuming', () => {
  test('finds what is left: neither begun nor finished, begun, and only what is asked for', async () => {
    const grid = await aGrid();
    await record(grid, 0);
    await record(grid, 2, {status: 'started', reason: 'stopped', questions: {total: 4, succeeded: 1}});
    const resumed = await grid.resume();
    expect(numbers(resumed)).toEqual([1, 2]);
    expect(resumed).toMatchObject({succeeded: 1, total: 3, manifestIsBehind: true});
    expect(resumed.tasks.map(({status, reason}) => [status, reason])).toEqual([
      ['pending', undefined],
      ['started', 'stopped'],
    ]);
    expect(numbers(await grid.resume([{first: 2, last: 2}]))).toEqual([2]);
    await expect(grid.resume([{first: 7, last: 7}])).rejects.toMatchObject({code: 'no-such-task'});
  });

  test('a run of some tasks goes on with these alone', async () => {
    expect(numbers(await (await aGrid({tasks: [{first: 1, last: 2}]})).resume())).toEqual([1, 2]);
  });

  test('refuses a question file that changed, an edited snapshot, and a plan of other tasks', async () => {
    const grid = await aGrid();
    const snapshot = grid.layout.resolve(grid.run.grid_config_snapshot_path);
    const text = readFileSync(snapshot, 'utf8');
    writeFileSync(snapshot, text.replace('judge', 'pilot'));
    await expect(grid.resume()).rejects.toMatchObject({
      code: 'plan-changed',
      message: `task 1 of ${grid.run.grid_id} is not what it was when the run began`,
      hint: `the grid snapshot ${snapshot} was edited: put the old one back to resume, or start a new run`,
    });
    writeFileSync(snapshot, text.replace(/nurse, judge/, 'nurse'));
    await expect(grid.resume()).rejects.toMatchObject({
      code: 'plan-changed',
      message: `${grid.run.grid_id} has other tasks than when the run began`,
    });
    writeFileSync(snapshot, text);
    appendFileSync(join(grid.workspace, 'q.jsonl'), `${question('more')}\n`);
    await expect(grid.resume()).rejects.toMatchObject({
      code: 'plan-changed',
      hint: expect.stringMatching(/^its question file has changed/) as string,
    });
  });

  test('a question file that is gone is refused as mac run does, unless nothing is left that needs it', async () => {
    const grid = await aGrid();
    for (const index of [0, 1]) await record(grid, index);
    rmSync(join(grid.workspace, 'q.jsonl'));
    await expect(grid.resume()).rejects.toThrow('a question file that cannot be used');
    expect(numbers(await grid.resume([{first: 0, last: 1}]))).toEqual([]);
  });

  test('writes a damaged grid manifest again, from the plan and the records', async () => {
    const grid = await aGrid();
    const path = grid.layout.gridManifest(grid.run.grid_id);
    const whole = readFileSync(path, 'utf8');
    writeFileSync(path, '{');
    expect(numbers(await grid.resume())).toEqual([0, 1, 2]);
    const tasks = (text: string): unknown => (JSON.parse(text) as {tasks: unknown}).tasks;
    expect(tasks(readFileSync(path, 'utf8'))).toEqual(tasks(whole));
  });
});

describe('an element', () => {
  test('opens its own tasks that are not done, and counts the questions of the others', async () => {
    const grid = await aGrid();
    const {layout, run} = grid;
    await record(grid, 0);
    await record(grid, 1, {status: 'started', questions: {total: 4, succeeded: 1}});
    const prepared = await prepareElement(layout, run.grid_id, [0, 1]);
    expect(prepared).toMatchObject({finishedQuestions: 4, open: [{task: {index: 1}, done: 1}]});
  });

  test('looks at no other task: their question files may be gone', async () => {
    const grid = await aGrid();
    await record(grid, 0);
    rmSync(join(grid.workspace, 'q.jsonl'));
    expect(await prepareElement(grid.layout, grid.run.grid_id, [0])).toMatchObject({open: []});
    await expect(prepareElement(grid.layout, grid.run.grid_id, [1])).rejects.toMatchObject({code: 'questions-missing'});
  });

  test('refuses tasks that changed or do not exist, and grids that do not; of a finished grid nothing is open', async () => {
    const {layout, run, workspace} = await aGrid();
    await expect(prepareElement(layout, run.grid_id, [3])).rejects.toMatchObject({code: 'submission-damaged'});
    appendFileSync(join(workspace, 'q.jsonl'), `${question('more')}\n`);
    await expect(prepareElement(layout, run.grid_id, [0])).rejects.toMatchObject({code: 'plan-changed'});
    const gone = '20200101T000000.000Z_1';
    await expect(prepareElement(layout, gone, [0])).rejects.toMatchObject({code: 'grid-unknown'});
    await writeFileAtomic(layout.archivedGrid(gone), '{}');
    expect(await prepareElement(layout, gone, [0])).toBeNull();
  });
});
