import {expect, test} from 'vitest';

import {
  AUTO_LIMIT,
  autoCeiling,
  callRetries,
  describeModel,
  effectiveLimit,
  maxRequests,
  requestLimit,
} from '../../../src/execute/requests/served-model.ts';

const VLLM = {backend: 'vllm' as const, model_path: 'org/m', vllm_config: {max_num_seqs_upper_bound: 64}};
const OPENAI = {backend: 'openai' as const, model_name: 'gpt'};

test('the limit is the config’s own, else that of the backend’s keys, else the backend’s default', () => {
  expect(requestLimit({...VLLM, max_num_seqs: 8})).toBe(8);
  expect(requestLimit(VLLM)).toBe(64);
  expect(requestLimit({backend: 'vllm', model_path: 'org/m'})).toBe(256);
});

test('an engine’s own limit is lowered to what fits into its cache; the user’s is not', () => {
  expect(effectiveLimit(VLLM, 20)).toBe(20);
  expect(effectiveLimit(VLLM, 100)).toBe(64);
  expect(effectiveLimit(VLLM, 0)).toBe(1);
  expect(effectiveLimit(VLLM, null)).toBe(64);
  expect(effectiveLimit({...VLLM, max_num_seqs: 50}, 20)).toBe(50);
  expect(effectiveLimit({...OPENAI, max_num_seqs: 50}, 20)).toBe(50);
  expect(effectiveLimit({...VLLM, max_num_seqs: 'auto'}, 20)).toBe('auto');
});

test('a steered limit never exceeds the engine’s own, and connections are counted for its ceiling', () => {
  expect(autoCeiling(VLLM)).toBe(64);
  expect(autoCeiling(OPENAI)).toBe(AUTO_LIMIT.ceiling);
  expect(maxRequests({...OPENAI, max_num_seqs: 'auto'})).toBe(AUTO_LIMIT.ceiling);
  expect(maxRequests({...OPENAI, max_num_seqs: 7})).toBe(7);
});

test('failed calls are repeated as often as api_config says, by default five times', () => {
  expect(callRetries(OPENAI)).toBe(5);
  expect(callRetries({...OPENAI, api_config: {max_retries: 0}})).toBe(0);
});

test('a model is called by its name, else by its path, with its backend', () => {
  expect([OPENAI, VLLM, {backend: 'simulated' as const}].map(describeModel)).toEqual([
    'gpt (openai)',
    'org/m (vllm)',
    'model (simulated)',
  ]);
});
