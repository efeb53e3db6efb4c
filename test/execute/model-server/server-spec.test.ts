import {expect, test} from 'vitest';

import {serverSpecs} from '../../../src/execute/model-server/server-spec.ts';
import {serverKey} from '../../../src/plan/servers.ts';

test('equal definitions share a server; models with an address need none', () => {
  const definition = {backend: 'vllm' as const, model_path: 'a/x'};
  const other = {...definition, model_path: 'b/x', vllm_config: {gpu_device_ids: [0, 1]}};
  const hosted = {...definition, api_config: {base_url: 'http://h/v1'}};
  const found = serverSpecs([definition, {...definition}, hosted, {backend: 'simulated' as const}, other]);
  expect(found.map(({slug, tensorParallelSize}) => [slug, tensorParallelSize])).toEqual([
    ['x', 1],
    ['x-2', 2],
  ]);
});

test('a server is known by its key, its name in requests and a plain name of its own', () => {
  const definition = {
    backend: 'vllm' as const,
    model_path: '/models/my model',
    vllm_config: {tensor_parallel_size: 2, data_parallel_size: 2},
  };
  const [spec] = serverSpecs([definition]);
  expect(spec).toEqual({
    key: serverKey(definition),
    definition,
    servedName: '/models/my model',
    slug: 'my-model',
    tensorParallelSize: 2,
    dataParallelSize: 2,
    gpus: 4,
  });
  expect(serverSpecs([{...definition, model_name: 'org/llama'}])[0]).toMatchObject({
    servedName: 'org/llama',
    slug: 'llama',
  });
});
