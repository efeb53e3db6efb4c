import {expect, test} from 'vitest';

import type {Turn} from '../../../src/conversation/turn.ts';
import type {TaskConfig} from '../../../src/core/task-config.ts';
import {RequestSettings} from '../../../src/execute/conversation/request-settings.ts';
import {aConfig} from '../a-task.ts';

const TURN = {agentIndex: 1, agentId: 'a1', round: 0} as Turn;

function settings(change: Partial<TaskConfig> = {}, task: {key?: string; repetition?: number} = {}): RequestSettings {
  return new RequestSettings({key: 'k', repetition: 1, seed: 42, config: aConfig(['m', 'n'], change), ...task});
}

const SEEDED = {conversation_config: {routing_strategy: 'vanilla', max_rounds: 1, seed: 9}};
const REFERENCE = {...SEEDED, compatibility: 'reference'} as const;

test('a turn is sent with the options of its agent', () => {
  const config = aConfig(['m', 'n']);
  const [first, second] = config.agent_definitions;
  const agents = [first!, {...second!, temperature: 0.1, top_p: 0.9}];
  const buildSampling = (turn: Turn) => settings({agent_definitions: agents}).buildSampling(turn, 'q', 0);
  expect(buildSampling(TURN)).toEqual({temperature: 0.1, max_tokens: 100, top_p: 0.9});
  expect(buildSampling({...TURN, agentIndex: 0})).toEqual({temperature: 0.5, max_tokens: 100});
  expect(() => buildSampling({...TURN, agentIndex: 7})).toThrow('Internal error');
});

test('a turn is asked once more than it may be repeated', () => expect(settings().attemptsPerTurn).toBe(3));

test('requests have a seed only where the config has one, and each has its own', () => {
  expect(settings().buildSampling(TURN, 'q', 0).seed).toBeUndefined();
  const seeds = [
    settings(SEEDED).buildSampling(TURN, 'q', 0),
    settings(SEEDED).buildSampling(TURN, 'q', 1),
    settings(SEEDED).buildSampling(TURN, 'r', 0),
    settings(SEEDED).buildSampling({...TURN, round: 1}, 'q', 0),
    settings(SEEDED, {key: 'other'}).buildSampling(TURN, 'q', 0),
    settings(SEEDED, {repetition: 2}).buildSampling(TURN, 'q', 0),
  ].map(({seed}) => seed);
  expect(new Set(seeds).size).toBe(6);
  expect(settings(SEEDED).buildSampling(TURN, 'q', 0).seed).toBe(seeds[0]);
});

test('the older system sent its seed with every request', () => {
  const seeds = [0, 1].map(attempt => settings(REFERENCE).buildSampling(TURN, 'q', attempt).seed);
  expect(seeds).toEqual([9, 9]);
});

test('the simulated model has the task’s seed, with its key where tasks may share one', () => {
  expect([settings(), settings(SEEDED), settings(REFERENCE)].map(({simulationSeed}) => simulationSeed)).toEqual([
    '42',
    '42/k',
    '42',
  ]);
});

test('failed calls are repeated where the config says so, and always where the older system is to be reproduced', () => {
  const retry_config = {...aConfig().retry_config, retry_on_generation_error: false};
  expect(settings().repeatsCalls).toBe(true);
  expect(settings({retry_config}).repeatsCalls).toBe(false);
  const reference = settings({retry_config, compatibility: 'reference'});
  expect([reference.repeatsCalls, reference.isReference]).toEqual([true, true]);
});
