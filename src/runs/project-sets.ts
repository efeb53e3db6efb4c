import {projectSet} from '../project/project-set.ts';
import {findProjector} from '../project/projectors.ts';
import type {TrialPlan} from '../plan/trial-plan.ts';
import type {Layout} from '../record/layout.ts';
import type {ProjectedFile} from '../project/projector.ts';
import type {Caller} from './caller.ts';
import type {PreparedTasks} from './prepared-tasks.ts';

/** Writes what must be there before the first of some trials starts. @throws UserError `cannot-write`. */
export async function prepareSet({
  layout,
  plan,
  indices,
}: {
  readonly layout: Layout;
  readonly plan: TrialPlan;
  readonly indices: readonly number[];
}): Promise<void> {
  const trials = indices.flatMap(index => plan.trials[index] ?? []);
  await findProjector(plan.set.kind)?.prepare?.({layout, plan, trials});
}

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
