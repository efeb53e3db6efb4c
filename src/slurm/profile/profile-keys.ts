import type {z} from 'zod';

import type {ValueTypes} from './value-types.ts';

/** A flag's syntax. `list` is split at commas; `items` and `map` (NAME=VALUE) may be given several times. */
export type KeyKind = 'text' | 'number' | 'numberOrWord' | 'switch' | 'list' | 'items' | 'map';

/** `p` of sbatch's `-p`. */
type ShortForm = string;

/** The one source of a key: schema, flags, `#SBATCH` lines, defaults, docs, and reserved options follow from it. */
export interface ProfileKey {
  readonly kind: KeyKind;
  /** Placeholder for the value in help texts; default: `n` for a number, else `value`. */
  readonly value?: string;
  readonly about: string;
  /** Overrides the kind's own type. A function, so that zod is not loaded at every start of the command. */
  readonly type?: (types: ValueTypes) => z.ZodType;
  /** Keys inside this one, instead of a type; each has a flag: `--container-image`. */
  readonly parts?: ProfileKeys;
  /** True if the part is required. */
  readonly required?: true;
  readonly default?: unknown;
  /** Added to the default where the docs give it. */
  readonly defaultNote?: string;
  /** The `#SBATCH` line: true or the option's short form for `--key=VALUE`, else a function that writes it. */
  readonly directive?: true | ShortForm | ((value: unknown) => string);
  /** Other options of sbatch that this key replaces; `sbatch_lines` may not hold them. */
  readonly replaces?: readonly string[];
  /** True if it affects how a model server is started, so that `mac run` takes it too. */
  readonly server?: true;
  /** False for a key without a flag. */
  readonly flag?: false;
}

export type ProfileKeys = Readonly<Record<string, ProfileKey>>;

/** Parts of `container`. */
const CONTAINER_KEYS = {
  runtime: {
    kind: 'text',
    value: 'name',
    about: '`apptainer` or `singularity`',
    type: t => t.containerRuntime,
    default: 'apptainer',
  },
  image: {kind: 'text', value: 'file', about: 'the image, e.g. `/shared/images/vllm.sif`', required: true},
  binds: {kind: 'list', value: 'paths', about: 'further folders to mount, `SRC` or `SRC:DEST`', default: []},
  args: {kind: 'items', value: 'option', about: 'further options of `exec`, e.g. `--no-home`', default: []},
} as const satisfies ProfileKeys;

/** Every key of a cluster profile, in the order of help texts and docs. */
export const PROFILE_KEYS = {
  name: {kind: 'text', about: 'name of the profile in messages; default: the name of its file', flag: false},
  partition: {kind: 'text', value: 'name', about: 'partition, or several separated by commas', directive: 'p'},
  account: {kind: 'text', value: 'name', about: 'account to charge', directive: 'A'},
  qos: {kind: 'text', value: 'name', about: 'quality of service', directive: 'q'},
  constraint: {
    kind: 'text',
    value: 'features',
    about: 'features that a node must have, e.g. `a100&nvlink`',
    directive: 'C',
  },
  time: {
    kind: 'text',
    value: 'time',
    about: 'time limit of a job: `D-HH:MM:SS`, `HH:MM:SS`, or minutes',
    type: t => t.time,
    directive: 't',
  },
  mem: {
    kind: 'text',
    value: 'size',
    about: 'memory of a job, e.g. `64G`; without one a job may get a whole node',
    type: t => t.mem,
    directive: true,
  },
  cpus_per_task: {kind: 'number', about: 'CPUs of a job', directive: 'c'},
  gpu_request: {
    kind: 'text',
    value: 'style',
    about: '`gres` (`--gres=gpu:N`), `gres_typed` (`--gres=gpu:TYPE:N`) or `gpus_per_node` (`--gpus-per-node`)',
    type: t => t.gpuRequest,
    default: 'gres',
    defaultNote: ', with a gpu_type `gres_typed`',
  },
  gpu_type: {kind: 'text', value: 'type', about: 'type of GPU as Slurm names it, e.g. `a100`', type: t => t.gpuType},
  gpus_per_node: {
    kind: 'number',
    about: 'GPUs that a node has; a task that needs more is refused in the plan',
    type: t => t.count,
  },
  exclude: {kind: 'list', value: 'nodes', about: 'nodes never to use', default: [], directive: 'x'},
  mail_user: {kind: 'text', value: 'address', about: 'recipient of mail', directive: true},
  mail_type: {
    kind: 'text',
    value: 'events',
    about: 'events that send mail, e.g. `END,FAIL`; once for a whole array unless `ARRAY_TASKS` is added',
    directive: true,
  },
  requeue: {
    kind: 'switch',
    about: 'requeue a job that is preempted or out of time; it continues with its unfinished questions',
    default: true,
    directive: on => (on === true ? '--requeue' : '--no-requeue'),
    replaces: ['no-requeue'],
  },
  signal_lead_seconds: {
    kind: 'number',
    value: 's',
    about:
      'seconds before the time limit at which a job is signalled to finish: at least 30, less than half of the limit',
    type: t => t.signalLead,
    default: 120,
    // Not USR1, which opens Node's inspector; B: because only the job's shell can pass it on.
    directive: seconds => `--signal=B:USR2@${String(seconds)}`,
    replaces: ['signal'],
  },
  array_throttle: {kind: 'number', about: 'maximum number of jobs of a submission that run at once'},
  max_array_size: {kind: 'number', about: 'MaxArraySize of the cluster; default: what the cluster reports, else 1001'},
  submit_limit: {
    kind: 'number',
    about: 'maximum number of jobs that you may have in the queue; array elements count, and larger arrays are split',
  },
  tasks_per_job: {
    kind: 'numberOrWord',
    value: 'n|auto',
    about:
      'number of tasks with equal needs that share a job and its model servers; `auto`: enough that loading is a tenth',
    default: 1,
  },
  sbatch_lines: {
    kind: 'items',
    value: 'option',
    about: 'further options for sbatch, one each, e.g. `--reservation=x`',
    type: t => t.sbatchLines,
    default: [],
  },
  modules: {kind: 'list', value: 'names', about: 'modules to load', type: t => t.modules, default: [], server: true},
  environment: {
    kind: 'map',
    value: 'NAME=value',
    about: 'variables to set in the job; not for secrets, which jobs inherit from your environment',
    default: {},
    replaces: ['export', 'export-file'],
    server: true,
  },
  setup_command: {
    kind: 'text',
    value: 'shell',
    about: 'shell commands to run first, e.g. to activate an environment',
    type: t => t.shell,
    server: true,
  },
  container: {kind: 'map', about: 'the container in which model servers run', parts: CONTAINER_KEYS, server: true},
  server_command: {
    kind: 'text',
    value: 'shell',
    about:
      'command that starts a model server; may use {model_path} {served_name} {port} {tensor_parallel_size} {data_parallel_size} {log_dir} {scratch}; default: `vllm serve` with the options of `vllm_config`',
    type: t => t.shell,
    server: true,
  },
  ready_url: {
    kind: 'text',
    value: 'url',
    about: 'URL that answers 200 when a server is ready',
    type: t => t.readyUrl,
    default: 'http://127.0.0.1:{port}/health',
    server: true,
  },
  server_ready_timeout_seconds: {
    kind: 'number',
    value: 's',
    about: 'longest wait for a server to become ready',
    type: t => t.positiveDecimal,
    default: 1800,
    server: true,
  },
  server_restarts: {
    kind: 'number',
    about: 'how many times a server that dies is restarted',
    type: t => t.count,
    default: 2,
    server: true,
  },
  server_hang_seconds: {
    kind: 'number',
    value: 's',
    about: 'seconds without progress after which a server that has requests is restarted',
    type: t => t.positiveDecimal,
    default: 900,
    server: true,
  },
  allow_loopback: {
    kind: 'switch',
    about:
      'submit models whose address is the node itself (127.0.0.1, localhost), because `setup_command` or the site runs a server there; default: refuse',
  },
  scratch: {
    kind: 'text',
    value: 'folder',
    about: "folder on the node's own disk; default `$SLURM_TMPDIR`, `$TMPDIR` or `/tmp`",
    server: true,
  },
  node_path: {kind: 'text', value: 'file', about: 'path of Node.js on the nodes; default: the Node.js that submits'},
  model_load_seconds: {
    kind: 'number',
    value: 's',
    about: 'estimate: seconds until servers are ready',
    type: t => t.decimal,
    default: 300,
  },
  requests_per_second: {
    kind: 'number',
    about: 'estimate: requests that the servers of a job answer in a second',
    type: t => t.positiveDecimal,
    default: 10,
  },
} as const satisfies ProfileKeys;

export type ProfileKeyName = keyof typeof PROFILE_KEYS;

/** Lists the declarations as the general type: one entry for each key. */
export function listKeys(keys: ProfileKeys = PROFILE_KEYS): [key: string, declared: ProfileKey][] {
  return Object.entries(keys);
}

/** Returns the meaning of a key with its default, in Markdown. */
export function describeKey({about, default: value, defaultNote = ''}: ProfileKey): string {
  if (value === undefined || (typeof value === 'object' && Object.keys(value ?? {}).length === 0)) return about;
  return `${about}; default ${typeof value === 'string' ? `\`${value}\`` : JSON.stringify(value)}${defaultNote}`;
}

/** Returns every key of a cluster profile as a Markdown table. */
export function profileKeyTable(keys: ProfileKeys = PROFILE_KEYS): string {
  const parts = listKeys(keys).flatMap(([key, {parts: inner = {}}]) =>
    listKeys(inner).map(([part, declared]) => [`${key}.${part}`, declared] as const),
  );
  const rows = [...listKeys(keys), ...parts].map(([key, declared]) => `| \`${key}\` | ${describeKey(declared)} |`);
  return ['| key | what it is |', '| --- | --- |', ...rows, ''].join('\n');
}
