import {expect, test} from 'vitest';

import {validateTaskConfig} from '../../src/config/validate.ts';
import {parseYaml, parseYaml11} from '../../src/config/yaml/yaml.ts';
import {resolveSystemRole} from '../../src/plan/task-key.ts';
import {aConfig} from './a-config.ts';

const problemsOf = (request: unknown): string[] =>
  validateTaskConfig(aConfig({'model_definitions.llm_0': {backend: 'openai', model_name: 'm', request}})).problems.map(
    ({path, found, expected}) => `${path.join('.')}: ${found} → ${expected}`,
  );

test('any field of a request can be renamed, dropped and added', () => {
  const request = {
    rename: {max_completion_tokens: 'max_tokens'},
    drop: ['seed', 'response_format.json_schema.strict'],
    add: {chat_template_kwargs: {enable_thinking: false}, stop: null, logprobs: true, repetition_penalty: 1.1},
  };
  expect(problemsOf(request)).toEqual([]);
});

test.each([
  {rename: {model: 'x'}},
  {rename: {x: 'messages'}},
  {drop: ['messages']},
  {drop: ['stream']},
  {add: {stream: true}},
  {add: {'a.b': 1}},
  {drop: ['']},
  {rename: {a: 7}},
  {replace: {}},
])('%j is refused', request => expect(problemsOf(request).length).toBeGreaterThan(0));

test('a field that cannot be added is answered with those that cannot', () => {
  expect(problemsOf({add: {stream: true}})[0]).toContain('a field other than model, messages');
});

test.each([
  {add: {api_key: 'abcdefgh'}},
  {add: {headers: {Authorization: 'Bearer abcdefghijkl'}}},
  {add: {user: 'sk-abcdefghijklmnopqrstuv'}},
])('a secret in %j is refused, and not printed', request => {
  const problems = problemsOf(request);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain('no secrets in a config');
  expect(problems[0]).not.toMatch(/abcdefgh/);
});

test('an address of Azure with its version is an address', () => {
  const api_config = {base_url: 'https://x.openai.azure.com/openai/deployments/d?api-version=2024-10-21'};
  const {problems} = validateTaskConfig(
    aConfig({'model_definitions.llm_0': {backend: 'openai', model_name: 'm', api_config, system_role: 'fold'}}),
  );
  expect(problems).toEqual([]);
});

test('system_role: yes needs no quotation marks, and means the same in a snapshot that is read as YAML 1.1', () => {
  const text = 'model_definitions: {llm_0: {backend: openai, model_name: m, system_role: yes}}\n';
  const roles = [parseYaml(text, 'c'), parseYaml11(text, 'c')].map(({value}) => {
    const model = (value as {model_definitions: {llm_0: object}}).model_definitions.llm_0;
    const {config, problems} = validateTaskConfig(aConfig({'model_definitions.llm_0': model}));
    expect(problems).toEqual([]);
    return config?.model_definitions['llm_0'];
  });
  expect(roles.map(model => model && resolveSystemRole(model))).toEqual(['yes', 'yes']);
  expect(() => parseYaml('model_definitions: {llm_0: {backend: openai, model_name: yes}}\n', 'c')).toThrow(/YAML 1.1/);
});
