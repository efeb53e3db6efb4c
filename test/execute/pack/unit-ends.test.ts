import {describe, expect, test} from 'vitest';

import {UserError} from '../../../src/core/errors.ts';
import type {RunEvent} from '../../../src/execute/events.ts';
import {Canaries} from '../../../src/execute/guards/canaries.ts';
import {FailureBudget} from '../../../src/execute/guards/failure-budget.ts';
import {StopSwitch} from '../../../src/execute/guards/stop.ts';
import {UnitEnds} from '../../../src/execute/pack/unit-ends.ts';
import {Lanes} from '../../../src/execute/pack/lanes.ts';
import {PackTally} from '../../../src/execute/pack/pack-tally.ts';
import {TaskEnds} from '../../../src/execute/pack/task-ends.ts';
import type {UnitEnd} from '../../../src/execute/runner.ts';
import {settlePromises} from '../../support/manual-clock.ts';
import {aRun, aTask, FakeSession} from '../a-task.ts';

const FAILED: UnitEnd = {outcome: 'server', isFinal: false, reason: 'HTTP 500'};

function makeEnds({failFast = false, failAfter}: {failFast?: boolean; failAfter?: number} = {}) {
  const task = aTask(0);
  const lanes = new Lanes();
  lanes.arrange([task], () => undefined);
  const [lane] = [...lanes];
  const tally = new PackTally([task]);
  const events: RunEvent[] = [];
  const notes = {room: 0, writeErrors: [] as UserError[], crashes: [] as unknown[]};
  const emit = (event: RunEvent): void => void events.push(event);
  const onWriteError = (error: UserError): void => void notes.writeErrors.push(error);
  const onRoom = (): void => {
    notes.room++;
  };
  const taskEnds = new TaskEnds({lanes, tally, emit, onEnded: () => undefined, onRoom: () => undefined, onWriteError});
  const stop = new StopSwitch();
  const failures = new FailureBudget(failAfter);
  const onCrash = (error: unknown): void => void notes.crashes.push(error);
  const ends = new UnitEnds({
    lanes,
    tally,
    taskEnds,
    failFast,
    failures,
    stop,
    emit,
    onRoom,
    onWriteError,
    onCrash,
  });
  const session = new FakeSession(task);
  lanes.add(session.real, lane!);
  return {lanes, tally, events, notes, stop, ends, session};
}

test('conversations are counted when they are on disk, and make room then', async () => {
  const {ends, session, tally, notes, events} = makeEnds();
  const waiting: ((recorded: UnitEnd) => void)[] = [];
  session.record = () => new Promise(resolve => waiting.push(resolve));
  ends.end(session.real, aRun('q0'));
  ends.end(session.real, aRun('q1'));
  await settlePromises();
  expect([tally.succeeded, notes.room]).toEqual([0, 0]);
  waiting[0]!({outcome: 'succeeded', isFinal: false, reason: null});
  waiting[1]!(FAILED);
  await ends.settle();
  await settlePromises();
  expect([tally.succeeded, tally.failed, notes.room]).toEqual([1, 1, 2]);
  const {label: task} = session.task;
  expect(events).toEqual([
    {
      kind: 'conversation-failed',
      task,
      questionId: 'q1',
      outcome: 'server',
      isFinal: false,
      reason: 'HTTP 500',
    },
  ]);
});

test('no more than 512 may be on their way to the disk', async () => {
  const {ends, session} = makeEnds();
  let release: (recorded: UnitEnd) => void = () => undefined;
  const recorded = new Promise<UnitEnd>(resolve => (release = resolve));
  session.record = () => recorded;
  for (let n = 0; n < 511; n++) ends.end(session.real, aRun());
  expect(ends.isFull).toBe(false);
  ends.end(session.real, aRun());
  expect(ends.isFull).toBe(true);
  release({outcome: 'succeeded', isFinal: false, reason: null});
  await ends.settle();
  await settlePromises();
  expect(ends.isFull).toBe(false);
});

test('the last one of a task finishes it', async () => {
  const {lanes, ends, session} = makeEnds();
  session.isDrained = true;
  ends.end(session.real, aRun());
  await ends.settle();
  expect(session.notes).toEqual(['finish']);
  expect(lanes.isOpen(session.real)).toBe(false);
});

describe('the run stops', () => {
  test('at the first failure under --fail-fast, and says which question of which task it was', async () => {
    const {ends, session, stop} = makeEnds({failFast: true});
    session.record = () => Promise.resolve(FAILED);
    ends.end(session.real, aRun('q3'));
    await ends.settle();
    expect(stop.cause).toEqual({kind: 'fail-fast', message: '--fail-fast: question q3 of b/e failed: HTTP 500'});
  });

  test('but not for an outcome that is final, and so a result', async () => {
    const {ends, session, stop, tally} = makeEnds({failFast: true});
    session.record = () => Promise.resolve({...FAILED, outcome: 'refused', isFinal: true});
    ends.end(session.real, aRun());
    await ends.settle();
    expect([stop.cause, tally.failed]).toEqual([null, 1]);
  });

  test('after as many failures as --fail-after says, before they are on disk', () => {
    const {ends, session, stop} = makeEnds({failAfter: 2});
    session.record = () => new Promise(() => undefined);
    ends.end(session.real, aRun());
    session.hasResult = false;
    ends.end(session.real, aRun());
    expect(stop.cause).toBeNull();
    ends.end(session.real, aRun());
    expect(stop.cause).toEqual({kind: 'fail-after', message: '--fail-after 2: 2 conversations failed'});
  });

  test('when a record cannot be written', async () => {
    const {ends, session, notes} = makeEnds();
    const error = new UserError('cannot-write', 'disk full');
    session.record = () => Promise.reject(error);
    ends.end(session.real, aRun());
    await ends.settle();
    expect(notes.writeErrors).toEqual([error]);
    expect(session.notes).toEqual([]);
  });
});

test('a task that another executor took over is stopped, and the run goes on', async () => {
  const {ends, session, notes} = makeEnds();
  session.record = () => Promise.reject(new UserError('lease-lost', 'lost'));
  ends.end(session.real, aRun());
  await ends.settle();
  expect(session.notes).toEqual(['stop: another executor took this task over']);
  expect(notes.writeErrors).toEqual([]);
});

test('a task whose canaries all failed is stopped with their reasons', async () => {
  const {ends, session} = makeEnds();
  session.canaries = new Canaries(2, 10);
  session.hasResult = false;
  session.record = () => Promise.resolve(FAILED);
  ends.end(session.real, aRun('q0'));
  ends.end(session.real, aRun('q1'));
  await ends.settle();
  expect(session.notes).toEqual([
    'stop: its first 2 conversations (canary) all failed, so that the rest was not sent: HTTP 500',
  ]);
});

test('a bug in recording is reported as a crash', async () => {
  const {ends, session, notes} = makeEnds();
  const bug = new TypeError('x is undefined');
  session.record = () => Promise.reject(bug);
  ends.end(session.real, aRun());
  await ends.settle();
  expect(notes.crashes).toEqual([bug]);
});
