import {expect, test} from 'vitest';

import type {ChatFailure} from '../../../src/backend/backend.ts';
import {UserError} from '../../../src/core/errors.ts';
import {ServerPool, type ServerPoolOptions} from '../../../src/execute/conversation/server-pool.ts';
import {ManualClock} from '../../support/manual-clock.ts';
import {aFailure, ScriptedBackend} from '../../support/scripted-backend.ts';

const VLLM = {backend: 'vllm' as const, model_path: 'org/m', vllm_config: {max_num_seqs_upper_bound: 64}};
const AWAY = aFailure('unreachable', {text: 'connection refused'});

function makePool(options: Partial<ServerPoolOptions> = {}) {
  const clock = new ManualClock();
  const backend = new ScriptedBackend();
  const news: string[] = [];
  let created = 0;
  const pool = new ServerPool({
    clock,
    signal: new AbortController().signal,
    onNews: text => news.push(text),
    createBackend: () => {
      created++;
      return Promise.resolve(backend);
    },
    ...options,
  });
  return {clock, backend, news, pool, created: () => created};
}

/** Connects and returns what came of it after `ms`; undefined while it waits. */
async function connectFor(setup: ReturnType<typeof makePool>, ms: number): Promise<string | undefined> {
  let result: string | undefined;
  setup.pool.connect(VLLM).then(
    ({name}) => (result = name),
    (error: unknown) => (result = error instanceof UserError ? `${error.code}: ${error.message}` : String(error)),
  );
  await setup.clock.advance(ms);
  return result;
}

test('a server is connected and checked once, however many tasks use it', async () => {
  const {pool, backend, created} = makePool();
  const [first, second] = await Promise.all([pool.connect(VLLM), pool.connect({...VLLM})]);
  expect(second).toBe(first);
  expect([created(), backend.checked]).toEqual([1, 1]);
  expect(first).toMatchObject({name: 'org/m (vllm)', limit: 64, maxRetries: 5, backend});
  await pool.connect({...VLLM, model_path: 'org/n'});
  expect(created()).toBe(2);
});

test('its limit is what its cache holds, where it says so', async () => {
  const {pool, backend} = makePool();
  backend.nextLoad = {running: 0, waiting: 0, kvCacheUse: 0, preemptionsTotal: 0, kvCapacitySequences: 20};
  expect((await pool.connect(VLLM)).limit).toBe(20);
});

test('a server that does not answer is checked three times, and closed', async () => {
  const setup = makePool();
  setup.backend.checks.push(...Array<ChatFailure>(9).fill(AWAY));
  expect(await connectFor(setup, 2_499)).toBeUndefined();
  expect(setup.backend.checked).toBe(2);
  expect(await connectFor(setup, 1)).toBe('server-unusable: org/m (vllm): connection refused');
  expect([setup.backend.checked, setup.backend.isClosed]).toEqual([3, true]);
  expect(setup.news).toEqual([]);
});

test('the verdict holds for every task of the pack', async () => {
  const setup = makePool();
  setup.backend.checks.push(aFailure('unauthorized', {text: 'wrong key', retryable: false}));
  expect(await connectFor(setup, 0)).toBe('server-unusable: org/m (vllm): wrong key');
  expect(await connectFor(setup, 0)).toBe('server-unusable: org/m (vllm): wrong key');
  expect([setup.created(), setup.backend.checked]).toEqual([1, 1]);
});

test('one that loads its model is waited for, and that is told once', async () => {
  const setup = makePool();
  setup.backend.checks.push(...Array<ChatFailure>(6).fill(aFailure('loading', {text: 'loading model'})));
  expect(await connectFor(setup, 10_000)).toBeUndefined();
  expect(setup.news).toEqual(['waiting for org/m (vllm): loading model']);
  expect(await connectFor(setup, 1_000)).toBe('org/m (vllm)');
});

test('but no longer than ten minutes', async () => {
  const setup = makePool();
  setup.backend.checks.push(...Array<ChatFailure>(1_000).fill(aFailure('loading', {text: 'loading model'})));
  expect(await connectFor(setup, 599_000)).toBeUndefined();
  expect(await connectFor(setup, 3_000)).toBe('server-unusable: org/m (vllm): loading model (waited 601 s)');
});

test('one that is not there yet is waited for as long as the run says, with a hint afterwards', async () => {
  const setup = makePool({waitForServerMs: 60_000});
  setup.backend.checks.push(...Array<ChatFailure>(1_000).fill(AWAY));
  expect(await connectFor(setup, 59_000)).toBeUndefined();
  expect(await connectFor(setup, 3_000)).toContain('(waited 61 s)');
  await expect(setup.pool.connect(VLLM)).rejects.toMatchObject({hint: expect.stringContaining('--wait-for-server')});
});

test('a stop ends the waiting', async () => {
  const stop = new AbortController();
  const setup = makePool({waitForServerMs: 60_000, signal: stop.signal});
  setup.backend.checks.push(...Array<ChatFailure>(1_000).fill(AWAY));
  expect(await connectFor(setup, 10_000)).toBeUndefined();
  const reason = new Error('stopped');
  stop.abort(reason);
  await expect(setup.pool.connect(VLLM)).rejects.toBe(reason);
  expect(setup.backend.isClosed).toBe(true);
});
