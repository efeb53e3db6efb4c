import {expect, test} from 'vitest';

import {CircuitBreaker} from '../../src/schedule/circuit.ts';

const fail = (circuit: CircuitBreaker, kind: 'busy' | 'down', nowMs: number, oldestCallMs = 0) =>
  circuit.failed({kind, message: kind, nowMs, oldestCallMs});

test('a circuit opens after failures in a row, closes on a probe, and gives up in the end', () => {
  const circuit = new CircuitBreaker({openAfter: 3, goneAfterMs: 60_000});
  expect([0, 1, 2].map(ms => fail(circuit, 'down', ms))).toEqual(['closed', 'closed', 'open']);
  circuit.probed();
  expect(circuit.state).toBe('closed');
  for (let ms = 0; ms < 60_000; ms += 10_000) fail(circuit, 'down', ms);
  expect(fail(circuit, 'down', 60_000)).toBe('gone');
  expect(circuit.reason(60_000)).toContain('60 s');
});

test('a server that refuses everything for minutes is given up, with the reason', () => {
  const circuit = new CircuitBreaker({openAfter: 3});
  for (let ms = 0; ms < 300_000; ms += 10_000) expect(fail(circuit, 'busy', ms)).toBe('closed');
  expect(fail(circuit, 'busy', 300_000)).toBe('gone');
  expect(circuit.reason(300_000)).toBe('rate-limited by the server, no answer for 300 s (31 failures in a row): busy');
});

test('a server that is well whenever it is asked and cuts every answer is given up', () => {
  const circuit = new CircuitBreaker({openAfter: 3});
  let ms = 0;
  for (; circuit.state !== 'gone' && ms < 3_600_000; ms += 1_000) {
    if (fail(circuit, 'down', ms) === 'open') circuit.probed();
  }
  expect(ms).toBeLessThan(310_000);
});

test('a server that answers now and then is never given up', () => {
  const circuit = new CircuitBreaker({openAfter: 3});
  for (let ms = 0; ms < 3_600_000; ms += 1_000) {
    if (ms % 30_000 === 0) circuit.answered();
    expect(fail(circuit, ms % 2_000 === 0 ? 'busy' : 'down', ms)).not.toBe('gone');
    circuit.probed();
  }
});

test('a server that is at a long call while it refuses others gets more time', () => {
  const circuit = new CircuitBreaker({openAfter: 3});
  for (let ms = 0; ms < 900_000; ms += 10_000) expect(fail(circuit, 'busy', ms, ms)).toBe('closed');
  expect(fail(circuit, 'busy', 900_000, 900_000)).toBe('gone');
});

test('an old time-out does not make a restart that cuts four calls the end: a probe comes first, and the clock starts at the first cut', () => {
  const circuit = new CircuitBreaker();
  expect(fail(circuit, 'down', 0)).toBe('closed');
  const cuts = [100_000, 100_001, 100_002, 100_003].map(ms => fail(circuit, 'down', ms));
  expect(cuts).toEqual(['closed', 'closed', 'closed', 'open']);
  // Probes, every two seconds.
  for (let ms = 102_000; ms < 160_000; ms += 2_000) expect(fail(circuit, 'down', ms)).toBe('open');
  expect(fail(circuit, 'down', 160_000)).toBe('gone');
});

test('a restart minutes after an old time-out is survived when the server comes back', () => {
  const circuit = new CircuitBreaker();
  fail(circuit, 'down', 0);
  for (let ms = 400_000; ms < 400_100; ms += 25) expect(fail(circuit, 'down', ms)).not.toBe('gone');
  for (let ms = 402_000; ms < 440_000; ms += 2_000) expect(fail(circuit, 'down', ms)).toBe('open');
  circuit.probed();
  expect(fail(circuit, 'down', 440_000)).toBe('closed');
  circuit.answered();
  expect(circuit.isFailing).toBe(false);
});

test('time-outs one after the other open the circuit, however far apart they are', () => {
  const circuit = new CircuitBreaker({openAfter: 3});
  expect([1, 2, 3].map(n => fail(circuit, 'down', n * 120_000))).toEqual(['closed', 'closed', 'open']);
});

test('a server that loads its model is waited for, without calls, until its time is over', () => {
  const circuit = new CircuitBreaker({loadingMs: 300_000});
  const loading = (nowMs: number) => circuit.failed({kind: 'loading', message: 'Loading model', nowMs});
  fail(circuit, 'down', 0);
  for (let ms = 1_000; ms < 301_000; ms += 2_000) expect(loading(ms)).toBe('open');
  expect(circuit.reason(200_000)).toBe('loading its model for 199 s: Loading model');
  expect(loading(301_000)).toBe('gone');
});

test('a server that has loaded its model is judged from then on', () => {
  const circuit = new CircuitBreaker({openAfter: 3});
  for (let ms = 0; ms < 590_000; ms += 2_000) circuit.failed({kind: 'loading', message: 'Loading model', nowMs: ms});
  circuit.probed();
  expect([590_000, 590_001].map(ms => fail(circuit, 'down', ms))).toEqual(['closed', 'closed']);
});

test('a server that says that its engine died is not called again before a probe', () => {
  expect(new CircuitBreaker().failed({kind: 'dead', message: 'EngineDeadError', nowMs: 0})).toBe('open');
});

test('a server that asks to wait is not given up before that time is over', () => {
  const circuit = new CircuitBreaker({openAfter: 3});
  const told = (nowMs: number) => circuit.failed({kind: 'busy', message: '429', nowMs, retryAfterMs: 400_000});
  for (const ms of [0, 1, 2, 400_000, 690_000]) expect(told(ms)).toBe('closed');
  expect(told(700_000)).toBe('gone');
});

test('a server that took long to come back is not judged by its first failure', () => {
  const circuit = new CircuitBreaker({openAfter: 3});
  for (const ms of [0, 1, 2]) fail(circuit, 'down', ms);
  circuit.probed();
  expect([0, 1].map(more => fail(circuit, 'down', 900_000 + more))).toEqual(['closed', 'closed']);
});
