import {z} from 'zod';

import {isSecretKey} from '../../core/secrets.ts';
import {parseSlurmTime} from './slurm-time.ts';

/** sbatch cuts what is longer from a line of a script. */
const MAX_LINE_LENGTH = 4_000;

export type ValueTypes = ReturnType<typeof createValueTypes>;

/**
 * Returns the types that the values of profile keys have.
 *
 * @param describeReservedOption says why a line of `sbatch_lines` may not be added; undefined when it may.
 */
export function createValueTypes(describeReservedOption: (line: string) => string | undefined) {
  const line = z
    .string()
    .min(1)
    .max(MAX_LINE_LENGTH)
    .refine(text => !/[\x00-\x1f\x7f]/.test(text), 'a text on one line, without control characters');
  const positive = z.int().min(1);
  const sbatchLine = line.superRefine((text, context) => {
    const message = describeReservedOption(text);
    if (message !== undefined) context.addIssue({code: 'custom', message});
  });
  // Of keys that name no type of their own.
  const ofKinds = {
    text: line,
    number: positive,
    numberOrWord: z.union([positive, z.literal('auto')]),
    switch: z.boolean(),
    list: z.array(line),
    items: z.array(line),
    map: z.record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable'),
      z.union([z.string().refine(text => !text.includes('\0'), 'a text without NUL'), z.int()]).transform(String),
    ),
  };
  return {
    ...ofKinds,
    count: z.int().min(0),
    decimal: z.number().min(0),
    positiveDecimal: z.number().positive(),
    time: z
      .union([positive, line])
      .refine(value => parseSlurmTime(String(value)) !== undefined, 'a time such as 12:00:00, 2-00:00:00, or minutes')
      .transform(String),
    mem: z
      .union([z.int().min(0), line])
      .refine(value => /^\d{1,12}[KMGT]?$/i.test(String(value)), 'a size such as 64G, or megabytes')
      .transform(String),
    gpuRequest: z.enum(['gres', 'gres_typed', 'gpus_per_node']),
    gpuType: z.string().regex(/^[A-Za-z0-9_.-]+$/, 'a type as Slurm names it, such as a100'),
    signalLead: z.int().min(30).max(65_535),
    sbatchLines: z.array(sbatchLine),
    modules: z.array(line.refine(text => !text.startsWith('-'), 'the name of a module')),
    shell: z
      .string()
      .min(1)
      .refine(text => !text.includes('\0'), 'a text without NUL')
      .refine(text => !holdsSecret(text), 'no secret in a profile: export it before you submit, and use it as "$NAME"'),
    containerRuntime: z.enum(['apptainer', 'singularity']),
    readyUrl: line.refine(text => /^https?:\/\//.test(text), 'a URL such as http://127.0.0.1:{port}/health'),
  };
}

/** Finds `HF_TOKEN=hf_…` or `--api-key x`; a value from a variable or a file is no secret. */
function holdsSecret(text: string): boolean {
  const assignments = text.matchAll(/\b([A-Za-z_][A-Za-z0-9_]*)=(["']?)([^\s"']*)/g);
  for (const [, name, , value] of assignments) {
    if (isSecretKey(name) && value !== undefined && value !== '' && !/[$`]/.test(value)) return true;
  }
  return /--(?:api-key|hf-token|token)(?:\s+|=)(?!["']?[$`])\S/.test(text);
}
