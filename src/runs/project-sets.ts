import {projectSet} from '../project/project-set.ts';
import type {ProjectedFile} from '../project/projector.ts';
import type {Caller} from './caller.ts';
import type {PreparedTasks} from './prepared-tasks.ts';

/** Writes the files that derive from the records of trials. @throws UserError `cannot-write`, `cannot-read`. */
export async function projectSets(
  {layout, trialPlans}: Pick<PreparedTasks, 'layout' | 'trialPlans'>,
  {clock, env}: Pick<Caller, 'clock' | 'env'>,
): Promise<ProjectedFile[]> {
  const files: ProjectedFile[] = [];
  for (const plan of trialPlans) files.push(...(await projectSet({layout, plan, clock, env})));
  return files;
}
