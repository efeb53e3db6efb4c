import {UserError} from '../../core/errors.ts';
import type {GroupEstimate} from '../../plan/estimate.ts';
import type {JobPack} from '../../plan/packs.ts';
import {partitionWarnings, submitLimitWarnings, type PlanWarning} from '../../plan/warnings.ts';
import {arrayName} from '../submission/submission-file.ts';
import type {TaskSpec} from '../submission/array-spec.ts';
import type {ClusterLimits} from '../cluster/cluster-limits.ts';
import type {ClusterProfile} from '../profile/profile-schema.ts';
import {renderArrayScript, type JobFacts} from './render-script.ts';
import {signalLeadWarnings} from '../profile/signal-lead.ts';
import {parseSlurmTime} from '../profile/slurm-time.ts';
import {splitIntoArrays, type SplitArray, shareThrottle} from './split-arrays.ts';

/** Tasks submitted with one profile. */
export interface TaskBatch {
  /** Ascending; every task when left out. */
  readonly tasks?: readonly number[] | undefined;
  readonly profile: ClusterProfile;
}

/** Tasks with equal needs, sorted into jobs. */
export interface PackedTasks {
  readonly gpus: number;
  readonly tasks: number;
  readonly packs: readonly JobPack[];
  /** The different models that its jobs start. */
  readonly models: readonly {readonly model: string; readonly modelPath: string; readonly gpus: number}[];
  readonly estimate: GroupEstimate;
  readonly warnings: readonly PlanWarning[];
  /** Says which of them need how many GPUs, one text for each need. */
  readonly describeNeeds: () => readonly string[];
  /** The batch's profile with what its tasks ask for themselves. */
  readonly profile: ClusterProfile;
}

/**
 * Sorts the tasks of a batch into jobs: most GPUs first.
 *
 * @param limitSeconds of a job; undefined when its profile has none.
 */
export type PackBatch = (batch: TaskBatch, limitSeconds: number | undefined) => readonly PackedTasks[];

export interface PlanArraysOptions {
  readonly pack: PackBatch;
  /** At least one; profiles may differ only in memory and time. The first one's throttle is the submission's. */
  readonly batches: readonly [TaskBatch, ...TaskBatch[]];
  readonly cluster: ClusterLimits;
  readonly job: JobFacts;
}

/** One array of a submission. */
export interface PlannedArray {
  /** Position in the submission. */
  readonly index: number;
  /** The Slurm job's name. */
  readonly name: string;
  /** File name of the script. */
  readonly script: string;
  readonly text: string;
  readonly tasks: TaskSpec;
  readonly elements: number;
  readonly resources: {readonly gpus: number; readonly mem?: string; readonly time?: string};
  readonly throttle: number | undefined;
  /** Index of the array that must end before this one starts (`--dependency=afterany:…`): they share one throttle. */
  readonly after: number | undefined;
}

/** Tasks with equal needs, their arrays and their possible cost. */
export interface PlannedGroup {
  readonly gpus: number;
  readonly tasks: number;
  readonly jobs: number;
  /** Names of the models in the config, and where they come from. */
  readonly models: readonly {readonly model: string; readonly modelPath: string; readonly gpus: number}[];
  readonly estimate: GroupEstimate;
  readonly arrays: readonly PlannedArray[];
}

export interface ArrayPlan {
  readonly groups: readonly PlannedGroup[];
  /** Of all groups, by index. */
  readonly arrays: readonly PlannedArray[];
  readonly warnings: readonly PlanWarning[];
}

/**
 * Plans the arrays that run some tasks of a plan: grouped by needs, packed, split by the cluster's limits, with their
 * scripts.
 *
 * @throws UserError `gpus-exceed-node` when a task needs more GPUs than a node has, `gpu-type-unknown`,
 * `signal-lead-too-long`, `sbatch-value-invalid`; what `pack` throws.
 */
export function planArrays(options: PlanArraysOptions): ArrayPlan {
  const {batches, cluster, job} = options;
  const [{profile}] = batches;
  const leads = batches.flatMap(batch => signalLeadWarnings(batch.profile));
  const packed = batches.flatMap(batch => packBatch(batch, options));
  const arrays = buildArrays(packed, profile.array_throttle, job);
  const jobs = packed.reduce((sum, {packs}) => sum + packs.length, 0);
  return {
    groups: packed.map(({gpus, tasks, models, packs, estimate}, i) => ({
      gpus,
      tasks,
      jobs: packs.length,
      models,
      estimate,
      arrays: arrays[i] ?? [],
    })),
    arrays: arrays.flat(),
    warnings: [
      ...packed.flatMap(({warnings}) => warnings),
      ...leads,
      ...batches.flatMap(batch => partitionWarnings(timeLimitSeconds(batch.profile), cluster)),
      ...submitLimitWarnings(jobs, profile.submit_limit),
    ],
  };
}

interface SplitTasks extends PackedTasks {
  readonly split: readonly SplitArray[];
}

function packBatch(batch: TaskBatch, {pack, cluster}: PlanArraysOptions): SplitTasks[] {
  const {profile} = batch;
  const groups = pack(batch, timeLimitSeconds(profile));
  if (groups.some(({gpus}) => gpus > 0)) refuseUnknownGpuType(profile, cluster);
  refuseTooManyGpus(groups, cluster.gpusPerNode);
  return groups.map(group => ({...group, split: splitPacks(group.packs, group.profile, cluster)}));
}

function timeLimitSeconds({time}: ClusterProfile): number | undefined {
  const minutes = time === undefined ? undefined : parseSlurmTime(time);
  return minutes === undefined ? undefined : minutes * 60;
}

/** Refuses a GPU type that no node has; plain `gres` names none. */
function refuseUnknownGpuType({gpu_request: style, gpu_type: type}: ClusterProfile, {gpuTypes}: ClusterLimits): void {
  if (type === undefined || style === 'gres' || gpuTypes === undefined || gpuTypes.includes(type)) return;
  const others = gpuTypes.length > 0 ? `there are ${gpuTypes.join(', ')}` : 'its nodes name no types of GPUs';
  throw new UserError('gpu-type-unknown', `no node has GPU type ${type}; ${others}`, {
    hint: 'correct gpu_type (--gpu-type), or choose another partition',
  });
}

/** Refuses tasks for which Slurm would refuse the job after the others were submitted. */
function refuseTooManyGpus(groups: readonly PackedTasks[], gpusPerNode: number | undefined): void {
  if (gpusPerNode === undefined) return;
  const tooMany = groups.filter(({gpus}) => gpus > gpusPerNode);
  if (tooMany.length === 0) return;
  const lines = tooMany.flatMap(({describeNeeds}) => describeNeeds()).slice(0, 20);
  throw new UserError('gpus-exceed-node', `a node has ${gpusPerNode} GPUs, but ${lines.join('; ')}`, {
    hint: 'lower tensor_parallel_size or data_parallel_size, serve one of the models elsewhere (api_config.base_url), or correct gpus_per_node',
  });
}

function splitPacks(packs: readonly JobPack[], profile: ClusterProfile, {maxArraySize}: ClusterLimits): SplitArray[] {
  return splitIntoArrays(
    packs.map(({tasks}) => tasks),
    {maxArraySize, submitLimit: profile.submit_limit},
  );
}

/** Returns the arrays of each group. They share one throttle. */
function buildArrays(packed: readonly SplitTasks[], mostAtOnce: number | undefined, job: JobFacts): PlannedArray[][] {
  const sizes = packed.flatMap(({split}) => split.map(({elements}) => elements));
  const shares = shareThrottle(sizes, mostAtOnce);
  let next = 0;
  return packed.map(({gpus, profile, split}) =>
    split.map(({tasks, elements}): PlannedArray => {
      const index = next++;
      const {throttle, after} = shares[index] ?? {throttle: undefined, after: undefined};
      const name = arrayName(job.token, index);
      return {
        index,
        name,
        script: `array_${job.submission}_${index}.sbatch`,
        text: renderArrayScript({index, name, spec: tasks.spec, throttle, gpus}, profile, job),
        tasks,
        elements,
        resources: {
          gpus,
          ...(profile.mem === undefined ? {} : {mem: profile.mem}),
          ...(profile.time === undefined ? {} : {time: profile.time}),
        },
        throttle,
        after,
      };
    }),
  );
}
