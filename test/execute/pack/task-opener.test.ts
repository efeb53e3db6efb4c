import {existsSync} from 'node:fs';
import {afterEach, describe, expect, test} from 'vitest';

import {systemClock} from '../../../src/core/clock.ts';
import {StopSwitch} from '../../../src/execute/guards/stop.ts';
import {GpuSlots} from '../../../src/execute/trial/gpu-slots.ts';
import {TaskOpener, type TaskOpenerOptions} from '../../../src/execute/pack/task-opener.ts';
import type {PackTask} from '../../../src/execute/pack-task.ts';
import {TaskSession} from '../../../src/execute/task/task-session.ts';
import {createLayout} from '../../../src/record/layout.ts';
import {readTaskRecordsById} from '../../../src/record/task/task-record.ts';
import {aFailure, ScriptedBackend} from '../../support/scripted-backend.ts';
import {makeWorkspace} from '../../support/workspace.ts';
import {aConfig, aTask} from '../a-task.ts';

const sessions: TaskSession[] = [];

afterEach(async () => {
  for (const session of sessions.splice(0)) await session.stop('the test is over');
});

function makeOpener(options: Partial<TaskOpenerOptions> = {}, layout = createLayout({workspace: makeWorkspace()})) {
  const backends: ScriptedBackend[] = [];
  const served: string[] = [];
  const opener = new TaskOpener({
    layout,
    clock: systemClock,
    debug: false,
    codeVersion: 'v',
    stopped: new AbortController().signal,
    createBackend: () => {
      const backend = new ScriptedBackend();
      backends.push(backend);
      return Promise.resolve(backend);
    },
    onServer: ({name}) => served.push(name),
    onTurns: () => undefined,
    onEnded: () => undefined,
    stop: new StopSwitch(),
    trialEnv: {},
    gpus: new GpuSlots({env: {}, maxParallel: 1}),
    onWarning: () => undefined,
    onServerNews: () => undefined,
    ...options,
  });
  const open = async (task: PackTask) => {
    const opened = await opener.open(task);
    if (opened instanceof TaskSession) sessions.push(opened);
    return opened;
  };
  return {layout, backends, served, open};
}

describe('a task is opened', () => {
  test('with its servers, each connected once and named for every task, and its questions', async () => {
    const {layout, backends, served, open} = makeOpener();
    const first = await open(aTask(0, ['m', 'n']));
    const second = await open(aTask(1, ['n']));
    expect([first, second].map(each => each instanceof TaskSession && each.totalQuestions)).toEqual([4, 4]);
    expect(backends).toHaveLength(2);
    expect(served).toEqual(['m (openai)', 'n (openai)', 'n (openai)']);
    const records = await readTaskRecordsById(layout, 'g', [0, 1]);
    expect([...records.values()].map(({status, task_key: key}) => [status, key])).toEqual([
      ['started', 'k0'],
      ['started', 'k1'],
    ]);
  });

  test('with as many questions as the run asks', async () => {
    const session = await makeOpener().open(aTask(0, ['m'], {questionLimit: 3}));
    expect(session instanceof TaskSession && [session.totalQuestions, session.unopened]).toEqual([3, 3]);
  });

  test('but not while another executor has it', async () => {
    const {layout, open} = makeOpener();
    await open(aTask(0));
    expect(await makeOpener({}, layout).open(aTask(0))).toEqual({
      refused: expect.stringMatching(/^another executor has this task: process \d+ on /),
    });
  });
});

describe('a task is not claimed', () => {
  test('before its servers are there', async () => {
    const backend = new ScriptedBackend();
    backend.checks.push(aFailure('model-missing', {text: 'no such model', retryable: false}));
    const {layout, served, open} = makeOpener({createBackend: () => Promise.resolve(backend)});
    await expect(open(aTask(0))).rejects.toMatchObject({code: 'server-unusable'});
    expect(served).toEqual([]);
    expect(existsSync(layout.leases('g'))).toBe(false);
  });

  test('any more when its questions cannot be read: another attempt finds it free', async () => {
    const {open} = makeOpener();
    const {experiment_metadata: metadata} = aConfig();
    const config = aConfig(['m'], {experiment_metadata: {...metadata, questions_file: 'missing.jsonl'}});
    const task = aTask(0, ['m'], {load: () => ({key: 'k', repetition: 1, seed: 1, config})});
    await expect(open(task)).rejects.toThrow('missing.jsonl');
    expect(await open(aTask(0))).toBeInstanceOf(TaskSession);
  });
});

test('a stop ends the waiting for its servers', async () => {
  const stop = new AbortController();
  const backend = new ScriptedBackend();
  backend.checks.push(...Array.from({length: 100}, () => aFailure('loading')));
  const {open} = makeOpener({createBackend: () => Promise.resolve(backend), stopped: stop.signal});
  const opening = open(aTask(0));
  const reason = new Error('stopped');
  stop.abort(reason);
  await expect(opening).rejects.toBe(reason);
});
