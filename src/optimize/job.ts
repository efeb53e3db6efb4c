import {z} from 'zod';

import {text} from '../core/model-schema.ts';

const kwargs = z.record(z.string(), z.unknown());
const command = z.array(text).min(1);

const llmSchema = z.strictObject({
  provider: text.describe('openai, openrouter, anthropic, ollama, vllm or simulated'),
  model: text.nullable().default(null).describe("the model's name at the provider"),
  base_url: text.nullable().default(null),
  api_key_env: text.nullable().default(null).describe('variable that holds the key; never the key itself'),
});

/**
 * One job of a benchmark matrix, complete: all that `optimize/main.ts` is told, besides the places of its files, which
 * are in the environment. Written by the bench front-end into the trial's runner.
 */
export const optimizeJobSchema = z.strictObject({
  task: text.describe('id with its suite, e.g. `internal:numeric_param`; with a command: what the command calls it'),
  trainer: text.describe('an id of the registry; with a command: what the command calls it'),
  trainer_kwargs: kwargs.default({}).describe('as `resolveParameters` returned them'),
  optimizer: text.nullable().default(null).describe('null: by mode, `mac.StubProposer` or `mac.LlmProposer`'),
  optimizer_kwargs: z
    .union([kwargs, z.array(kwargs).min(1)])
    .default({})
    .describe("laid over the task's; a list: proposals take them in turn"),
  guide: text.nullable().default(null).describe("null: the task's own"),
  guide_kwargs: kwargs.default({}),
  logger: text.nullable().default(null).describe('null: `ConsoleLogger`'),
  logger_kwargs: kwargs.default({}),
  eval_kwargs: kwargs.default({}).describe('arguments of the builder of the task'),
  mode: z.enum(['stub', 'real']).default('stub').describe('stub: no model is asked, by the proposer or by the task'),
  llm: llmSchema.nullable().default(null),
  seed: z.int().default(123),
  limit: z.int().min(1).nullable().default(null).describe('most examples of each data set'),
  tasks_root: text.nullable().default(null).describe('folder of LLM4AD-style tasks'),
  commands: z
    .strictObject({task: command.exactOptional(), trainer: command.exactOptional()})
    .default({})
    .describe('programs that speak docs/optimize-protocol.md'),
  time_limits: z
    .strictObject({
      hello_seconds: z.number().positive().default(20),
      build_seconds: z.number().positive().default(120),
      evaluate_seconds: z.number().positive().default(120),
    })
    .prefault({})
    .describe('how long an external program may take for one answer'),
});

/** A job as it is written: what has a default may be left out. */
export type WrittenOptimizeJob = z.input<typeof optimizeJobSchema>;
export type OptimizeJob = z.output<typeof optimizeJobSchema>;
export type OptimizeMode = OptimizeJob['mode'];
export type OptimizeLlm = NonNullable<OptimizeJob['llm']>;
