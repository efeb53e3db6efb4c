import {describe, expect, test} from 'vitest';

import type {ChatFailure} from '../../../src/backend/backend.ts';
import {ModelGate, type ModelGateOptions} from '../../../src/execute/requests/model-gate.ts';
import {ManualClock} from '../../support/manual-clock.ts';
import {aFailure, aModel, aReply} from '../../support/scripted-backend.ts';

function makeGate(options: Partial<ModelGateOptions> = {}) {
  const clock = new ManualClock();
  const model = aModel({limit: 100});
  const news: (string | boolean | number)[] = [];
  const gate = new ModelGate(model, {
    clock,
    signal: new AbortController().signal,
    inFlight: () => 0,
    onLimit: limit => news.push(limit),
    onPaused: isPaused => news.push(isPaused),
    onGone: reason => news.push(reason),
    onCrash: error => {
      throw error;
    },
    ...options,
  });
  return {clock, backend: model.backend, gate, news};
}

const DOWN = aFailure('unreachable', {text: 'connection refused'});

function fail(gate: ModelGate, failure: ChatFailure, times: number): void {
  for (let n = 0; n < times; n++) gate.onFailure(failure, n);
}

describe('a server that does not answer', () => {
  test('is sent nothing after five failures until a probe finds it well', async () => {
    const {clock, backend, gate, news} = makeGate();
    backend.checks.push(DOWN, DOWN);
    fail(gate, DOWN, 4);
    expect(news).toEqual([]);
    fail(gate, DOWN, 2);
    expect(news).toEqual([true]);
    expect(gate.trouble).toContain('connection refused');
    await clock.advance(4_000);
    expect([backend.checked, ...news]).toEqual([2, true]);
    await clock.advance(2_000);
    expect(news).toEqual([true, false]);
    await clock.advance(60_000);
    expect(backend.checked).toBe(3);
  });

  test('is given up after a minute, once, and stays paused', async () => {
    const {clock, backend, gate, news} = makeGate();
    backend.checks.push(...Array<ChatFailure>(100).fill(DOWN));
    fail(gate, DOWN, 5);
    await clock.advance(59_000);
    expect(gate.goneBecause).toBeNull();
    await clock.advance(2_000);
    expect(gate.goneBecause).toMatch(/^no answer for 60 s \(\d+ failures in a row\): connection refused$/);
    expect(gate.trouble).toBe(gate.goneBecause);
    fail(gate, DOWN, 5);
    expect(news).toEqual([true, gate.goneBecause]);
  });

  test('is waited for as long as the run says', async () => {
    const {clock, backend, gate} = makeGate({waitForServerMs: 600_000});
    backend.checks.push(...Array<ChatFailure>(400).fill(DOWN));
    fail(gate, DOWN, 5);
    await clock.advance(590_000);
    expect(gate.goneBecause).toBeNull();
    await clock.advance(12_000);
    expect(gate.goneBecause).not.toBeNull();
  });

  test('is not probed any more when the gate stops', async () => {
    const {clock, backend, gate} = makeGate();
    fail(gate, DOWN, 5);
    gate.stop();
    await clock.advance(60_000);
    expect(backend.checked).toBe(0);
  });
});

test('a server that loads its model is paused at once and may take ten minutes', async () => {
  const {clock, backend, gate, news} = makeGate();
  const loading = aFailure('loading');
  backend.checks.push(...Array<ChatFailure>(400).fill(loading));
  gate.onFailure(loading, 1);
  expect(news).toEqual([true]);
  await clock.advance(590_000);
  expect(gate.goneBecause).toBeNull();
  await clock.advance(12_000);
  expect(gate.goneBecause).toContain('loading its model for 600 s');
});

describe('a model that answers no call', () => {
  test.each(['model-missing', 'given-up', 'unauthorized'] as const)('is given up at once: %s', reason => {
    const {gate} = makeGate();
    gate.onFailure(aFailure(reason, {text: 'no such model', hint: 'look there'}), 1);
    expect(gate.goneBecause).toBe('no such model (look there)');
  });

  test('is given up when it refuses ten conversations alike, and nothing of them is recorded', () => {
    const {gate} = makeGate();
    const refusal = aFailure('refused', {text: 'bad parameter'});
    const ended: number[] = [];
    for (let n = 1; n <= 10; n++) {
      gate.onFailure(refusal, n);
      gate.endTurn(refusal, () => ended.push(n));
    }
    expect(gate.goneBecause).toBe('10 conversations were refused alike, no call was answered: bad parameter');
    gate.onIdle();
    expect(ended).toEqual([]);
  });
});

describe('a model that answers others', () => {
  test('refused only its prompts: what was held ends at the first answer, later refusals at once', () => {
    const {gate} = makeGate();
    const refusal = aFailure('refused');
    const ended: string[] = [];
    gate.onFailure(refusal, 1);
    gate.endTurn(refusal, () => ended.push('held'));
    expect(ended).toEqual([]);
    gate.onReply(aReply());
    expect(ended).toEqual(['held']);
    for (let n = 0; n < 20; n++) {
      gate.onFailure(refusal, n);
      gate.endTurn(refusal, () => ended.push('at once'));
    }
    expect(ended).toHaveLength(21);
    expect(gate.goneBecause).toBeNull();
  });

  test('is given up when five conversations in a row are refused for the key, or the key is refused for good', () => {
    const {gate} = makeGate();
    gate.onReply(aReply());
    for (let n = 1; n < 5; n++) gate.onFailure(aFailure('unauthorized'), n);
    expect(gate.goneBecause).toBeNull();
    gate.onFailure(aFailure('unauthorized'), 5);
    expect(gate.goneBecause).toContain('5 conversations were refused alike, no call was answered since');
    const other = makeGate().gate;
    other.onReply(aReply());
    other.onFailure(aFailure('unauthorized', {isFinalForModel: true, text: 'no credit'}), 1);
    expect(other.goneBecause).toBe('no credit');
  });
});

test('what is held waits for calls that are to be repeated, and ends when none is left that could tell more', () => {
  const {gate} = makeGate();
  const refusal = aFailure('refused');
  let hasEnded = false;
  gate.endTurn(refusal, () => (hasEnded = true));
  gate.retryScheduled();
  gate.onIdle();
  expect(hasEnded).toBe(false);
  gate.retryStarted();
  gate.onIdle();
  expect(hasEnded).toBe(true);
});

test('failures that are of one prompt, and say that the server lives, are no trouble of it', () => {
  const {gate, news} = makeGate();
  fail(gate, aFailure('filtered'), 50);
  fail(gate, aFailure('context-full'), 50);
  expect([gate.trouble, ...news]).toEqual([null]);
});

test('a call is sent to the backend; its time-out lowers a steered limit', async () => {
  const model = aModel({limit: 'auto'});
  const clock = new ManualClock();
  const limits: number[] = [];
  const gate = new ModelGate(model, {
    clock,
    signal: new AbortController().signal,
    inFlight: () => 1,
    onLimit: limit => limits.push(limit),
    onPaused: () => undefined,
    onGone: () => undefined,
    onCrash: () => undefined,
  });
  const sent = gate.send({requestId: 'r', system: '', user: 'u', sampling: {temperature: 0, max_tokens: 1}});
  await clock.advance(5_000);
  expect(limits).toEqual([16]);
  model.backend.calls[0]?.end(aFailure('timeout'));
  expect(await sent).toMatchObject({reason: 'timeout'});
  expect(limits).toEqual([16, 8]);
});
