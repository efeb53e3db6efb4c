import {listKeys, type ProfileKeys} from './profile-keys.ts';

/** Options of sbatch that mac sets itself or that make no sense here, and what a user does instead. */
const OWN_OPTIONS = {
  array: {short: 'a', instead: 'mac plans the arrays'},
  output: {short: 'o', instead: 'logs lie in bookkeeping/slurm/{grid}/logs'},
  error: {short: 'e', instead: 'logs lie in bookkeeping/slurm/{grid}/logs'},
  'open-mode': {instead: 'logs are appended to'},
  'job-name': {short: 'J', instead: 'mac finds its jobs by it'},
  comment: {instead: 'mac finds its jobs by it'},
  gres: {instead: 'GPUs follow from the models; use gpu_request and gpu_type'},
  gpus: {short: 'G', instead: 'GPUs follow from the models; use gpu_request and gpu_type'},
  'gpus-per-node': {instead: 'GPUs follow from the models; use gpu_request and gpu_type'},
  'gpus-per-task': {instead: 'GPUs follow from the models; use gpu_request and gpu_type'},
  parsable: {instead: 'mac reads the answer'},
  wrap: {instead: 'mac writes the script; use setup_command'},
  wait: {short: 'W', instead: 'use mac status --watch'},
  nodes: {short: 'N', instead: 'a job has one node'},
  ntasks: {short: 'n', instead: 'a job has one task'},
  chdir: {short: 'D', instead: 'jobs run in the workspace'},
  dependency: {short: 'd', instead: 'use --dependency of mac submit'},
  'test-only': {instead: 'use mac submit --dry-run'},
  hold: {short: 'H', instead: 'use scontrol hold'},
} as const satisfies Readonly<Record<string, {readonly short?: string; readonly instead: string}>>;

export type OwnOption = keyof typeof OWN_OPTIONS;

interface OptionOwner {
  readonly option: string;
  readonly short?: string | undefined;
  /** Explains why a profile may not add it. */
  readonly message: string;
}

/** Says who owns an option; mac's own come first, since `gpus_per_node` is what a node has, not what is asked for. */
function listOwners(keys: ProfileKeys | undefined): OptionOwner[] {
  return [
    ...Object.entries(OWN_OPTIONS).map(([option, {instead, ...rest}]) => {
      return {option, ...rest, message: `an option that mac does not set itself (${instead})`};
    }),
    ...listKeys(keys).flatMap(([key, {directive, replaces = []}]) => {
      const short = typeof directive === 'string' ? directive : undefined;
      const message = `an option that has no key of its own (use the key ${key})`;
      return [optionName(key), ...replaces].map((option, i) => ({option, short: i === 0 ? short : undefined, message}));
    }),
  ];
}

/** Returns the option that a key is named after: `cpus-per-task`. */
export function optionName(key: string): string {
  return key.replaceAll('_', '-');
}

/** Returns why a profile may not add a line: no option, or one that mac or a key sets. Undefined when it may. */
export function describeReservedOption(line: string, keys?: ProfileKeys): string | undefined {
  const long = /^--([a-z][a-z0-9-]*)(?:=.*)?$/u.exec(line)?.[1];
  const short = /^-([A-Za-z])/.exec(line)?.[1];
  if (long === undefined && short === undefined) {
    return 'one option of sbatch, such as --reservation=x (without #SBATCH)';
  }
  return listOwners(keys).find(owner => (long === undefined ? owner.short === short : owner.option === long))?.message;
}

/** Returns the `#SBATCH` lines that follow from keys of a profile, by key, in the order of the keys. */
export function profileDirectives(profile: Readonly<Record<string, unknown>>, keys?: ProfileKeys): Map<string, string> {
  const lines = new Map<string, string>();
  for (const [key, {directive}] of listKeys(keys)) {
    const value = profile[key];
    if (directive === undefined || value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    lines.set(key, typeof directive === 'function' ? directive(value) : renderOption(key, value));
  }
  return lines;
}

/** Writes lists with commas. */
function renderOption(key: string, value: unknown): string {
  return `--${optionName(key)}=${String(value)}`;
}
