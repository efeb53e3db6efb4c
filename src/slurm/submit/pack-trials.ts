import {groupBy} from '../../core/group-by.ts';
import {UserError} from '../../core/errors.ts';
import {canonicalJson} from '../../core/seeds/hash.ts';
import {estimateGroup} from '../../plan/estimate.ts';
import type {JobPack} from '../../plan/packs.ts';
import type {PlannedTrial, TrialPlan} from '../../plan/trial-plan.ts';
import type {ClusterProfile} from '../profile/profile-schema.ts';
import type {PackBatch} from './plan-arrays.ts';

/**
 * Returns the labels in which the trials of one job agree.
 *
 * @param name of a grouping; undefined for the first one of the plan.
 * @throws UserError `grouping-unknown`.
 */
function findGrouping({groupings}: TrialPlan, name: string | undefined): readonly string[] | undefined {
  const names = Object.keys(groupings);
  const chosen = name ?? names[0];
  if (chosen === undefined) return undefined;
  const labels = groupings[chosen];
  if (labels) return labels;
  throw new UserError('grouping-unknown', `there is no array mode ${chosen}`, {
    hint: names.length > 0 ? `expected ${names.join(', ')}` : 'tasks of this kind each have a job of their own',
  });
}

/**
 * Sorts trials into jobs: those that agree in the labels of a grouping and ask for equal resources share one, in the
 * order in which their groups are first seen. The time that they take is not known; their time-outs bound it.
 *
 * @throws UserError `grouping-unknown`.
 */
export function packTrials(plan: TrialPlan, grouping: string | undefined): PackBatch {
  const labels = findGrouping(plan, grouping);
  return ({tasks, profile}) => {
    const chosen = tasks ? tasks.flatMap(index => plan.trials[index] ?? []) : plan.trials;
    const groups = [...groupBy(chosen, ({trial: {resources}}) => canonicalJson(resources)).values()];
    groups.sort((a, b) => gpusNeeded(b) - gpusNeeded(a));
    return groups.map(group => {
      const gpus = gpusNeeded(group);
      const jobs = [...groupBy(group, each => jobKey(each, labels)).values()];
      const packs = jobs.map((pack): JobPack => ({
        tasks: pack.map(({index}) => index),
        servers: 0,
      }));
      if (packs.every(pack => pack.tasks.length === 1)) packs.sort((a, b) => (a.tasks[0] ?? 0) - (b.tasks[0] ?? 0));
      const taskSeconds = (index: number): number => plan.trials[index]?.trial.timeout_seconds ?? 0;
      const estimate = estimateGroup(gpus, packs, {loadSeconds: 0, taskSeconds});
      return {
        gpus,
        tasks: group.length,
        packs,
        models: [],
        estimate,
        warnings: [],
        describeNeeds: () => [`${group[0]?.trial.id ?? ''} needs ${gpus} GPUs`],
        profile: withResources(profile, group),
      };
    });
  };
}

function jobKey({index, trial}: PlannedTrial, labels: readonly string[] | undefined): string {
  if (labels === undefined) return String(index);
  return canonicalJson(labels.map(label => trial.labels[label] ?? null));
}

function gpusNeeded([first]: readonly PlannedTrial[]): number {
  return first?.trial.resources.gpus ?? 0;
}

/** Returns a profile with what trials ask for themselves; what the profile has counts for those that do not say it. */
function withResources(profile: ClusterProfile, [first]: readonly PlannedTrial[]): ClusterProfile {
  const {cpus, mem, time} = first?.trial.resources ?? {};
  return {
    ...profile,
    ...(cpus === undefined ? {} : {cpus_per_task: cpus}),
    ...(mem === undefined ? {} : {mem}),
    ...(time === undefined ? {} : {time}),
  };
}
