import {describe, expect, it, onTestFinished} from 'vitest';

import type {WrittenOptimizeJob} from '../../src/optimize/job.ts';
import {writePrompt} from '../../src/optimize/propose/llm-prompt.ts';
import {readSuggestion} from '../../src/optimize/propose/read-suggestion.ts';
import type {Parameter} from '../../src/optimize/values/parameter.ts';
import {answer, startTalkingServer, type Asked} from '../support/talking-server.ts';
import {runOne} from './run-one.ts';

/** A server whose model says what the test decides, with the requests that it saw. */
async function startModel(say: (asked: Asked) => string) {
  const seen: {body: any; key: string | undefined; prompt: string}[] = [];
  const server = await startTalkingServer((asked, response, request) => {
    seen.push({body: asked.body, key: request.headers.authorization, prompt: asked.prompt});
    answer(response, 200, {
      model: 'm',
      choices: [{message: {content: say(asked)}, finish_reason: 'stop'}],
      usage: {prompt_tokens: 100, completion_tokens: 10},
    });
  });
  onTestFinished(() => server.close());
  return {seen, url: server.url};
}

function job(url: string, change: Partial<WrittenOptimizeJob> = {}): WrittenOptimizeJob {
  return {
    task: 'internal:numeric_param',
    trainer: 'BasicSearch',
    trainer_kwargs: {num_epochs: 3, num_proposals: 1},
    mode: 'real',
    llm: {provider: 'openai', model: 'm', base_url: url, api_key_env: 'TEST_MODEL_KEY'},
    ...change,
  };
}

const ENV = {...process.env, TEST_MODEL_KEY: 'key-of-the-test'};

describe('a job that asks a model', () => {
  it('rises by its suggestions, and counts the tokens', async () => {
    const {seen, url} = await startModel(({call}) => JSON.stringify({reasoning: 'closer', x: call + 1}));
    const {result, events} = await runOne(job(url), ENV);
    expect(result).toMatchObject({
      status: 'succeeded',
      metrics: {score_val_initial: -3, score_val: 0},
      resolved_optimizer: 'mac.LlmProposer',
      llm_provider: 'openai',
      llm_model: 'm',
      llm_base_url: url,
      resolved_optimizer_kwargs: {objective: expect.any(String), memory_size: 5},
      tokens: {prompt: 300, completion: 30, total: 330},
      token_scope: 'proposer+task',
    });
    expect(seen.map(({key}) => key)).toEqual(Array.from({length: 3}, () => 'Bearer key-of-the-test'));
    expect(seen[0]!.body.model).toBe('m');
    expect(events.filter(({event}) => event === 'proposal')[0]).toMatchObject({values: {x: 1}, reasoning: 'closer'});
    expect(JSON.stringify([result, events])).not.toContain('key-of-the-test');
  });

  it('sends the seed, from which every request has its own', async () => {
    const seeds = async (seed: number) => {
      const {seen, url} = await startModel(() => 'TERMINATE');
      await runOne(job(url, {seed}), ENV);
      return seen.map(({body}) => body.seed);
    };
    const [first, again, other] = [await seeds(1), await seeds(1), await seeds(2)];
    expect(new Set(first).size).toBe(3);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('shows the model its objective, variables, feedback and what was tried, best first', async () => {
    const {seen, url} = await startModel(({call}) => JSON.stringify({x: [5, 2, 4][call]}));
    await runOne(job(url), ENV);
    const last = seen.at(-1)!.prompt;
    expect(last).toContain('Find the number that scores highest');
    expect(last).toContain('x (a number)');
    expect(last).toContain('Too small');
    expect(last).toContain('present value: 2');
    expect(last.indexOf('score: -2;')).toBeLessThan(last.indexOf('score: -3;'));
  });

  it('counts replies that it cannot use, and does not guess', async () => {
    const replies = ['x is surely 3', '{"x": "3"}', '{"y": 3}'];
    const {url} = await startModel(({call}) => replies[call]!);
    const {result, events} = await runOne(job(url), ENV);
    expect(result).toMatchObject({status: 'succeeded', metrics: {score_val: -3}});
    expect(result.counts).toMatchObject({proposals: 0, unusable_replies: 3, terminated: 0});
    const problems = events.filter(({event}) => event === 'proposal').map(({problem}) => problem);
    expect(problems).toEqual(['no JSON object', 'x: not a number', 'y is no variable']);
  });

  it('stays as it is when the model says TERMINATE', async () => {
    const {url} = await startModel(() => 'TERMINATE');
    const {result} = await runOne(job(url), ENV);
    expect(result.counts).toMatchObject({terminated: 3, unusable_replies: 0});
    expect(result.metrics.score_val).toBe(-3);
  });

  it('fails where the server refuses it, and where the key is missing', async () => {
    const server = await startTalkingServer((_, response) => answer(response, 401, {error: {message: 'no such key'}}));
    onTestFinished(() => server.close());
    const refused = await runOne(job(server.url), ENV);
    expect(refused.result).toMatchObject({status: 'failed', metrics: {score_val_initial: -3}});
    expect(refused.result.reason).toContain('unauthorized');
    const keyless = await runOne(job(server.url, {llm: {provider: 'openai', model: 'm', api_key_env: 'NOT_SET'}}), {});
    expect(keyless.result).toMatchObject({status: 'failed', reason: expect.stringContaining('NOT_SET')});
    const unknown = await runOne(job(server.url, {llm: {provider: 'nobody'}}), ENV);
    expect(unknown.result.reason).toContain('there is no provider nobody');
  });

  it('asks nobody in stub mode', async () => {
    const {seen, url} = await startModel(() => '{"x": 3}');
    const {result} = await runOne(job(url, {mode: 'stub', optimizer: 'OptoPrimeV2'}), ENV);
    expect(seen).toEqual([]);
    expect(result).toMatchObject({resolved_optimizer: 'mac.StubProposer', metrics: {score_val: -3}});
    expect(result.notices).toEqual(['OptoPrimeV2 is run by mac.StubProposer, since the mode is stub']);
  });

  it('asks the model for the task, too, where the task has one', async () => {
    const {seen, url} = await startModel(() => 'so it is #### 39');
    const {result} = await runOne(
      job(url, {task: 'internal:multiobjective_gsm8k', trainer: 'NoOpTrainer', trainer_kwargs: {}}),
      ENV,
    );
    expect(seen.length).toBe(4 + 6 + 4 + 4);
    expect(result.scores).toMatchObject({tokens_in: 100, tokens_out: 10});
    expect(result.metrics.score_test).toBe(-0.75);
  });

  it('works with the built-in model', async () => {
    const {result} = await runOne(job('', {llm: {provider: 'simulated'}, trainer_kwargs: {num_epochs: 5}}));
    expect(result.status).toBe('succeeded');
    expect(result.tokens?.total).toBeGreaterThan(0);
    expect(result.metrics.score_val).toBeGreaterThan(-3);
  });
});

const PARAMETERS: readonly Parameter[] = [
  {name: 'n', kind: 'number', value: 1, trainable: true, min: 0, max: 9, integer: true},
  {name: 'c', kind: 'choice', value: 'a', trainable: true, choices: ['a', 'b']},
  {name: 't', kind: 'text', value: 'hello', trainable: true},
  {name: 'fixed', kind: 'text', value: 'f', trainable: false},
];
const VALUES = {n: 1, c: 'a', t: 'hello', fixed: 'f'};

describe('a suggestion', () => {
  it.each([
    ['{"n": 2}', {n: 2}],
    ['```json\n{"reasoning": "r", "c": "b", "t": "a {brace}"}\n```', {c: 'b', t: 'a {brace}'}],
    ['<think>maybe {"n": 5}</think>{"n": 3}', {n: 3}],
  ])('is read from %s', (text, change) => {
    expect(readSuggestion(text, PARAMETERS, VALUES)).toMatchObject({kind: 'values', values: {...VALUES, ...change}});
  });

  it.each(['TERMINATE', ' "TERMINATE". ', '{"TERMINATE"}', '{"n": 1}'])('changes nothing with %s', text => {
    expect(readSuggestion(text, PARAMETERS, VALUES)).toEqual({kind: 'none', why: 'terminated'});
  });

  it.each([
    ['n = 2', 'no JSON object'],
    ['{"n": 2', 'a JSON object that does not end'],
    ['{"n": 2} or {"n": 3}', '2 JSON objects'],
    ['{"n": 2.5}', 'n: not a whole number'],
    ['{"n": 10}', 'n: above 9'],
    ['{"n": null}', 'n: not a number'],
    ['{"c": "z"}', 'c: none of its choices'],
    ['{"t": 5}', 't: not a text'],
    ['{"fixed": "g"}', 'fixed is fixed'],
    ['{"reasoning": "I would not know"}', 'no variable in it'],
  ])('in %s is unusable', (text, problem) => {
    expect(readSuggestion(text, PARAMETERS, VALUES)).toEqual({kind: 'unusable', problem});
  });

  it('is asked for with every constraint, and without what is fixed among the fields', () => {
    const prompt = writePrompt({objective: 'o', parameters: PARAMETERS, values: VALUES, evidence: [], memory: []});
    expect(prompt).toContain('n (a number without fraction from 0 to 9)');
    expect(prompt).toContain('c (one of ["a","b"])');
    expect(prompt.slice(prompt.indexOf('exact format'))).not.toContain('fixed');
  });
});
