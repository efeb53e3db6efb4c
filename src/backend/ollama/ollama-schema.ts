import {z} from 'zod';

import {address, named, positive, requestShape, systemRole} from '../../core/model-schema.ts';
import type {ModelOf} from '../model-schema.ts';

export const ollamaSchema = z.strictObject({
  backend: z.literal('ollama').describe('Ollama on this or another machine'),
  ...named,
  ollama_api_url: address.nullish().describe('default: `$OLLAMA_HOST`, else `http://localhost:11434`'),
  timeout_seconds: z.number().positive().nullish().describe('longest wait for one answer; default 120'),
  ollama_config: z
    .strictObject({
      num_ctx: positive.nullish().describe('context length in tokens; the default of Ollama is short'),
      keep_alive: z.union([z.string(), z.number()]).nullish().describe('how long the model stays loaded, e.g. `10m`'),
      think: z
        .union([z.boolean(), z.enum(['low', 'medium', 'high'])])
        .nullish()
        .describe("whether, or how hard, the model thinks first; default: the agent's `enable_thinking`, else false"),
    })
    .nullish()
    .describe('options of Ollama'),
  request: requestShape,
  system_role: systemRole,
});

export type OllamaModel = ModelOf<typeof ollamaSchema>;
