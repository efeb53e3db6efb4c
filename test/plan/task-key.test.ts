import {expect, test} from 'vitest';

import {requireValid} from '../../src/config/validate.ts';
import {taskKey, taskSeed} from '../../src/plan/task-key.ts';
import {aConfig} from '../config/a-config.ts';

const MODELS: Readonly<Record<string, object>> = {
  vllm: {backend: 'vllm', model_path: 'meta/x', max_num_seqs: 8},
  openai: {backend: 'openai', model_name: 'x'},
  ollama: {backend: 'ollama', model_name: 'x'},
  simulated: {backend: 'simulated'},
};

function keyOf(
  changes: Readonly<Record<string, unknown>> = {},
  {backend = 'openai', questions = 'q', repetition = 1} = {},
): string {
  const base = {'model_definitions.llm_0': structuredClone(MODELS[backend])};
  return taskKey(requireValid(aConfig({...base, ...changes})), questions, repetition);
}

const MODEL = 'model_definitions.llm_0';

test('a key is 16 hexadecimal digits, the same for the same task whatever the order of its keys', () => {
  expect(keyOf()).toMatch(/^[0-9a-f]{16}$/);
  const turned = Object.fromEntries(Object.entries(aConfig()).reverse());
  expect(taskKey(requireValid(turned), 'q', 1)).toBe(taskKey(requireValid(aConfig()), 'q', 1));
});

test.each([
  ['experiment_metadata.benchmark_subcategory', 'other'],
  ['conversation_config.max_rounds', 3],
  ['conversation_config.routing_strategy', 'peers_hidden'],
  ['conversation_config.message_order', 'shuffled'],
  ['conversation_config.early_stop_on_unanimity', true],
  ['conversation_config.structured_output', 'json_schema'],
  ['conversation_config.seed', 1],
  ['conversation_config.choice_order', 'counterbalanced'],
  ['conversation_config.share_reasoning', true],
  ['retry_config.retry_feedback', false],
  ['retry_config.max_retries', 4],
  ['retry_config.answer_match_threshold', 0.8],
  ['identity_reveal_config.reveal_persona', false],
  ['prompt_template_config', {for_participant: {choice_display_format: 'none', json_field_order: 'answer_first'}}],
  ['agent_definitions.0.persona', 'nurse'],
  ['agent_definitions.0.demographics', 'older'],
  ['agent_definitions.0.temperature', 0.8],
  ['agent_definitions.0.max_tokens', 257],
  ['agent_definitions.0.role', 'moderator'],
  [`${MODEL}.model_name`, 'y'],
  [`${MODEL}.api_config`, {reasoning_effort: 'high'}],
  [`${MODEL}.request`, {drop: ['seed']}],
  [`${MODEL}.system_role`, 'fold'],
  ['compatibility', 'reference'],
])('another %s is another key', (path, value) => {
  expect(keyOf({[path]: value})).not.toBe(keyOf());
});

test.each([
  ['vllm', 'model_path', 'meta/y'],
  ['vllm', 'vllm_config', {max_num_seqs_upper_bound: 8, dtype: 'float16'}],
  ['vllm', 'vllm_config', {max_num_seqs_upper_bound: 8, quantization: 'awq'}],
  ['vllm', 'vllm_config', {max_num_seqs_upper_bound: 8, max_model_len: 4096}],
  ['vllm', 'vllm_config', {revision: 'main'}],
  ['vllm', 'vllm_config', {chat_template: 'c.jinja'}],
  ['vllm', 'vllm_config', {hf_overrides: {a: 1}}],
  ['vllm', 'vllm_config', {extra_args: ['--x']}],
  ['ollama', 'ollama_config', {num_ctx: 4096}],
  ['simulated', 'simulated_config', {conformity: 0.9}],
])('of a %s model, another %s is another key: %j', (backend, path, value) => {
  expect(keyOf({[`${MODEL}.${path}`]: value}, {backend})).not.toBe(keyOf({}, {backend}));
});

test('other questions and another repetition are another key', () => {
  expect(new Set([keyOf(), keyOf({}, {questions: 'r'}), keyOf({}, {repetition: 2})]).size).toBe(3);
});

test.each([
  ['openai', 'experiment_metadata.experiment_name', 'other_as-ai'],
  ['openai', 'experiment_metadata.questions_file', 'elsewhere/q.jsonl'],
  ['openai', 'experiment_metadata._grid_config_snapshot_path', 'somewhere'],
  ['openai', `${MODEL}.max_num_seqs`, 4],
  ['openai', `${MODEL}.api_config`, {base_url: 'http://h:1/v1', timeout_seconds: 9, max_retries: 1}],
  ['openai', `${MODEL}.api_config`, {api_key_env: 'OTHER_KEY', max_concurrent_requests: 2}],
  ['vllm', `${MODEL}.vllm_config`, {tensor_parallel_size: 2, data_parallel_size: 2, gpu_device_ids: [0, 1]}],
  ['vllm', `${MODEL}.vllm_config`, {gpu_memory_utilization: 0.5, max_num_seqs_upper_bound: 4}],
  ['ollama', `${MODEL}.ollama_api_url`, 'http://h:1'],
  ['simulated', `${MODEL}.simulated_config`, {latency_median_ms: 5, latency_sigma: 1}],
])('for %s, another %s changes no result and no key: %j', (backend, path, value) => {
  expect(keyOf({[path]: value}, {backend})).toBe(keyOf({}, {backend}));
});

test('what resume asks again is no part of the key', () => {
  expect(keyOf({'retry_config.retry_outcomes': ['refused']})).toBe(keyOf());
  expect(keyOf({'retry_config.retry_outcomes': null, 'retry_config.retry_feedback': null})).toBe(keyOf());
});

test('the seed follows from the key, unless the config has one', () => {
  const config = requireValid(aConfig());
  expect(taskSeed(config, 'ffffffff00000000')).toBe(2 ** 32 - 1);
  expect(taskSeed(requireValid(aConfig({'conversation_config.seed': 7})), 'ffffffff00000000')).toBe(7);
});
