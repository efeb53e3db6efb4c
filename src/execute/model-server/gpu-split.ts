import {UserError} from '../../core/errors.ts';
import type {ServerSpec} from './server-spec.ts';

/** Variables that name the GPUs of a job: NVIDIA's, AMD's two, Intel's. */
const VARIABLES = ['CUDA_VISIBLE_DEVICES', 'ROCR_VISIBLE_DEVICES', 'HIP_VISIBLE_DEVICES', 'ZE_AFFINITY_MASK'] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** Values that Slurm writes where a job has no GPUs. */
const NO_DEVICES = new Set(['', 'NoDevFiles', '-1']);

/**
 * Returns the variables that give every server its share of the GPUs, in the order of the servers. Shares are taken
 * from what the job was given, whatever it looks like (indices, UUIDs): where devices are not confined, other numbers
 * would be somebody else's GPUs.
 *
 * Servers of a Slurm job without GPUs get none, because they would see all those of the node. Outside Slurm no variable
 * need be set, and servers get the devices that the config names, or the first ones.
 *
 * @throws UserError `too-few-gpus`.
 */
export function splitGpus(specs: readonly ServerSpec[], env: Environment): Record<string, string>[] {
  const presentVariables = VARIABLES.filter(name => env[name] !== undefined);
  if (presentVariables.length === 0) return specs.map((spec, i) => defaultDevices(spec, i, specs, env));
  const shares: Record<string, string>[] = specs.map(() => ({}));
  for (const name of presentVariables) {
    const given = parseDevices(env[name]);
    // The job has none: servers for CPUs are started by the user's own commands.
    if (given.length === 0) continue;
    requireEnoughGpus(specs, given, name);
    let next = 0;
    specs.forEach((spec, i) => {
      const end = next + spec.gpus;
      (shares[i] as Record<string, string>)[name] = given.slice(next, end).join(',');
      next = end;
    });
  }
  return shares;
}

function defaultDevices(
  spec: ServerSpec,
  index: number,
  specs: readonly ServerSpec[],
  env: Environment,
): Record<string, string> {
  const inJob = env['SLURM_JOB_ID'] !== undefined;
  // Some sites confine devices and set no variable: then every visible device is the job's own.
  const hasGpus = env['SLURM_JOB_GPUS'] !== undefined || env['SLURM_GPUS_ON_NODE'] !== undefined;
  if (inJob && !hasGpus) return {CUDA_VISIBLE_DEVICES: ''};
  const named = spec.definition.vllm_config?.gpu_device_ids;
  if (!inJob && named && named.length > 0) return {CUDA_VISIBLE_DEVICES: named.join(',')};
  if (specs.length === 1) return {};
  const first = specs.slice(0, index).reduce((sum, each) => sum + each.gpus, 0);
  return {CUDA_VISIBLE_DEVICES: Array.from({length: spec.gpus}, (_, i) => first + i).join(',')};
}

function parseDevices(value: string | undefined): string[] {
  const text = value?.trim() ?? '';
  return NO_DEVICES.has(text) ? [] : text.split(',').map(device => device.trim());
}

function requireEnoughGpus(specs: readonly ServerSpec[], given: readonly string[], variable: string): void {
  const needed = specs.reduce((sum, spec) => sum + spec.gpus, 0);
  if (needed <= given.length) return;
  const each = specs.map(spec => `${spec.slug} ${spec.gpus}`).join(', ');
  throw new UserError(
    'too-few-gpus',
    `the model servers need ${needed} GPUs (${each}); ${variable} has ${given.length}`,
    {
      hint: 'ask for more GPUs, or lower tensor_parallel_size or data_parallel_size',
    },
  );
}
