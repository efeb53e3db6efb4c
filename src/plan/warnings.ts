import {describeSeconds} from '../core/text/amounts.ts';
import type {EstimateOptions, GroupEstimate} from './estimate.ts';
import type {TaskGroup} from './groups.ts';
import {packTasks} from './packs.ts';

/** A partition's limit, where the cluster could be asked. */
export interface PartitionLimit {
  readonly name: string;
  /** Infinity without one. */
  readonly limitSeconds: number;
}

export interface WarningOptions extends EstimateOptions {
  readonly group: TaskGroup;
  readonly estimate: GroupEstimate;
  readonly tasksPerJob: number | 'auto';
  /** Of a job; undefined when the profile has none. */
  readonly limitSeconds: number | undefined;
}

export interface PlanWarning {
  readonly code:
    | 'time-limit-short'
    | 'time-limit-above-partition'
    | 'partition-unknown'
    | 'submit-limit'
    | 'mostly-loading'
    | 'signal-lead-long'
    | 'refused-by-default';
  readonly message: string;
}

/** Less than this share of loading is not worth a word. */
const MIN_LOAD_SHARE = 0.3;

/** Finds what is worth knowing before a group is submitted. */
export function findPlanWarnings({
  group,
  estimate,
  limitSeconds,
  tasksPerJob,
  ...options
}: WarningOptions): PlanWarning[] {
  const warnings: PlanWarning[] = [];
  const {longestJobSeconds, loadShare} = estimate;
  if (limitSeconds !== undefined && longestJobSeconds > limitSeconds) {
    warnings.push({
      code: 'time-limit-short',
      message: `a job with ${gpus(group.gpus)} may take about ${describeSeconds(longestJobSeconds)}, longer than its time limit of ${describeSeconds(limitSeconds)}: it would be interrupted and have to continue in further jobs`,
    });
  }
  if (
    loadShare > MIN_LOAD_SHARE &&
    tasksPerJob !== 'auto' &&
    group.sets.some(({tasks}) => tasks.length > tasksPerJob)
  ) {
    const packs = packTasks(group, {...options, tasksPerJob: 'auto', limitSeconds: limitSeconds ?? Infinity});
    const size = Math.max(...packs.map(({tasks}) => tasks.length));
    if (size > tasksPerJob) {
      warnings.push({
        code: 'mostly-loading',
        message: `jobs with ${gpus(group.gpus)} may spend ${Math.round(loadShare * 100)} % of their time loading models: --tasks-per-job auto would put up to ${size} tasks into one job`,
      });
    }
  }
  return warnings;
}

/** Warns of what the partitions say to the profile; nothing where the cluster could not be asked. */
export function partitionWarnings(
  limitSeconds: number | undefined,
  {
    partitions,
    unknownPartitions,
  }: {readonly partitions: readonly PartitionLimit[]; readonly unknownPartitions: readonly string[]},
): PlanWarning[] {
  const warnings: PlanWarning[] = unknownPartitions.map(name => ({
    code: 'partition-unknown',
    message: `the cluster has no partition ${name}`,
  }));
  if (limitSeconds === undefined || partitions.length === 0) return warnings;
  if (partitions.some(partition => limitSeconds <= partition.limitSeconds)) return warnings;
  const limits = partitions.map(({name, limitSeconds: most}) => `${name}: ${describeSeconds(most)}`).join(', ');
  // Without EnforcePartLimits, which few sites set, Slurm says nothing.
  const message = `the time limit of ${describeSeconds(limitSeconds)} is above what the partition allows (${limits}): Slurm would take the jobs and never start them`;
  return [...warnings, {code: 'time-limit-above-partition', message}];
}

/** @param jobs elements of all arrays. */
export function submitLimitWarnings(jobs: number, submitLimit: number | undefined): PlanWarning[] {
  if (submitLimit === undefined || jobs <= submitLimit) return [];
  return [
    {
      code: 'submit-limit',
      message: `${jobs} jobs are more than the submit limit of ${submitLimit}: they are submitted as arrays of at most ${submitLimit}, and what the cluster then refuses is left for mac resume; fewer jobs with --tasks-per-job`,
    },
  ];
}

function gpus(count: number): string {
  return count === 0 ? 'no GPU' : `${count} GPU${count === 1 ? '' : 's'}`;
}
