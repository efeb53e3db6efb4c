import {join} from 'node:path';

import fc from 'fast-check';
import {describe, expect, it} from 'vitest';

import {listProgram} from '../../src/optimize/external/describe-program.ts';
import {LineSplitter} from '../../src/optimize/external/line-splitter.ts';
import {readMessage} from '../../src/optimize/external/messages.ts';
import {untilNoneWith} from '../support/processes.ts';
import {runOne} from './run-one.ts';

const ROOT = join(import.meta.dirname, '../..');
const ODD = join(ROOT, 'test/fixtures/optimize/odd-program.ts');
const TASK = join(ROOT, 'config/bench/python/line_fit_task.py');
const TRAINER = join(ROOT, 'config/bench/python/random_search_trainer.py');

function odd(habit: string, ...more: readonly string[]) {
  return {
    task: 'odd',
    trainer: 'PrioritySearch',
    trainer_kwargs: {num_steps: 10},
    optimizer: 'heuristic',
    commands: {task: [process.execPath, '--import', 'tsx', ODD, habit, ...more]},
    time_limits: {evaluate_seconds: 2, hello_seconds: 20},
  };
}

describe('an external task', () => {
  it('is optimised by native trainers', async () => {
    const {result} = await runOne(odd('none'));
    expect(result).toMatchObject({status: 'succeeded', task_source: 'external', trainer_source: 'native'});
    expect(result.metrics.score_val_initial).toBe(-3);
    expect(result.metrics.score_val).toBeGreaterThan(-1);
  });

  it('may report its tokens', async () => {
    const {result} = await runOne({...odd('none'), trainer: 'NoOpTrainer', trainer_kwargs: {}});
    expect(result).toMatchObject({token_scope: 'reported', tokens: {prompt: 6, completion: 3, total: 9}});
  });

  it('may print what it likes between messages', async () => {
    const {result, printed} = await runOne(odd('garbage'));
    expect(result.metrics.score_val).toBeGreaterThan(-1);
    expect(printed).toContain('{"protocol": "other/1"}');
  });

  it('that dies fails its job, with its exit code and last words', async () => {
    const {result} = await runOne(odd('die'));
    expect(result.status).toBe('failed');
    expect(result.reason).toMatch(/ended \(exit code 3\).*something broke/);
    expect(result.metrics).toEqual({score_val_initial: -3});
  });

  it('that hangs fails its job after the limit, and nothing of it stays', async () => {
    const marker = `marker-${process.pid}-hang`;
    const {result} = await runOne(odd('hang', marker));
    expect(result.status).toBe('failed');
    expect(result.reason).toContain('gave no answer to evaluate within 2 s');
    await untilNoneWith(marker);
  });

  it('whose child hangs is ended with it', async () => {
    const marker = `marker-${process.pid}-fork`;
    const {result} = await runOne(odd('fork-and-hang', marker));
    expect(result.reason).toContain('within 2 s');
    await untilNoneWith(marker);
  });

  it('that never greets is given up', async () => {
    const {result} = await runOne({...odd('silent'), time_limits: {hello_seconds: 1}});
    expect(result).toMatchObject({status: 'failed', reason: expect.stringContaining('no answer to hello within 1 s')});
  });

  it.each([
    ['other-version', 'it speaks mac.optimize/9, not mac.optimize/1'],
    ['greets-another', 'it speaks mac.optimize/2, not mac.optimize/1'],
    ['greets-none', 'protocol is missing in the result of hello, expected "mac.optimize/1"'],
    ['nan', 'wrote a message that is not JSON: NaN and Infinity are none'],
    ['no-guide-keys', 'train_dataset is missing; optimizer_kwargs is missing; metadata is missing'],
    ['wrong-value', 'begins with a wrong value: x: not a number'],
    ['uneven', 'inputs and infos of one length'],
    ['refuse', 'cannot score this'],
    ['not-finite', 'a judgement is not as expected: score: expected a number, got null'],
  ])('that is %s fails its job and says why', async (habit, reason) => {
    const {result} = await runOne(odd(habit));
    expect(result.status).toBe('failed');
    expect(result.reason).toContain(reason);
  });

  it('that lacks something is skipped', async () => {
    const {result} = await runOne(odd('unavailable'));
    expect(result).toMatchObject({status: 'skipped', reason: 'the data are not here'});
  });

  it('whose program does not exist is skipped', async () => {
    const {result} = await runOne({...odd('none'), commands: {task: ['/nowhere/program']}});
    expect(result).toMatchObject({status: 'skipped', reason: expect.stringContaining('cannot be started')});
  });
});

describe('the examples in Python', () => {
  it('name what they offer', async () => {
    const place = {env: process.env, print: () => undefined};
    expect(await listProgram(['{python}', TASK], place)).toMatchObject({tasks: [{id: 'line_fit'}], trainers: []});
    expect(await listProgram(['{python}', TRAINER], place)).toMatchObject({trainers: [{id: 'random_search'}]});
  });

  it('work together: a trainer of Python on a task of Python', async () => {
    const {result, events, history, printed} = await runOne({
      task: 'line_fit',
      trainer: 'random_search',
      trainer_kwargs: {rounds: 60},
      commands: {task: ['{python}', TASK], trainer: ['{python}', TRAINER]},
    });
    expect(result).toMatchObject({status: 'succeeded', resolved_trainer: 'random_search', trainer_source: 'external'});
    expect(result.metrics.score_val_initial).toBe(-3);
    expect(result.metrics.score_val).toBeGreaterThan(-1);
    expect(events.some(({event}) => event === 'step')).toBe(true);
    expect(history.filter(({kind}) => kind === 'accepted').length).toBeGreaterThan(2);
    expect(printed.some(line => line.startsWith('scored'))).toBe(true);
  });

  it('work with ours: the same seed gives the same history', async () => {
    const job = {
      task: 'internal:numeric_param',
      trainer: 'random_search',
      commands: {trainer: ['{python}', TRAINER]},
      seed: 5,
    };
    const [first, again, other] = [await runOne(job), await runOne(job), await runOne({...job, seed: 6})];
    expect(first.result.status).toBe('succeeded');
    expect(again.history).toEqual(first.history);
    expect(other.history).not.toEqual(first.history);
  });
});

describe('lines', () => {
  it('of any text are strays, and never thrown at', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        expect(readMessage(text).kind).toBe('stray');
      }),
    );
  });

  it('that name the protocol and are not JSON are wrong', () => {
    const broken = (line: string): unknown => readMessage(line);
    expect(broken('{"protocol": "mac.optimize/1", "id": 1, "result": {"score": -Infinity}}')).toMatchObject({
      kind: 'wrong',
      problem: expect.stringContaining('is not JSON: NaN and Infinity are none'),
    });
    expect(broken('{"id": 1, "protocol":"mac.optimize/1", "result": {}} done')).toMatchObject({
      kind: 'wrong',
      problem: expect.stringContaining('a message is one line, with nothing behind it'),
    });
    expect(broken('left: { "protocol": "mac.optimize/1", "id": 1, "result": {}}')).toMatchObject({kind: 'reply'});
  });

  it('with any JSON behind the protocol’s name are messages or wrong', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('id', 'result', 'error', 'method', 'params'), fc.jsonValue()), rest => {
        const {kind} = readMessage(JSON.stringify({protocol: 'mac.optimize/1', ...rest}));
        expect(['request', 'reply', 'error', 'wrong']).toContain(kind);
      }),
    );
  });

  it('come whole out of any pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z{}]{0,5}$/)), fc.array(fc.nat(7)), (lines, cuts) => {
        const seen: string[] = [];
        const splitter = new LineSplitter(
          line => seen.push(line),
          () => undefined,
        );
        let left = lines.map(line => `${line}\n`).join('');
        for (const cut of cuts) {
          splitter.push(left.slice(0, cut));
          left = left.slice(cut);
        }
        splitter.push(left);
        expect(seen).toEqual(lines);
      }),
    );
  });
});
