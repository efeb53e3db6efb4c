import {existsSync} from 'node:fs';

import {UserError} from '../../core/errors.ts';
import type {PackTask} from '../../execute/pack-task.ts';
import {readGridManifest} from '../../record/grid/grid-manifest.ts';
import {readGridRun} from '../../record/grid/active-runs.ts';
import {submittedAt} from '../../record/grid/run-file.ts';
import type {Layout} from '../../record/layout.ts';
import {countDone} from '../../record/task/question-states.ts';
import {isDone, readTaskRecord} from '../../record/task/task-record.ts';
import {compilePlan} from '../../plan/compile.ts';
import {QuestionFiles} from '../../questions/question-files.ts';
import {finalOutcomePredicate, makeEarlierFinder, readRunConfig} from '../open/prepare-resume.ts';
import {packTask} from '../open/prepare-run.ts';

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
}

/**
 * The tasks of one element as the executor takes them. Looks at these tasks alone: an element of a grid of ten thousand
 * must not read them all.
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
  const files = new QuestionFiles(layout);
  const config = await readRunConfig(layout, run);
  const plan = compilePlan(config, files, {
    submittedAtMs: submittedAt(run),
    repetition: run.repetition,
    name: run.config_name,
  });
  const manifest = await readGridManifest(layout.gridManifest(gridId));
  const planned = new Map(typeof manifest === 'string' ? [] : manifest.tasks.map(task => [task.task_id, task]));
  const findEarlier = makeEarlierFinder({layout, run, plan, files});
  const open: OpenTask[] = [];
  let finishedQuestions = 0;
  for (const index of taskNumbers) {
    if (index >= plan.size) {
      throw new UserError('submission-damaged', `there is no task ${index} in ${gridId}`);
    }
    const record = await readTaskRecord(layout, gridId, index);
    if (record ? isDone(record, finalOutcomePredicate(plan, index)) : planned.get(index)?.status === 'succeeded') {
      finishedQuestions += record?.questions.total ?? 0;
      continue;
    }
    await files.read([plan.configAt(index).experiment_metadata.questions_file]);
    const known = record?.task_key ?? planned.get(index)?.task_key;
    if (known !== undefined && known !== '' && plan.taskAt(index).key !== known) throw planChangedError(index, gridId);
    const earlier = await findEarlier(index, record);
    const task = packTask({run, plan, index, files, layout, limit: run.question_limit ?? null, earlier});
    open.push({task, done: record ? countDone(record.questions) : 0});
  }
  return {open, finishedQuestions};
}

function planChangedError(index: number, gridId: string): UserError {
  return new UserError('plan-changed', `task ${index} of ${gridId} is not what it was when it was submitted`, {
    hint: 'its question file has changed: put the old one back and resume, or submit anew',
  });
}
