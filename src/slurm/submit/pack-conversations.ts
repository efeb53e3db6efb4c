import {estimateGroup} from '../../plan/estimate.ts';
import {groupTasks, type TaskGroup} from '../../plan/groups.ts';
import {packTasks} from '../../plan/packs.ts';
import type {Plan} from '../../plan/plan.ts';
import {findPlanWarnings} from '../../plan/warnings.ts';
import {tabulateRequests} from '../../plan/work.ts';
import type {PackBatch, PackedTasks} from './plan-arrays.ts';

/**
 * Sorts tasks of conversations into jobs: by the servers that they need, as many together as make loading these worth
 * it.
 *
 * @param questionCount questions of a file, `--limit` applied; may throw.
 */
export function packConversations(plan: Plan, questionCount: (file: string) => number): PackBatch {
  return ({tasks, profile}, limitSeconds) => {
    const groups = groupTasks(plan, {tasks});
    const requests = tabulateRequests(plan, {questionCount});
    const cost = {
      loadSeconds: profile.model_load_seconds,
      taskSeconds: (index: number): number => requests.at(index) / profile.requests_per_second,
    };
    const tasksPerJob = profile.tasks_per_job;
    return groups.map(group => {
      const packs = packTasks(group, {...cost, tasksPerJob, limitSeconds: limitSeconds ?? Infinity});
      const estimate = estimateGroup(group.gpus, packs, cost);
      const warnings = findPlanWarnings({...cost, group, estimate, limitSeconds, tasksPerJob});
      const {gpus, tasks: count} = group;
      return {
        gpus,
        tasks: count,
        packs,
        models: listModels(group),
        estimate,
        warnings,
        describeNeeds: () => describeNeeds(group),
        profile,
      };
    });
  };
}

function describeNeeds({gpus, sets}: TaskGroup): string[] {
  return sets.map(({servers, tasks}) => {
    const parts = servers.map(({model, modelPath, gpus: own}) => `${model} (${modelPath}): ${own}`);
    return `${describeTasks(tasks)} need${tasks.length === 1 ? 's' : ''} ${gpus} GPUs: ${parts.join(' + ')}`;
  });
}

function describeTasks(tasks: readonly number[]): string {
  return tasks.length === 1 ? `task ${tasks[0] ?? 0}` : `${tasks.length} tasks (the first is ${tasks[0] ?? 0})`;
}

/** Returns the different models of all the group's tasks. */
function listModels({sets}: TaskGroup): PackedTasks['models'] {
  const models = new Map(sets.flatMap(({servers}) => servers.map(server => [server.key, server] as const)));
  return [...models.values()].map(({model, modelPath, gpus}) => ({model, modelPath, gpus}));
}
