import {expect, test} from 'vitest';

import {GpuSlots, type GpuLease} from '../../../src/execute/trial/gpu-slots.ts';
import {makeTrial, TrialBench} from './a-trial.ts';

const NEVER = new AbortController().signal;

/** Takes devices that must be there at once. */
async function take(slots: GpuSlots, count = 0): Promise<GpuLease> {
  const answer = await slots.acquire(count, NEVER);
  if (typeof answer !== 'object' || !('ids' in answer)) throw new Error(`got ${JSON.stringify(answer)}`);
  return answer;
}

/** Tells whether a promise is still open once everything that can happen has happened. */
async function isWaiting(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol('open');
  return (await Promise.race([promise, new Promise(resolve => setImmediate(() => resolve(open)))])) === open;
}

test('trials that run at once get free devices of a list, and wait when there are none', async () => {
  const slots = new GpuSlots({env: {RUN_STUDY_GPU_IDS: '0, 1', CUDA_VISIBLE_DEVICES: '4,5'}, maxParallel: 4});
  const [first, second] = [await take(slots), await take(slots)];
  expect([first.ids, second.ids]).toEqual([['0'], ['1']]);
  const third = take(slots);
  expect(await isWaiting(third)).toBe(true);
  second.release();
  second.release();
  // A round robin would have put it on 0, which is busy.
  expect((await third).ids).toEqual(['1']);
  const fourth = take(slots);
  expect(await isWaiting(fourth)).toBe(true);
  first.release();
  expect((await fourth).ids).toEqual(['0']);
});

test('MAC_GPU_IDS comes before the older variable, and an id twice holds two trials', async () => {
  const slots = new GpuSlots({env: {MAC_GPU_IDS: '7,7', RUN_STUDY_GPU_IDS: '0'}, maxParallel: 3});
  expect([(await take(slots)).ids, (await take(slots)).ids]).toEqual([['7'], ['7']]);
});

test('a trial that asks for several gets them before those behind it, even if one would fit', async () => {
  const slots = new GpuSlots({env: {CUDA_VISIBLE_DEVICES: 'GPU-a,GPU-b'}, maxParallel: 3});
  const one = await take(slots, 1);
  const [two, behind] = [take(slots, 2), take(slots, 1)];
  expect(await isWaiting(two)).toBe(true);
  expect(await isWaiting(behind)).toBe(true);
  one.release();
  const both = await two;
  expect(both.ids).toEqual(['GPU-a', 'GPU-b']);
  both.release();
  expect((await behind).ids).toEqual(['GPU-a']);
});

test('trials that ask for none share the devices of the job, the idlest first, and wait for nothing', async () => {
  const slots = new GpuSlots({env: {CUDA_VISIBLE_DEVICES: '2,3'}, maxParallel: 8});
  const leases = [await take(slots), await take(slots), await take(slots)];
  expect(leases.map(({ids}) => ids)).toEqual([['2'], ['3'], ['2']]);
  leases[1]?.release();
  expect((await take(slots)).ids).toEqual(['3']);
});

test('one trial at a time that asks for none, or a machine without devices, is left as it is', async () => {
  expect(await new GpuSlots({env: {MAC_GPU_IDS: '0,1'}, maxParallel: 1}).acquire(0, NEVER)).toBe('unrestricted');
  for (const devices of [undefined, '', '-1', 'NoDevFiles']) {
    const slots = new GpuSlots({env: {CUDA_VISIBLE_DEVICES: devices}, maxParallel: 4});
    expect(await slots.acquire(1, NEVER)).toBe('unrestricted');
  }
});

test('a stop ends the waiting and lets those behind go on', async () => {
  const slots = new GpuSlots({env: {MAC_GPU_IDS: '0,1'}, maxParallel: 4});
  const held = await take(slots, 1);
  const stop = new AbortController();
  const two = slots.acquire(2, stop.signal);
  const behind = take(slots, 1);
  expect(await isWaiting(behind)).toBe(true);
  stop.abort();
  expect(await two).toBe('aborted');
  expect((await behind).ids).toEqual(['1']);
  held.release();
});

test('trials at once see one device each, which their records name', async () => {
  const bench = new TrialBench();
  const gpus = new GpuSlots({env: {RUN_STUDY_GPU_IDS: '0,1'}, maxParallel: 2});
  const of = (id: string) => makeTrial('echo "$CUDA_VISIBLE_DEVICES"; sleep 0.3', {id, output_dir: id});
  const records = await Promise.all(['a', 'b', 'c'].map(id => bench.run(of(id), {gpus})));
  expect(records.map(each => each.gpus)).toEqual(records.map(({tail}) => tail));
  expect(new Set(records.slice(0, 2).flatMap(each => each.gpus))).toEqual(new Set(['0', '1']));
});

test('a trial that asks for more devices than there are fails with the reason', async () => {
  const gpus = new GpuSlots({env: {MAC_GPU_IDS: '0'}, maxParallel: 1});
  const record = await new TrialBench().run(makeTrial('true', {resources: {gpus: 2}}), {gpus});
  expect(record).toMatchObject({status: 'failed', reason: 'it asks for 2 GPUs, and 1 are visible', command: null});
});
