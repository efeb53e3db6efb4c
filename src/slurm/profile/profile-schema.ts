import {z} from 'zod';

import {isSecretKey} from '../../config/problem.ts';
import {CONTAINER_KEYS, PROFILE_KEYS, type ProfileKeyName} from './profile-keys.ts';
import {describeReservedOption} from './sbatch-options.ts';
import {parseSlurmTime} from './slurm-time.ts';

/** sbatch cuts what is longer from a line of a script. */
const MAX_LINE_LENGTH = 4_000;

const line = z
  .string()
  .min(1)
  .max(MAX_LINE_LENGTH)
  .refine(text => !/[\x00-\x1f\x7f]/.test(text), 'a text on one line, without control characters');
const positive = z.int().min(1);
const shell = z
  .string()
  .min(1)
  .refine(text => !text.includes('\0'), 'a text without NUL')
  .refine(text => !holdsSecret(text), 'no secret in a profile: export it before you submit, and use it as "$NAME"');
const variable = /^[A-Za-z_][A-Za-z0-9_]*$/;

const time = z
  .union([positive, line])
  .refine(value => parseSlurmTime(String(value)) !== undefined, 'a time such as 12:00:00, 2-00:00:00, or minutes');

const mem = z
  .union([z.int().min(0), line])
  .refine(value => /^\d{1,12}[KMGT]?$/i.test(String(value)), 'a size such as 64G, or megabytes');

const sbatchLine = line.superRefine((text, context) => {
  const owner = describeReservedOption(text);
  if (owner !== undefined) context.addIssue({code: 'custom', message: owner});
});

const environment = z.record(
  z.string().regex(variable, 'the name of an environment variable'),
  z.union([z.string().refine(text => !text.includes('\0'), 'a text without NUL'), z.int()]),
);

const about = (key: keyof typeof CONTAINER_KEYS): string => CONTAINER_KEYS[key].about;

const container = z.strictObject({
  runtime: z.enum(['apptainer', 'singularity']).nullish().describe(about('runtime')),
  image: line.describe(about('image')),
  binds: z.array(line).nullish().describe(about('binds')),
  args: z.array(line).nullish().describe(about('args')),
});

const SHAPES = {
  name: line,
  partition: line,
  account: line,
  qos: line,
  constraint: line,
  time,
  mem,
  cpus_per_task: positive,
  gpu_request: z.enum(['gres', 'gres_typed', 'gpus_per_node']),
  gpu_type: z.string().regex(/^[A-Za-z0-9_.-]+$/, 'a type as Slurm names it, such as a100'),
  gpus_per_node: z.int().min(0),
  exclude: z.array(line),
  mail_user: line,
  mail_type: line,
  requeue: z.boolean(),
  signal_lead_seconds: z.int().min(30).max(65_535),
  array_throttle: positive,
  max_array_size: positive,
  submit_limit: positive,
  tasks_per_job: z.union([positive, z.literal('auto')]),
  sbatch_lines: z.array(sbatchLine),
  modules: z.array(line.refine(text => !text.startsWith('-'), 'the name of a module')),
  environment,
  setup_command: shell,
  container,
  server_command: shell,
  ready_url: line.refine(text => /^https?:\/\//.test(text), 'a URL such as http://127.0.0.1:{port}/health'),
  server_ready_timeout_seconds: z.number().positive(),
  server_restarts: z.int().min(0),
  server_hang_seconds: z.number().positive(),
  allow_loopback: z.boolean(),
  scratch: line,
  node_path: line,
  model_load_seconds: z.number().min(0),
  requests_per_second: z.number().positive(),
} satisfies Readonly<Record<ProfileKeyName, z.ZodType>>;

type Shapes = {readonly [K in ProfileKeyName]: z.ZodOptional<z.ZodNullable<(typeof SHAPES)[K]>>};

/** A profile as it is written; every key may be left out, and null is a key left out. */
export const profileSchema = z
  .strictObject(
    Object.fromEntries(
      Object.entries(SHAPES).map(([key, shape]) => [
        key,
        (shape as z.ZodType).nullish().describe(PROFILE_KEYS[key as ProfileKeyName].about),
      ]),
    ) as Shapes,
  )
  .superRefine((profile, context) => {
    for (const name of Object.keys(profile.environment ?? {})) {
      if (!isSecretKey(name)) continue;
      context.addIssue({
        code: 'custom',
        path: ['environment', name],
        message: 'no secret in a profile: export it before you submit, and jobs inherit it',
      });
    }
    if (profile.gpu_request === 'gres_typed' && profile.gpu_type == null) {
      context.addIssue({
        code: 'custom',
        path: ['gpu_type'],
        message: 'a type of GPU, which gpu_request: gres_typed needs',
      });
    }
  });

export type WrittenProfile = z.infer<typeof profileSchema>;

/** `HF_TOKEN=hf_…`, `--api-key x`; what comes from a variable or a file is none. */
function holdsSecret(text: string): boolean {
  const assignments = text.matchAll(/\b([A-Za-z_][A-Za-z0-9_]*)=(["']?)([^\s"']*)/g);
  for (const [, name, , value] of assignments) {
    if (isSecretKey(name) && value !== undefined && value !== '' && !/[$`]/.test(value)) return true;
  }
  return /--(?:api-key|hf-token|token)(?:\s+|=)(?!["']?[$`])\S/.test(text);
}

/** The JSON Schema (2020-12) of a profile, for editors. */
export function profileJsonSchema(): Record<string, unknown> {
  const {$schema, ...schema} = z.toJSONSchema(profileSchema, {io: 'input'});
  return {$schema, title: 'mac cluster profile', ...schema};
}
