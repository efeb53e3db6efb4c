import {z} from 'zod';

/** The environment of the child that evaluates a suite: there the suite describes itself and runs nothing. */
export const EVALUATION_VARIABLE = 'MAC_SUITE_EVALUATION';

const resourcesSchema = z.strictObject({
  gpus: z.int().min(0).default(0),
  cpus: z.int().min(1).exactOptional(),
  mem: z.string().exactOptional(),
  time: z.string().exactOptional(),
});

/** Asked of the cluster for each case. */
export type SuiteResources = z.input<typeof resourcesSchema>;

const caseSchema = z.object({
  variant: z.string(),
  config: z.looseObject({seed: z.int()}),
  argv: z.array(z.string()).min(1).exactOptional().describe('command instead of the module (Inspect mode)'),
});

/** A suite as data: what its file exports, without functions. */
export const suiteDataSchema = z.object({
  name: z.string(),
  mode: z.enum(['standard', 'inspect']),
  entry: z.string().nullable().describe('module; null where each case has a command'),
  max_parallel: z.union([z.literal('all'), z.int().min(1)]),
  timeout_seconds: z.number().positive().nullable(),
  resources: resourcesSchema,
  cases: z.array(caseSchema).min(1),
});

export type SuiteData = z.infer<typeof suiteDataSchema>;

/** Found around a suite when it was evaluated. */
const surroundingsSchema = z.object({
  schema: z.literal('mac.suite/1'),
  file: z.string().describe('of the suite, relative to the workspace where it is inside'),
  code: z.string().nullable().describe('hash of the entry and of the local modules that it imports'),
  code_files: z.array(z.string()).describe('these files, relative to the repository or to the folder of the suite'),
  git: z
    .object({
      short: z.string(),
      commit: z.string(),
      dirty: z.boolean(),
      diff_sha256: z.string().nullable().describe('of `git diff HEAD`; null without a difference'),
    })
    .nullable()
    .describe("of the suite file's repository"),
});

/** An evaluated suite as `mac` keeps it: its plan is compiled from it, then and whenever it is resumed. */
export const suiteDescriptionSchema = suiteDataSchema.extend(surroundingsSchema.shape);

export type SuiteDescription = z.infer<typeof suiteDescriptionSchema>;
