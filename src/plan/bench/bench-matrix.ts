import {z} from 'zod';

const kwargs = z.record(z.string(), z.unknown());
/** Arguments of one optimizer, or of several, one mapping each. */
const optimizerKwargs = z.union([kwargs, z.array(kwargs)]);
const command = z.array(z.string().min(1)).min(1);
const count = z.int().min(1);
/** Hash of the files that a command names, which whoever reads the file writes beside it. */
const code = z.string().exactOptional();

/** Loose arguments of trainers: they may stand at the top of a file or at a trainer, with `_` or `-`. */
export const knobSchema = z.strictObject({
  threads: count.exactOptional(),
  num_threads: count.exactOptional(),
  optimizer_kwargs: optimizerKwargs.exactOptional(),
  eval_kwargs: kwargs.exactOptional(),
  ps_steps: count.exactOptional(),
  ps_batches: count.exactOptional(),
  ps_candidates: count.exactOptional(),
  ps_proposals: count.exactOptional(),
  ps_mem_update: z.int().min(0).exactOptional(),
  gepa_iters: count.exactOptional(),
  gepa_train_bs: count.exactOptional(),
  gepa_merge_every: count.exactOptional(),
  gepa_pareto_subset: count.exactOptional(),
  verbose: z.union([z.boolean(), z.int(), z.string()]).exactOptional(),
});

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable');

const llmSchema = z.strictObject({
  provider: z.string().min(1).exactOptional(),
  base_url: z.url().exactOptional(),
  model: z.string().min(1).exactOptional(),
  api_key_env: variable.exactOptional(),
  dspy_model: z.string().min(1).exactOptional(),
});

const taskSchema = z.strictObject({
  id: z.string().min(1),
  eval_kwargs: kwargs.exactOptional(),
  command: command.exactOptional(),
  code,
});

const trainerSchema = z.strictObject({
  ...knobSchema.shape,
  id: z.string().min(1),
  params_variants: z.array(kwargs).exactOptional(),
  optimizer: z.string().min(1).exactOptional(),
  guide: z.string().min(1).exactOptional(),
  guide_kwargs: kwargs.exactOptional(),
  logger: z.string().exactOptional(),
  logger_kwargs: kwargs.exactOptional(),
  command: command.exactOptional(),
  code,
});

/** A name that is safe as a folder and in a shell. */
const runName = z
  .string()
  .max(120)
  .regex(/^(?!\.)[\w.=+-]+$/, 'letters, digits and . _ = + -, not beginning with a dot');

/** A benchmark matrix as it is written, after its keys were renamed to the first of their spellings. */
export const matrixSchema = z.strictObject({
  ...knobSchema.shape,
  run_id: runName.exactOptional(),
  runs_dir: z.string().min(1).default('runs'),
  root: z.string().min(1).exactOptional(),
  mode: z.enum(['stub', 'real']).default('stub'),
  seeds: z.array(z.int()).default([]),
  max_workers: count.default(1),
  fail_fast: z.boolean().default(false),
  resume: z.enum(['auto', 'failed', 'none']).default('auto'),
  job_timeout: z.number().min(0).exactOptional(),
  trainer_kwargs: kwargs.default({}),
  llm: llmSchema.default({}),
  tags: z.array(z.string()).default([]),
  tasks: z.array(taskSchema).min(1),
  trainers: z.array(trainerSchema).default([]),
});

export type WrittenMatrix = z.infer<typeof matrixSchema>;
export type WrittenTrainer = WrittenMatrix['trainers'][number];
export type WrittenTask = WrittenMatrix['tasks'][number];
export type BenchMode = WrittenMatrix['mode'];
export type BenchLlm = z.infer<typeof llmSchema>;

/** Names of the loose arguments. */
export const KNOBS: readonly string[] = Object.keys(knobSchema.shape);

/** Keys at the top of a file, at a task, at a trainer and in `llm`. */
export const MATRIX_KEYS: readonly string[] = Object.keys(matrixSchema.shape);
export const TASK_KEYS: readonly string[] = Object.keys(taskSchema.shape);
export const TRAINER_KEYS: readonly string[] = Object.keys(trainerSchema.shape);
export const LLM_KEYS: readonly string[] = Object.keys(llmSchema.shape);
