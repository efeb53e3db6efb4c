import {z} from 'zod';

import {named, requestShape} from '../../core/model-schema.ts';
import {hosted, type ModelOf} from '../model-schema.ts';

const anthropicServer = z
  .strictObject({
    ...hosted,
    thinking: z.enum(['disabled', 'adaptive']).nullish().describe('whether the model thinks first; default `disabled`'),
    effort: z.enum(['low', 'medium', 'high', 'max']).nullish().describe('how hard the model works'),
  })
  .nullish()
  .describe('the server and how it is called');

export const anthropicSchema = z.strictObject({
  backend: z.literal('anthropic').describe("Anthropic's Messages API"),
  ...named,
  api_config: anthropicServer,
  request: requestShape,
});

export type AnthropicModel = ModelOf<typeof anthropicSchema>;
