import {z} from 'zod';

/** A value of a label: a coordinate of a trial for filters, groups and tables. */
const labelSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const argvSchema = z.array(z.string()).min(1);

/** The way in which a trial does its work. */
const runnerSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('command'),
    argv: argvSchema.describe('program and arguments, no shell'),
    output: z
      .enum(['planned', 'announced'])
      .describe(
        'announced: the last line `Output directory: X`, or with `output_dir=X`, names the folder; one must be there',
      ),
  }),
  z.object({
    kind: z.literal('module'),
    file: z.string().describe('JavaScript or TypeScript, run in a process of its own with `--config FILE`'),
    argv: z.array(z.string()).exactOptional().describe('program and arguments instead of the module (Inspect mode)'),
    inspect: z.boolean().describe('writes `.eval` files into the folder itself; no config file, cannot be resumed'),
  }),
  z.object({
    kind: z.literal('optimize'),
    job: z
      .record(z.string(), z.unknown())
      .describe('what src/optimize takes: task, trainer, resolved arguments, mode, llm'),
  }),
  z.object({
    kind: z.literal('reuse'),
    source: z.string().describe('folder of an earlier run; must exist'),
    evaluation: z.string().nullable().describe('file of its evaluation'),
    re_evaluate: z.boolean(),
  }),
]);

/** A program that turns the folder of a run into one JSON file, whose flat `aggregated` map are metrics. */
const evaluatorSchema = z.object({
  id: z.string(),
  enabled: z.boolean(),
  argv: argvSchema.describe('complete, apart from `{run_dir}` and `{output_path}`, which are known only afterwards'),
  output: z.string().describe('file that it writes, relative to the workspace'),
  input_mode: z.enum(['run_dir', 'explicit_paths']),
  run_dir_arg: z.string(),
  output_arg: z.string(),
  explicit_args: z.record(z.string(), z.string()).describe('artefact → flag; only those that exist are passed'),
  include_run_dir_in_explicit: z.boolean(),
  manage_io_args: z.boolean().describe('false: nothing is added to argv'),
});

const resourcesSchema = z.object({
  gpus: z.int().min(0),
  cpus: z.int().min(1).exactOptional(),
  mem: z.string().exactOptional(),
  time: z.string().exactOptional(),
});

/**
 * One task that is no conversation: a process (or none, when an earlier run is used again), then its evaluators, in a
 * folder of its own. A row of a study, a job of a benchmark matrix, a case of a suite.
 */
export const trialSchema = z.object({
  id: z.string().describe('unique in its set; may hold any character'),
  labels: z.record(z.string(), labelSchema),
  seed: z.int().nullable(),
  config: z.record(z.string(), z.unknown()).describe('fully resolved'),
  runner: runnerSchema,
  evaluators: z.array(evaluatorSchema),
  output_dir: z.string().describe('relative to the workspace, or absolute'),
  cwd: z.string().describe('relative to the workspace; `.` is the workspace'),
  environment: z.record(z.string(), z.string()),
  timeout_seconds: z.number().positive().nullable().describe('of the run and of each evaluator'),
  resources: resourcesSchema,
  /** Changes with what would change the result beside `config`, `runner` and `seed`, e.g. a hash of the case's code. */
  code: z.string().nullable(),
  /** Facts that the projections of its kind need besides. */
  details: z.record(z.string(), z.unknown()),
});

export type Trial = z.infer<typeof trialSchema>;
export type TrialRunner = Trial['runner'];
export type Evaluator = Trial['evaluators'][number];
export type Label = z.infer<typeof labelSchema>;

/** Trials whose records and derived files stay together: a study, a run of a benchmark matrix, a run of a suite. */
export interface TrialSet {
  /** Name of the front-end, e.g. `study`. */
  readonly kind: string;
  /** Unique among sets of the kind: the study's id, the run's id, a suite's `name/run`. */
  readonly id: string;
  /** Folder of its derived files, relative to the workspace. */
  readonly folder: string;
}

/** The ends of trials in records. `reused`, `skipped` and `succeeded` need not run again. */
export const TRIAL_STATUSES = ['started', 'succeeded', 'reused', 'skipped', 'failed', 'timeout', 'cancelled'] as const;
export type TrialStatus = (typeof TRIAL_STATUSES)[number];
