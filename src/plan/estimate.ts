import type {JobPack} from './packs.ts';

/** Cost of a group's jobs: a guess from two numbers that the user can measure: load time and requests a second. */
export interface GroupEstimate {
  readonly gpuHours: number;
  /** Of all jobs together, with or without GPUs. */
  readonly jobHours: number;
  readonly longestJobSeconds: number;
  /** Share of the jobs' time in which servers load, 0…1. */
  readonly loadShare: number;
}

export interface EstimateOptions {
  readonly loadSeconds: number;
  readonly taskSeconds: (index: number) => number;
}

/** @param packs of one group. */
export function estimateGroup(
  gpus: number,
  packs: readonly JobPack[],
  {loadSeconds, taskSeconds}: EstimateOptions,
): GroupEstimate {
  let [total, loading, longest] = [0, 0, 0];
  for (const {tasks, servers} of packs) {
    const load = servers > 0 ? loadSeconds : 0;
    let seconds = load;
    for (const index of tasks) seconds += taskSeconds(index);
    total += seconds;
    loading += load;
    longest = Math.max(longest, seconds);
  }
  const jobHours = total / 3600;
  return {
    gpuHours: gpus * jobHours,
    jobHours,
    longestJobSeconds: longest,
    loadShare: total === 0 ? 0 : loading / total,
  };
}
