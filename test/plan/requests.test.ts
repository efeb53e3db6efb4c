import {describe, expect, test} from 'vitest';

import {requireValid} from '../../src/config/validate.ts';
import {listDroppedOptions, findNamesNeverSent} from '../../src/plan/check/dropped-options.ts';
import {findIdentities, requestKey} from '../../src/plan/check/equal-requests.ts';
import {aConfig} from '../config/a-config.ts';
import {gridPlan, tasksOf} from './a-plan.ts';

const STRICT = {backend: 'openai', model_name: 'm'};
const ELSEWHERE = {...STRICT, api_config: {base_url: 'http://box:8000/v1'}};
const SILENT = {...STRICT, api_config: {send_temperature: false}};
const CLAUDE = {backend: 'anthropic', model_name: 'm'};
const SERVED = {backend: 'vllm', model_path: 'm', max_num_seqs: 8};

/** Counts the different requests that the tasks of a grid send. */
function countRequestKinds(sweep: object, model: object, changes: object = {}): number {
  const plan = gridPlan({sweep}, {model_definitions: {llm_0: model}, ...changes});
  const identities = findIdentities(plan);
  return new Set(tasksOf(plan).map(index => requestKey(requireValid(plan.rawAt(index)), 'q', identities))).size;
}

describe('the requests of tasks', () => {
  test.each([
    ['a temperature that is not sent', {'agent_definitions.0.temperature': [0, 0.5, 1]}, SILENT],
    ['top_k, which OpenAI does not have', {'agent_definitions.0.top_k': [null, 20, 40]}, STRICT],
    ['enable_thinking, which OpenAI does not have', {'agent_definitions.1.enable_thinking': [true, false]}, STRICT],
    ['min_p, which Anthropic does not have', {'agent_definitions.0.min_p': [0.05, 0.1]}, CLAUDE],
    [
      'a temperature beside thinking',
      {'agent_definitions.0.temperature': [0, 1]},
      {...CLAUDE, api_config: {thinking: 'adaptive'}},
    ],
    [
      'an option that the config drops',
      {'agent_definitions.0.temperature': [0, 1]},
      {...SERVED, request: {drop: ['temperature']}},
    ],
    [
      'an option that the config overwrites',
      {'agent_definitions.0.top_p': [0.5, 1]},
      {...SERVED, request: {add: {top_p: 0.9}}},
    ],
    [
      'a switch of Ollama that another decides',
      {'agent_definitions.0.enable_thinking': [true, false]},
      {backend: 'ollama', model_name: 'm', ollama_config: {think: 'low'}},
    ],
    [
      'how a server is started that somebody else started',
      {'model_definitions.llm_0.vllm_config.dtype': ['float16', 'bfloat16']},
      {...SERVED, api_config: {base_url: 'http://box/v1'}},
    ],
    ['the name of the benchmark alone', {'experiment_metadata.benchmark_subcategory': ['a', 'b']}, SERVED],
    [
      'who hears what, in conversations of one round',
      {
        'conversation_config.routing_strategy': ['vanilla', 'peers_hidden', 'answers_only'],
        'identity_reveal_config.reveal_persona': [true, false],
      },
      SERVED,
      {conversation_config: {routing_strategy: 'vanilla', max_rounds: 1}},
    ],
    [
      'demographics revealed or not, of agents that have none',
      {'identity_reveal_config.reveal_demographics': [true, false]},
      SERVED,
    ],
    ['nothing said in two ways', {'agent_definitions.0.top_p': [null, null]}, SERVED],
  ] as [string, object, object, object?][])('are equal for %s', (_, sweep, model, changes) => {
    expect(countRequestKinds(sweep, model, changes)).toBe(1);
  });

  test.each([
    ['a temperature that is sent', {'agent_definitions.0.temperature': [0, 0.5, 1]}, STRICT],
    ['top_k at a server that may know it', {'agent_definitions.0.top_k': [null, 20, 40]}, ELSEWHERE],
    [
      'how hard a model thinks',
      {'model_definitions.llm_0.api_config.reasoning_effort': ['low', 'medium', 'high']},
      STRICT,
    ],
    [
      'how a server is started by the job',
      {'model_definitions.llm_0.vllm_config.dtype': ['auto', 'float16', 'bfloat16']},
      SERVED,
    ],
    [
      'the context of Ollama',
      {'model_definitions.llm_0.ollama_config.num_ctx': [2048, 4096, 8192]},
      {backend: 'ollama', model_name: 'm'},
    ],
    ['a persona', {'agent_definitions.0.persona': ['a', 'b', null]}, STRICT],
    ['the seed', {'conversation_config.seed': [1, 2, 3]}, SERVED],
    [
      'who hears what, in conversations of several rounds',
      {'conversation_config.routing_strategy': ['vanilla', 'peers_hidden', 'answers_only']},
      SERVED,
    ],
  ])('differ for %s', (_, sweep, model) => {
    expect(countRequestKinds(sweep, model)).toBe(3);
  });

  test('differ for personas revealed or not, where an agent has one', () => {
    expect(countRequestKinds({'identity_reveal_config.reveal_persona': [true, false]}, SERVED)).toBe(2);
  });

  test('do not depend on what a model is called, and on models that nobody uses', () => {
    const models = {llm_0: SERVED, twin: SERVED, other: {...SERVED, model_path: 'n'}};
    const sweep = {'agent_definitions.0.model': ['llm_0', 'twin', 'other']};
    expect(countRequestKinds(sweep, SERVED, {model_definitions: models})).toBe(2);
    const unused = {'model_definitions.other.model_path': ['n', 'o']};
    expect(countRequestKinds(unused, SERVED, {model_definitions: models})).toBe(1);
  });
});

describe('options that reach no model', () => {
  const droppedIn = (grid: object, changes: Readonly<Record<string, unknown>>) =>
    listDroppedOptions(gridPlan(grid, changes)).map(({option, model, agents}) => [option, model, agents]);

  test('are found whichever model an agent gets and whichever value it has, with all agents that set them', () => {
    const models = {llm_0: STRICT, llm_1: SERVED};
    const grid = {
      sweep: {'agent_definitions.0.model': ['llm_1', 'llm_0'], 'agent_definitions.0.top_k': [null, 40]},
    };
    expect(droppedIn(grid, {model_definitions: models})).toEqual([['top_k', 'llm_0', ['spkr_000']]]);
    const both = {sweep: {'agent_definitions.0.min_p': [0.1], 'agent_definitions.1.min_p': [null, 0.2]}};
    expect(droppedIn(both, {model_definitions: {llm_0: CLAUDE}})).toEqual([
      ['min_p', 'llm_0', ['spkr_000', 'spkr_001']],
    ]);
  });

  test('are none where everything is sent; a seed counts', () => {
    const grid = {sweep: {'agent_definitions.0.persona': ['a', 'b']}};
    expect(droppedIn(grid, {model_definitions: {llm_0: SERVED}, 'agent_definitions.0.top_k': 5})).toEqual([]);
    expect(droppedIn(grid, {model_definitions: {llm_0: CLAUDE}, 'conversation_config.seed': 5})).toEqual([
      ['seed', 'llm_0', ['spkr_000', 'spkr_001']],
    ]);
  });

  test('are as the older system left them out under compatibility: reference', () => {
    const config = requireValid(aConfig({compatibility: 'reference', 'agent_definitions.0.temperature': 1}));
    const other = requireValid(aConfig({compatibility: 'reference'}));
    const identities = {persona: true, demographics: true};
    expect(requestKey(config, 'q', identities)).toBe(requestKey(other, 'q', identities));
  });
});

test.each([
  [{drop: ['temperture', 'seed'], rename: {max_token: 'max_completion_tokens'}}, SERVED, ['max_token', 'temperture']],
  [{drop: ['response_format', 'chat_template_kwargs.enable_thinking'], rename: {max_tokens: 'limit'}}, SERVED, []],
  [{drop: ['limit'], rename: {max_tokens: 'limit'}}, SERVED, []],
  [{drop: ['options.seed', 'seed']}, {backend: 'ollama', model_name: 'm'}, ['seed']],
  [{drop: ['min_p']}, CLAUDE, ['min_p']],
])('names to rename or drop that no request carries are slips (%j)', (request, model, names) => {
  const sweep = {'agent_definitions.0.temperature': [0, 1]};
  const plan = gridPlan({sweep}, {model_definitions: {llm_0: {...model, request}}});
  expect(findNamesNeverSent(plan).map(({problem}) => problem.found.split(',')[0])).toEqual(names);
});
