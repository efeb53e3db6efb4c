import {expect, test} from 'vitest';
import {z} from 'zod';

import type {BackendDefinition} from '../../src/backend/backend-definition.ts';
import {BACKENDS, backendFor} from '../../src/backend/backends.ts';
import {openAi} from '../../src/backend/openai/openai.ts';
import type {OpenAiModel} from '../../src/backend/openai/openai-schema.ts';

test('every backend is listed once, under the name that its schema takes', () => {
  const names = BACKENDS.map(({name}) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const {name, schema} of BACKENDS) expect(schema.shape.backend.value).toBe(name);
  expect(() => backendFor({backend: 'none'})).toThrow('no backend none');
});

test('a backend of the OpenAI protocol is its differences', () => {
  const grok: BackendDefinition<OpenAiModel> = {
    ...openAi,
    name: 'grok',
    schema: openAi.schema.extend({backend: z.literal('grok').describe("xAI's models")}),
    keyVariable: 'XAI_API_KEY',
    defaultLimit: 4,
    create: (model, options, build) => {
      const api = {base_url: 'https://api.x.ai/v1', api_key_env: 'XAI_API_KEY', ...model.api_config};
      return openAi.create({...model, api_config: api}, options, build);
    },
  };
  expect(grok.schema.safeParse({backend: 'grok', max_num_seqs: 0}).success).toBe(false);
  expect(grok.schema.parse({backend: 'grok', model_name: 'm'})).toEqual({backend: 'grok', model_name: 'm'});
});
