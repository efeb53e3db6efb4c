import {csvLine} from '../../analyze/tables/row-sink.ts';
import type {JobRow} from './job-row.ts';

const COLUMNS = [
  'rank',
  'task_id',
  'suite',
  'job_id',
  'trainer_id',
  'resolved_optimizer',
  'score_val',
  'score_test',
  'time_seconds',
  'task_best',
] as const;

/** One line of a leaderboard: the best job of a task by a trainer with an optimizer. */
export interface LeaderboardRow extends Pick<
  JobRow,
  'task_id' | 'suite' | 'job_id' | 'trainer_id' | 'resolved_optimizer' | 'score_test' | 'time_seconds'
> {
  /** Within the task, from 1. Equal scores share a rank, and the next rank is left out. */
  readonly rank: number;
  readonly score_val: number;
  /** No job of the task has a better score; true of all that share the best one. */
  readonly task_best: boolean;
}

/**
 * Ranks what worked: of each task, trainer and optimizer the job with the best score on the validation examples, the
 * first of the file among equals.
 */
export function rankJobs(rows: readonly JobRow[]): LeaderboardRow[] {
  const best = new Map<string, JobRow & {readonly score_val: number}>();
  for (const row of rows) {
    const {score_val} = row;
    if (row['status'] !== 'ok' || score_val === null) continue;
    const group = JSON.stringify([row.task_id, row.trainer_id, row.resolved_optimizer]);
    const earlier = best.get(group);
    if (!earlier || score_val > earlier.score_val) best.set(group, {...row, score_val});
  }
  const tasks = [...new Set(rows.map(({task_id}) => task_id))].sort();
  return tasks.flatMap(task => {
    const ofTask = [...best.values()].filter(({task_id}) => task_id === task);
    const ranked = ofTask.toSorted((a, b) => b.score_val - a.score_val);
    return ranked.map(row => {
      const {task_id, suite, job_id, trainer_id, resolved_optimizer, score_val, score_test, time_seconds} = row;
      const rank = 1 + ranked.filter(other => other.score_val > score_val).length;
      const place = {rank, task_best: rank === 1};
      return {task_id, suite, job_id, trainer_id, resolved_optimizer, score_val, score_test, time_seconds, ...place};
    });
  });
}

/** Renders a leaderboard; of a run without results only its columns. */
export function renderLeaderboard(rows: readonly JobRow[]): string {
  const lines = rankJobs(rows).map(row => csvLine(COLUMNS.map(column => row[column])));
  return [csvLine([...COLUMNS]), ...lines].join('');
}
