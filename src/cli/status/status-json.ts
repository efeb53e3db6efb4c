import type {QuestionCounts} from '../../record/formats.ts';
import type {ArchivedGrid} from '../../record/grid/archive.ts';
import {countDone} from '../../record/task/question-states.ts';
import type {GridState, GridStates} from '../../slurm/state/grid-state.ts';
import type {Submission} from '../../slurm/submission/submission-file.ts';
import type {GridView} from './describe-grid.ts';

/** A grid run and how it is shown. */
export type ShownGrid = {readonly view: GridView; readonly submissions: readonly Submission[]} & (
  {readonly active: GridState} | {readonly archived: ArchivedGrid}
);

/** Renders `mac.status/1`, for programs. */
export function renderStatusJson(
  grids: readonly ShownGrid[],
  {slurmSilence, accountingSilence}: Pick<GridStates, 'slurmSilence' | 'accountingSilence'>,
): string {
  const status = {
    schema: 'mac.status/1',
    slurm_silence: slurmSilence ?? null,
    accounting_silence: accountingSilence ?? null,
    grids: grids.map(({view, submissions, ...grid}) => ({
      grid_id: view.gridId,
      config: view.configName,
      repetition: view.repetition,
      repetitions: view.repetitions,
      completed_at: view.completedAt ?? null,
      counts: view.counts,
      questions: {
        done: view.questions.done,
        total: view.questions.total,
        total_is_estimate: view.questions.isEstimate,
      },
      outcomes: view.outcomes,
      failures: view.failures,
      questions_per_second: view.rate,
      seconds_left: view.secondsLeft,
      notes: view.notes,
      submissions: submissions.map(({number, token, created_at, code, arrays}) => ({
        number,
        token,
        created_at,
        code_version: code.version,
        arrays: arrays.map(({index, name, state, job_id, reason}) => ({index, name, state, job_id, reason})),
      })),
      tasks: 'active' in grid ? activeTasks(grid.active) : finishedTasks(grid.archived),
    })),
  };
  return `${JSON.stringify(status, null, 2)}\n`;
}

function activeTasks({states, questions}: GridState): object[] {
  return states.map(({task, state, cause, detail, jobId, element, node, timeLeft, startAt}) => ({
    task_id: task,
    state,
    cause: cause ?? null,
    detail: detail ?? null,
    job: jobId === undefined ? null : `${jobId}_${element ?? ''}`,
    node: node ?? null,
    time_left: timeLeft ?? null,
    start: startAt ?? null,
    questions: questions.get(task) ?? null,
  }));
}

function finishedTasks({manifest}: ArchivedGrid): object[] {
  return manifest.tasks.map(({task_id: task, questions}) => ({
    task_id: task,
    state: 'done',
    cause: null,
    detail: null,
    job: null,
    node: null,
    time_left: null,
    start: null,
    questions: questions ? toCountsJson(questions) : null,
  }));
}

function toCountsJson(questions: QuestionCounts): object {
  const {total, outcomes} = questions;
  return {done: countDone(questions), total, ...(outcomes ? {outcomes} : {})};
}
