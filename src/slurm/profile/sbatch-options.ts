import {PROFILE_KEYS} from './profile-keys.ts';

/** What mac itself says to sbatch, and what a user does instead. */
const RESERVED_OPTIONS: Readonly<Record<string, string>> = {
  array: 'mac plans the arrays',
  output: 'logs lie in bookkeeping/slurm/{grid}/logs',
  error: 'logs lie in bookkeeping/slurm/{grid}/logs',
  'open-mode': 'logs are appended to',
  'job-name': 'mac finds its jobs by it',
  comment: 'mac finds its jobs by it',
  signal: 'use the key signal_lead_seconds',
  'no-requeue': 'use the key requeue',
  gres: 'GPUs follow from the models; use gpu_request and gpu_type',
  gpus: 'GPUs follow from the models; use gpu_request and gpu_type',
  'gpus-per-node': 'GPUs follow from the models; use gpu_request and gpu_type',
  'gpus-per-task': 'GPUs follow from the models; use gpu_request and gpu_type',
  parsable: 'mac reads the answer',
  wrap: 'mac writes the script; use setup_command',
  wait: 'use mac status --watch',
  nodes: 'a job has one node',
  ntasks: 'a job has one task',
  export: 'use the key environment',
  'export-file': 'use the key environment',
  chdir: 'jobs run in the workspace',
  dependency: 'use --dependency of mac submit',
  'test-only': 'use mac submit --dry-run',
  hold: 'use scontrol hold',
};

/** Short options of sbatch that mean one of mac's own or a key. */
const SHORT_OPTIONS: Readonly<Record<string, string>> = {
  a: 'array',
  o: 'output',
  e: 'error',
  J: 'job-name',
  G: 'gpus',
  N: 'nodes',
  n: 'ntasks',
  D: 'chdir',
  d: 'dependency',
  W: 'wait',
  H: 'hold',
  p: 'partition',
  A: 'account',
  q: 'qos',
  C: 'constraint',
  t: 'time',
  c: 'cpus-per-task',
  x: 'exclude',
};

/**
 * Why a line is not one that a profile may add: it is no option, or one that mac sets itself. Undefined when it is
 * fine.
 */
export function describeReservedOption(line: string): string | undefined {
  const long = /^--([a-z][a-z0-9-]*)(?:=.*)?$/u.exec(line)?.[1];
  const short = /^-([A-Za-z])/.exec(line)?.[1];
  const name = long ?? (short === undefined ? undefined : (SHORT_OPTIONS[short] ?? ''));
  if (name === undefined) return 'one option of sbatch, such as --reservation=x (without #SBATCH)';
  const own = RESERVED_OPTIONS[name];
  if (own !== undefined) return `an option that mac does not set itself (${own})`;
  const key = name.replaceAll('-', '_');
  return key in PROFILE_KEYS ? `an option that has no key of its own (use the key ${key})` : undefined;
}
