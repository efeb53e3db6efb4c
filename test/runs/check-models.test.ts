import {expect, test} from 'vitest';

import {modelWarnings, refuseLoopback} from '../../src/runs/open/check-models.ts';
import {openConfig} from '../support/open-config.ts';
import type {Plan} from '../../src/plan/plan.ts';
import {aCommandIo} from '../support/command-io.ts';
import {makeWorkspace} from '../support/workspace.ts';

async function aPlan(model: string): Promise<Plan> {
  return (await openConfig('config/c.yaml', aCommandIo(makeWorkspace({model})).io)).compile();
}

const texts = (plan: Plan, isForSlurm: boolean, env: Record<string, string> = {}): (string | undefined)[] =>
  modelWarnings(plan, {env, isForSlurm}).map(({problem}) => problem.found);

test('a model on this machine is warned of where its tasks may become jobs, and refused when they do', async () => {
  const plan = await aPlan('{backend: openai, model_name: m, api_config: {base_url: "http://127.0.0.1:8000/v1"}}');
  expect(texts(plan, false)).toEqual([]);
  expect(texts(plan, true)).toEqual(['http://127.0.0.1:8000/v1, a server on this machine']);
  expect(() => {
    refuseLoopback(plan, {});
  }).toThrow('at http://127.0.0.1:8000/v1');
});

test('a default address of this machine counts until the environment names another', async () => {
  const plan = await aPlan('{backend: ollama, model_name: m}');
  expect(texts(plan, true)[0]).toMatch(/^the default address /);
  expect(texts(plan, true, {OLLAMA_HOST: '127.0.0.1:1234'})[0]).toMatch(/^from \$OLLAMA_HOST: /);
  expect(texts(plan, true, {OLLAMA_HOST: 'gpu-box'})).toEqual([]);
});

test('a key of a provider that is not set is warned of, here and for jobs', async () => {
  const plan = await aPlan('{backend: openai, model_name: m, api_config: {api_key_env: MY_KEY}}');
  const missing = ['a model whose key is in $MY_KEY, which is not set here'];
  expect(texts(plan, false)).toEqual(missing);
  expect(texts(plan, true, {MY_KEY: ' '})).toEqual(missing);
  expect(texts(plan, true, {MY_KEY: 'k'})).toEqual([]);
});
