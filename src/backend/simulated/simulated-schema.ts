import {z} from 'zod';

import {requestLimit, text, thoughtTags} from '../../core/model-schema.ts';
import {share, type ModelOf} from '../model-schema.ts';

const simulatedConfig = z.strictObject({
  seed: z.int().min(0).nullish().describe('of the model; default 0'),
  latency_median_ms: z.number().min(0).nullish().describe('median latency; default 0'),
  latency_sigma: z.number().min(0).nullish().describe("standard deviation of the latency's logarithm; default 0.5"),
  malformed_rate: share.nullish().describe('share of replies in a wrong format; default 0'),
  failure_rate: share.nullish().describe('share of calls that fail; default 0'),
  accuracy: share.nullish().describe('probability of the right answer; default 0.7'),
  conformity: z
    .number()
    .min(0)
    .max(1)
    .nullish()
    .describe('probability of following the majority of peers; default 0.3'),
  bias: z
    .record(z.string(), z.number().min(-1).max(1))
    .nullish()
    .describe('pull of an identity towards the stereotyped answer, −1…1; `default` where no other key fits'),
});

export const simulatedSchema = z.strictObject({
  backend: z.literal('simulated').describe('the built-in model: needs no server'),
  model_name: text.nullish().describe('only a name'),
  max_num_seqs: requestLimit,
  thought_tags: thoughtTags,
  simulated_config: simulatedConfig.nullish().describe('how the simulated model behaves'),
});

export type SimulatedModel = ModelOf<typeof simulatedSchema>;
export type SimulatedConfig = NonNullable<SimulatedModel['simulated_config']>;
