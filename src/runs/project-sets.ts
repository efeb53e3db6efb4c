import {projectSet} from '../project/project-set.ts';
import type {ProjectedFile} from '../project/projector.ts';
import type {Caller} from './caller.ts';
import type {PreparedTasks} from './prepared-tasks.ts';

/**
 * Writes the files that derive from the records of trials.
 *
 * @param prepared with the grid runs that are at hand; none where all was done already.
 * @throws UserError `cannot-write`, `cannot-read`.
 */
export async function projectSets(
  {layout, trialPlans, gridIds}: Pick<PreparedTasks, 'layout' | 'trialPlans' | 'gridIds'>,
  {clock, env}: Pick<Caller, 'clock' | 'env'>,
): Promise<ProjectedFile[]> {
  const files: ProjectedFile[] = [];
  const gridId = gridIds.at(-1) ?? null;
  for (const plan of trialPlans) files.push(...(await projectSet({layout, plan, clock, env, gridId})));
  return files;
}
