import {existsSync} from 'node:fs';

import {UserError} from '../../core/errors.ts';
import type {PackTask} from '../../execute/pack-task.ts';
import {readGridManifest} from '../../record/grid/grid-manifest.ts';
import {readGridRun} from '../../record/grid/active-runs.ts';
import type {Layout} from '../../record/layout.ts';
import {countDone} from '../../record/task/question-states.ts';
import {readTaskRecord} from '../../record/task/task-record.ts';
import {QuestionFiles} from '../../questions/question-files.ts';
import type {TrialPlan} from '../../plan/trial-plan.ts';
import {openRun} from '../open/open-run.ts';

/** A task of an element that is not done yet. */
export interface OpenTask {
  readonly task: PackTask;
  /** Questions that earlier attempts have done. */
  readonly done: number;
}

export interface PreparedElement {
  readonly open: readonly OpenTask[];
  /** Questions of the tasks that are done. */
  readonly finishedQuestions: number;
  /** Plans of the trials that it belongs to. */
  readonly trialPlans: readonly TrialPlan[];
}

/**
 * Returns the tasks of one element as the executor takes them. Looks at these tasks alone: an element of a grid of ten
 * thousand must not read them all.
 *
 * @returns null when the grid run is complete and archived.
 * @throws UserError `grid-unknown`, `snapshot-missing`, `plan-changed`, `config-invalid`, `questions-…`.
 */
export async function prepareElement(
  layout: Layout,
  gridId: string,
  taskNumbers: readonly number[],
): Promise<PreparedElement | null> {
  const run = await readGridRun(layout, gridId);
  if (!run) {
    if (existsSync(layout.archivedGrid(gridId))) return null;
    throw new UserError('grid-unknown', `no grid ${gridId} in ${layout.bookkeeping}`, {
      hint: 'is the workspace the one that the job was submitted from?',
    });
  }
  const opened = await openRun(layout, run, new QuestionFiles(layout));
  const {tasks} = opened;
  const manifest = await readGridManifest(layout.gridManifest(gridId));
  const planned = new Map(typeof manifest === 'string' ? [] : manifest.tasks.map(task => [task.task_id, task]));
  const open: OpenTask[] = [];
  let finishedQuestions = 0;
  for (const index of taskNumbers) {
    if (index >= tasks.size) {
      throw new UserError('submission-damaged', `there is no task ${index} in ${gridId}`);
    }
    const record = await readTaskRecord(layout, gridId, index);
    if (record ? opened.isDone(record) : planned.get(index)?.status === 'succeeded') {
      finishedQuestions += record?.questions.total ?? 0;
      continue;
    }
    await opened.readNeeds(index);
    opened.refuseChanged(index, record?.task_key ?? planned.get(index)?.task_key);
    open.push({task: await opened.openTask(index, record), done: record ? countDone(record.questions) : 0});
  }
  return {open, finishedQuestions, trialPlans: opened.trials ? [opened.trials] : []};
}
