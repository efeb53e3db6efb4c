import {describe, expect, test} from 'vitest';

import {UserError} from '../../../src/core/errors.ts';
import type {RunEvent} from '../../../src/execute/events.ts';
import {Lanes} from '../../../src/execute/pack/lanes.ts';
import {PackTally} from '../../../src/execute/pack/pack-tally.ts';
import {TaskEnds, userMessage} from '../../../src/execute/pack/task-ends.ts';
import type {PackTask} from '../../../src/execute/pack-task.ts';
import {aTask, FakeSession} from '../a-task.ts';

/** A pack of tasks of one lane, the first `open` of which are open. */
function makeEnds(tasks: readonly PackTask[], open: number) {
  const lanes = new Lanes();
  lanes.arrange(tasks, () => undefined);
  const [lane] = [...lanes];
  const tally = new PackTally(tasks);
  const events: RunEvent[] = [];
  const notes = {ended: [] as (number | null)[], room: 0, writeErrors: [] as UserError[]};
  const ends = new TaskEnds({
    lanes,
    tally,
    emit: event => events.push(event),
    onEnded: ({index}) => notes.ended.push(index),
    onRoom: () => notes.room++,
    onWriteError: error => notes.writeErrors.push(error),
  });
  const sessions = Array.from({length: open}, () => new FakeSession(lane!.queue.shift()!));
  for (const session of sessions) lanes.add(session.real, lane!);
  const outcomes = () => tally.outcomes(null).map(({outcome}) => outcome);
  return {lanes, lane: lane!, tally, events, notes, ends, sessions, first: sessions[0]!, outcomes};
}

const TASKS = [0, 1, 2, 3].map(index => aTask(index));

describe('a task that is finished', () => {
  test('is closed, reported with its counts, and makes room', async () => {
    const {lanes, ends, first, events, notes, outcomes} = makeEnds(TASKS, 1);
    Object.assign(first, {carriedOver: 1, succeeded: 2, failed: 1});
    first.outcome = {kind: 'incomplete', succeeded: 3, failed: 1, left: 1, outcomes: {cut: 1}, failures: []};
    const finishing = ends.finish(first.real);
    expect([lanes.isOpen(first.real), ends.areWriting]).toEqual([false, true]);
    await finishing;
    expect(ends.areWriting).toBe(false);
    expect(events).toEqual([
      {
        kind: 'task-finished',
        task: first.task.label,
        succeeded: 3,
        failed: 1,
        total: 4,
        outcomes: {cut: 1},
        summaryPath: 'summary.json',
      },
    ]);
    expect(outcomes()[0]).toBe(first.outcome);
    expect(notes).toMatchObject({ended: [0], room: 1});
  });

  test('but cannot write its last records is stopped, and the run told', async () => {
    const {ends, first, notes, outcomes} = makeEnds(TASKS, 1);
    first.finishError = new UserError('cannot-write', 'disk full');
    await ends.finish(first.real);
    expect(first.notes).toEqual(['finish', 'stop: disk full']);
    expect(outcomes()[0]).toMatchObject({kind: 'stopped', reason: 'disk full'});
    expect(notes.writeErrors).toEqual([first.finishError]);
  });

  test('but was taken over by another executor ends alone', async () => {
    const {ends, first, notes} = makeEnds(TASKS, 1);
    first.finishError = new UserError('lease-lost', 'taken over');
    await ends.finish(first.real);
    expect(notes).toMatchObject({room: 1, writeErrors: []});
  });

  test('and finds a bug passes it on', async () => {
    const {ends, first} = makeEnds(TASKS, 1);
    first.finishError = new TypeError('x is undefined');
    await expect(ends.finish(first.real)).rejects.toBe(first.finishError);
    expect(ends.areWriting).toBe(false);
  });
});

describe('a task that is stopped', () => {
  test('is reported once, with what is left', async () => {
    const {ends, first, events, outcomes} = makeEnds(TASKS, 1);
    await ends.stop(first.real, 'Ctrl-C');
    await ends.stop(first.real, 'again');
    expect(first.notes).toEqual(['stop: Ctrl-C']);
    expect(events).toEqual([{kind: 'task-stopped', task: first.task.label, reason: 'Ctrl-C', left: 3}]);
    expect(outcomes()[0]).toEqual({kind: 'stopped', reason: 'Ctrl-C', left: 3});
  });

  test('is not reported again when it was named with others', async () => {
    const {ends, first, events} = makeEnds(TASKS, 1);
    await ends.stop(first.real, 'gone', {isReported: true});
    expect(events).toEqual([]);
  });

  test('because its lease was lost says so', async () => {
    const {ends, first} = makeEnds(TASKS, 1);
    await ends.stopLost(first.real);
    expect(first.notes).toEqual(['stop: another executor took this task over']);
  });
});

test('a server that is gone ends all tasks of its lanes in one report: open, being opened, and waiting ones', async () => {
  const {lanes, lane, ends, sessions, events, notes, outcomes} = makeEnds(TASKS, 2);
  const opening = lane.queue.shift()!;
  lane.opening.add(opening);
  const giving = ends.giveUp([lane], 'm: no answer');
  // At once, before anything is awaited.
  expect(sessions.map(session => session.notes[0])).toEqual(['abandon', 'abandon']);
  expect(lane.queue).toEqual([]);
  await giving;
  expect(events).toEqual([{kind: 'tasks-given-up', tasks: TASKS.map(({label}) => label), reason: 'm: no answer'}]);
  expect(outcomes()).toMatchObject([
    {kind: 'stopped', left: 3},
    {kind: 'stopped', left: 3},
    // Its opening ends it.
    {kind: 'stopped', reason: 'not reached', left: 4},
    {kind: 'stopped', reason: 'm: no answer', left: 4},
  ]);
  expect([...notes.ended].sort()).toEqual([0, 1, 3]);
  expect(lanes.sessions).toEqual([]);
});

test('a server that cannot be used refuses the task and all that wait for it, in one report', () => {
  const {lane, ends, events, outcomes} = makeEnds(TASKS, 0);
  const task = lane.queue.shift()!;
  ends.refuseLane(task, lane, 'no key');
  expect(events).toEqual([{kind: 'tasks-given-up', tasks: TASKS.map(({label}) => label), reason: 'no key'}]);
  expect(outcomes()).toEqual(TASKS.map(() => ({kind: 'refused', reason: 'no key'})));
});

test('a task that is refused, or was done by another, ends with that', () => {
  const {ends, events, tally, outcomes} = makeEnds(TASKS, 0);
  ends.refuse(TASKS[0]!, 'held');
  ends.recordAlreadyDone(TASKS[1]!, 4);
  expect(events).toEqual([{kind: 'task-refused', task: TASKS[0]!.label, reason: 'held'}]);
  expect(outcomes().slice(0, 2)).toEqual([
    {kind: 'refused', reason: 'held'},
    {kind: 'done', succeeded: 4, outcomes: {}, failures: []},
  ]);
  expect(tally.questions()).toEqual({total: 16, succeeded: 0, failed: 0, carriedOver: 4});
});

test('when the run stops, tasks with questions left are stopped, drained ones left to finish, the rest not begun', async () => {
  const {lane, ends, sessions} = makeEnds(TASKS, 2);
  sessions[0]!.isDrained = true;
  await ends.stopAll('Ctrl-C');
  expect(sessions.map(({notes}) => notes)).toEqual([[], ['stop: Ctrl-C']]);
  expect(lane.queue).toEqual([]);
});

test('a message has the hint of its error', () => {
  expect(userMessage(new UserError('cannot-write', 'disk full', {hint: 'make room'}))).toBe('disk full (make room)');
  expect(userMessage(new Error('x'))).toBe('x');
});
