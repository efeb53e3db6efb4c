/** How a key of a profile is written as a flag. */
export type KeyKind = 'text' | 'number' | 'switch' | 'list' | 'items' | 'map';

interface ProfileKey {
  readonly kind: KeyKind;
  /** What stands for the value in help texts. */
  readonly value?: string;
  readonly about: string;
}

/**
 * Every key of a cluster profile, in the order in which people think of them. The schema and the flags both come from
 * here; no zod, because every start of the command reads this. `list` is split at commas, `items` may be given several
 * times, `map` likewise, as NAME=VALUE.
 */
export const PROFILE_KEYS = {
  name: {kind: 'text', about: 'what the profile is called in messages; default: the name of its file'},
  partition: {kind: 'text', value: 'name', about: 'partition, or several with commas between'},
  account: {kind: 'text', value: 'name', about: 'account that pays'},
  qos: {kind: 'text', value: 'name', about: 'quality of service'},
  constraint: {kind: 'text', value: 'features', about: 'features that a node must have, e.g. `a100&nvlink`'},
  time: {kind: 'text', value: 'time', about: 'time limit of a job: `D-HH:MM:SS`, `HH:MM:SS`, or minutes'},
  mem: {kind: 'text', value: 'size', about: 'memory of a job, e.g. `64G`; without one a job may get a whole node'},
  cpus_per_task: {kind: 'number', value: 'n', about: 'processors of a job'},
  gpu_request: {
    kind: 'text',
    value: 'style',
    about:
      '`gres` (`--gres=gpu:N`), `gres_typed` (`--gres=gpu:TYPE:N`) or `gpus_per_node` (`--gpus-per-node`); default `gres`, with a gpu_type `gres_typed`',
  },
  gpu_type: {kind: 'text', value: 'type', about: 'type of GPU as Slurm names it, e.g. `a100`'},
  gpus_per_node: {
    kind: 'number',
    value: 'n',
    about: 'GPUs that a node has; a task that needs more is refused in the plan',
  },
  exclude: {kind: 'list', value: 'nodes', about: 'nodes never to use'},
  mail_user: {kind: 'text', value: 'address', about: 'who gets mail'},
  mail_type: {
    kind: 'text',
    value: 'events',
    about: 'when, e.g. `END,FAIL`; once for a whole array unless `ARRAY_TASKS` is added',
  },
  requeue: {
    kind: 'switch',
    about: 'put a job that is preempted or out of time back into the queue, where its questions go on; default true',
  },
  signal_lead_seconds: {
    kind: 'number',
    value: 's',
    about:
      'how long before the time limit a job is told to finish up: at least 30, less than half of the time limit; default 120',
  },
  array_throttle: {kind: 'number', value: 'n', about: 'jobs of a submission that may run at once'},
  max_array_size: {kind: 'number', value: 'n', about: 'MaxArraySize of the cluster; default: ask it, else 1001'},
  submit_limit: {
    kind: 'number',
    value: 'n',
    about: 'jobs that you may have in the queue, every element of an array counts: larger arrays are split',
  },
  tasks_per_job: {
    kind: 'text',
    value: 'n|auto',
    about:
      'tasks with equal needs that share a job and its model servers; `auto`: so many that loading is a tenth; default 1',
  },
  sbatch_lines: {kind: 'items', value: 'option', about: 'further options for sbatch, one each, e.g. `--reservation=x`'},
  modules: {kind: 'list', value: 'names', about: 'modules to load'},
  environment: {
    kind: 'map',
    value: 'NAME=value',
    about: 'variables to set in the job; no secrets, which jobs inherit from you',
  },
  setup_command: {
    kind: 'text',
    value: 'shell',
    about: 'shell commands before anything else, e.g. to activate an environment',
  },
  container: {kind: 'map', about: 'the container in which model servers run'},
  server_command: {
    kind: 'text',
    value: 'shell',
    about:
      'starts a model server; knows {model_path} {served_name} {port} {tensor_parallel_size} {data_parallel_size} {log_dir} {scratch}; default: `vllm serve` with the options of `vllm_config`',
  },
  ready_url: {
    kind: 'text',
    value: 'url',
    about: 'answers 200 when a server is ready; default `http://127.0.0.1:{port}/health`',
  },
  server_ready_timeout_seconds: {kind: 'number', value: 's', about: 'longest wait for a server; default 1800'},
  server_restarts: {kind: 'number', value: 'n', about: 'how often a server that dies is started again; default 2'},
  server_hang_seconds: {
    kind: 'number',
    value: 's',
    about: 'a server that has requests and makes no progress for so long is restarted; default 900',
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
  },
  node_path: {kind: 'text', value: 'file', about: 'Node.js on the nodes; default: the one that submits'},
  model_load_seconds: {kind: 'number', value: 's', about: 'estimate: how long servers take to get ready; default 300'},
  requests_per_second: {
    kind: 'number',
    value: 'n',
    about: 'estimate: requests that the servers of a job answer in a second; default 10',
  },
} as const satisfies Readonly<Record<string, ProfileKey>>;

export type ProfileKeyName = keyof typeof PROFILE_KEYS;

/** Parts of `container`, with a flag each: `--container-image`. */
export const CONTAINER_KEYS = {
  runtime: {kind: 'text', value: 'name', about: '`apptainer` or `singularity`; default `apptainer`'},
  image: {kind: 'text', value: 'file', about: 'the image, e.g. `/shared/images/vllm.sif`'},
  binds: {kind: 'list', value: 'paths', about: 'further folders to see inside, `SRC` or `SRC:DEST`'},
  args: {kind: 'items', value: 'option', about: 'further options of `exec`, e.g. `--no-home`'},
} as const satisfies Readonly<Record<string, ProfileKey>>;

/** Every key of a cluster profile as a Markdown table. */
export function profileKeyTable(): string {
  const rows = [
    ...Object.entries(PROFILE_KEYS).map(([key, {about}]) => [key, about]),
    ...Object.entries(CONTAINER_KEYS).map(([key, {about}]) => [`container.${key}`, about]),
  ].map(([key, about]) => `| \`${key}\` | ${about} |`);
  return ['| key | what it is |', '| --- | --- |', ...rows, ''].join('\n');
}
