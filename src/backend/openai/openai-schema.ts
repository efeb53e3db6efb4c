import {z} from 'zod';

import {named, requestShape, systemRole} from '../../core/model-schema.ts';
import {hosted, type ModelOf} from '../model-schema.ts';

const openAiServer = z
  .strictObject({
    ...hosted,
    reasoning_effort: z
      .enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh'])
      .nullish()
      .describe('how hard the model thinks'),
    verbosity: z.enum(['low', 'medium', 'high']).nullish().describe('how much the model writes'),
  })
  .nullish()
  .describe('the server and how it is called');

export const openaiSchema = z.strictObject({
  backend: z.literal('openai').describe('an OpenAI-compatible server'),
  ...named,
  api_config: openAiServer,
  request: requestShape,
  system_role: systemRole,
});

export type OpenAiModel = ModelOf<typeof openaiSchema>;
