import {z} from 'zod';

const text = z.string().min(1);
const words = z.array(text);
/** A value of a command or an override list as people write it: numbers and booleans stand bare. */
const word = z.union([z.string(), z.number(), z.boolean()]);
const command = z.union([z.array(word).min(1), text]).describe('a list, or one text that is split as a shell would');
const overrides = z.record(text, z.unknown()).nullish();
/** Text or structure of the author's own: kept, and passed through into `study_enriched.yaml`. */
const free = z.unknown().optional();
const freeKeys = {notes: free, analysis: free, description: free};

const seedKeys = {
  seed: z.int().nullish(),
  seeds: z.array(z.int()).min(1).nullish(),
  seed_start: z.int().nullish(),
  seed_repeats: z.int().min(1).nullish(),
};

const resourcesSchema = z.strictObject({
  gpus: z.int().min(0).nullish(),
  cpus: z.int().min(1).nullish(),
  mem: text.nullish(),
  time: text.nullish(),
});

/** The artefacts of a run that an evaluator can be handed one by one. */
export const ARTEFACTS = ['checkpoint', 'effective_config', 'metrics', 'prompts', 'run_stats'] as const;

const evaluatorSchema = z.strictObject({
  id: text.nullish(),
  preset: text.nullish(),
  enabled: z.boolean().nullish(),
  command: command.nullish(),
  input_mode: z.enum(['run_dir', 'explicit_paths']).nullish(),
  run_dir_arg: text.nullish(),
  output_arg: text.nullish(),
  output_subpath: text.nullish(),
  static_args: z.array(word).nullish(),
  explicit_args: z.partialRecord(z.enum(ARTEFACTS), text.nullable()).nullish(),
  include_run_dir_in_explicit: z.boolean().nullish(),
  manage_io_args: z.boolean().nullish(),
  ...freeKeys,
});

const evaluations = z.array(evaluatorSchema).nullish();

const executionSchema = z.strictObject({
  mode: z.enum(['run', 'reuse_existing']).nullish(),
  command: command.nullish(),
  grid: text.nullish().describe('a mac config: the row runs it in a workspace inside its own folder'),
  re_evaluate: z.boolean().nullish(),
  output_root_override: text.nullish(),
});

const reuseSchema = z.strictObject({
  runs: z.array(
    z.strictObject({
      source: text,
      scenario: text.nullish(),
      seed: z.int().nullish(),
      eval: text.nullish(),
      ...freeKeys,
    }),
  ),
});

const conditionSchema = z.strictObject({
  sub_experiment: text.nullish(),
  overrides,
  scenarios: words.min(1).nullish(),
  config_path: text.nullish(),
  working_directory: text.nullish(),
  ...seedKeys,
  run_name_template: text.nullish(),
  output_root_override: text.nullish(),
  evaluations,
  evaluation_mode: z.enum(['append', 'replace']).nullish(),
  execution: executionSchema.nullish(),
  reuse: reuseSchema.nullish(),
  resources: resourcesSchema.nullish(),
  timeout_seconds: z.number().min(0).nullish(),
  ...freeKeys,
});

const hypothesisSchema = z.strictObject({
  statement: free,
  independent_variable: free,
  prediction: free,
  status: z.enum(['testing', 'supported', 'refuted', 'inconclusive', 'planning', 'completed']).nullish(),
  finding: free,
  motivation: free,
  follows_from: z.union([text, words]).nullish(),
  overrides,
  conditions: z.record(text, conditionSchema),
  ...freeKeys,
});

export const RUN_DEFAULTS_SCHEMA = z.strictObject({
  config_path: text.nullish(),
  runner_module: command
    .nullish()
    .describe('a Python module, or an executable; both get `key=value` arguments. Default: mac itself'),
  run_name_template: text.nullish(),
  output_root_override: text.nullish(),
  ...seedKeys,
  scenario: text.nullish(),
  overrides,
  working_directory: text.nullish(),
  checkpoint_every_n_steps: z.union([z.int().min(0), z.boolean()]).nullish(),
  max_concurrent: z.int().min(1).nullish(),
  timeout_seconds: z.number().min(0).nullish().describe('of a run and of each evaluator; 0: no limit'),
  resources: resourcesSchema.nullish(),
  ...freeKeys,
});

const servicesSchema = z.strictObject({
  setup_command: text.nullish(),
  setup_timeout_seconds: z.number().positive().nullish(),
  server_command: text.nullish(),
  server_ready_url: text.nullish(),
  server_timeout_seconds: z.number().positive().nullish(),
});

const lineageSchema = z.strictObject({
  source_study_id: text,
  run_id: text.nullish(),
  run_path: text.nullish(),
});

const studyBlockSchema = z.strictObject({
  name: text,
  study_id: text.nullish(),
  study_version: free,
  question: free,
  scenarios: words.min(1).nullish(),
  base_scenarios: words.min(1).nullish(),
  parent_studies: words.nullish(),
  derived_from_runs: z.array(lineageSchema).nullish(),
  study_summary_path: text.nullish(),
  summary_log_path: text.nullish(),
  /** Keys with a dot are overrides; they are taken out before this is checked. */
  run_defaults: RUN_DEFAULTS_SCHEMA.nullish(),
  services: servicesSchema.nullish(),
  ...freeKeys,
});

/** Every key of a study file. Other keys of the top level are the author's own. */
export const studyFileSchema = z.looseObject({
  schema_version: z.literal(1),
  study: studyBlockSchema,
  evaluations,
  hypotheses: z.record(text, hypothesisSchema),
  analysis: free,
});

export type StudyFile = z.infer<typeof studyFileSchema>;
export type RunDefaults = z.infer<typeof RUN_DEFAULTS_SCHEMA>;
export type Hypothesis = z.infer<typeof hypothesisSchema>;
export type Condition = z.infer<typeof conditionSchema>;
export type WrittenEvaluator = z.infer<typeof evaluatorSchema>;
export type WrittenCommand = z.infer<typeof command>;
