import {describe, expect, test} from 'vitest';

import {Canaries} from '../../../src/execute/guards/canaries.ts';
import {Lanes, type Lane} from '../../../src/execute/pack/lanes.ts';
import type {PackTask} from '../../../src/execute/pack-task.ts';
import {serverKey} from '../../../src/plan/servers.ts';
import {aDefinition, aTask, FakeSession} from '../a-task.ts';

const PLENTY = {maxOpen: 100, hasRoom: () => true};

function arrange(...tasks: PackTask[]): {lanes: Lanes; all: Lane[]; first: Lane; unusable: unknown[]} {
  const lanes = new Lanes();
  const unusable: unknown[] = [];
  lanes.arrange(tasks, (_task, error) => unusable.push(error));
  const all = [...lanes];
  return {lanes, all, first: all[0]!, unusable};
}

function open(lanes: Lanes, lane: Lane, index: number): FakeSession {
  const session = new FakeSession(aTask(index));
  lanes.add(session.real, lane);
  return session;
}

describe('tasks are sorted into lanes', () => {
  test('by the set of servers they need, whatever their order', () => {
    const {lanes, all} = arrange(aTask(0, ['m']), aTask(1, ['m', 'n']), aTask(2, ['m']), aTask(3, ['n', 'm']));
    expect(all.map(({queue}) => queue.map(({index}) => index))).toEqual([
      [0, 2],
      [1, 3],
    ]);
    const indices = (model: string) => lanes.listByModel(serverKey(aDefinition(model))).map(lane => all.indexOf(lane));
    expect([indices('m'), indices('n'), indices('x')]).toEqual([[0, 1], [1], []]);
  });

  test('but for one whose config cannot be computed', () => {
    const error = new Error('no such axis');
    const broken = aTask(1, ['m'], {
      load: () => {
        throw error;
      },
    });
    const {first, unusable} = arrange(aTask(0), broken, aTask(2));
    expect(unusable).toEqual([error]);
    expect(first.queue.map(({index}) => index)).toEqual([0, 2]);
  });
});

describe('the next task', () => {
  test('is opened whatever the room where none is open, one alone', () => {
    const {lanes, first} = arrange(aTask(0), aTask(1));
    const full = {maxOpen: 100, hasRoom: () => false};
    const task = lanes.takeNext(first, full);
    expect(task?.index).toBe(0);
    first.opening.add(task!);
    expect(lanes.takeNext(first, PLENTY)).toBeUndefined();
  });

  test('is opened beside others only while there is room, four at a time', () => {
    const {lanes, first} = arrange(...[0, 1, 2, 3, 4, 5].map(index => aTask(index)));
    open(lanes, first, 9);
    expect(lanes.takeNext(first, {maxOpen: 100, hasRoom: () => false})).toBeUndefined();
    for (let n = 0; n < 4; n++) first.opening.add(lanes.takeNext(first, PLENTY)!);
    expect(lanes.takeNext(first, PLENTY)).toBeUndefined();
    expect(first.queue.map(({index}) => index)).toEqual([4, 5]);
  });

  test('is not opened beyond the most tasks of the pack, those of other lanes and those being opened included', () => {
    const {lanes, all} = arrange(aTask(0, ['m']), aTask(1, ['n']), aTask(2, ['n']));
    const [first, second] = all as [Lane, Lane];
    open(lanes, first, 9);
    second.opening.add(lanes.takeNext(second, {...PLENTY, maxOpen: 2})!);
    expect(lanes.takeNext(second, {...PLENTY, maxOpen: 2})).toBeUndefined();
    expect([lanes.isFull(2), lanes.isFull(3)]).toEqual([true, false]);
  });
});

test('lanes are empty when no task is waiting, being opened or open', () => {
  const {lanes, first} = arrange(aTask(0));
  expect(lanes.areEmpty).toBe(false);
  const task = lanes.takeNext(first, PLENTY)!;
  first.opening.add(task);
  expect(lanes.areEmpty).toBe(false);
  const session = new FakeSession(task);
  lanes.add(session.real, first);
  first.opening.delete(task);
  expect([lanes.areEmpty, lanes.isOpen(session.real), lanes.sessions.length]).toEqual([false, true, 1]);
  lanes.remove(session.real);
  expect([lanes.areEmpty, lanes.isOpen(session.real), first.open.size]).toEqual([true, false, 0]);
});

describe('the questions after the canaries of a task', () => {
  function withCanaries(session: FakeSession, ends: (string | null)[]): FakeSession {
    session.canaries = new Canaries(2, 10);
    for (const end of ends) session.canaries.ended(end);
    return session;
  }

  test('wait for its own, and never come when all of these failed', () => {
    const {lanes, first: lane} = arrange(aTask(0));
    lane.queue.length = 0;
    const session = withCanaries(open(lanes, lane, 0), [null]);
    expect(lanes.mayOpenRest(session.real, lane, 10)).toBe(false);
    session.canaries.ended('cut');
    expect(lanes.mayOpenRest(session.real, lane, 10)).toBe(true);
    expect(lanes.mayOpenRest(withCanaries(open(lanes, lane, 1), ['a', 'b']).real, lane, 10)).toBe(false);
  });

  test('wait for those of all tasks of the lane, unless no further task may be open', () => {
    const {lanes, first} = arrange(aTask(0), aTask(1));
    const over = withCanaries(open(lanes, first, 7), [null, null]);
    const begun = withCanaries(open(lanes, first, 8), []);
    expect(lanes.mayOpenRest(over.real, first, 10)).toBe(false);
    expect(lanes.mayOpenRest(over.real, first, 2)).toBe(true);
    begun.canaries.ended(null);
    begun.canaries.ended(null);
    expect(lanes.mayOpenRest(over.real, first, 10)).toBe(false);
    first.queue.length = 0;
    expect(lanes.mayOpenRest(over.real, first, 10)).toBe(true);
  });

  test('are asked at once where a task has none', () => {
    const {lanes, first} = arrange(aTask(0));
    expect(lanes.mayOpenRest(open(lanes, first, 7).real, first, 10)).toBe(true);
  });
});
