import type {Clock} from '../../core/clock.ts';
import type {Layout} from '../../record/layout.ts';
import {acquireLease} from '../../record/lease/lease.ts';
import type {TaskRecord} from '../../record/task/task-record.ts';
import {KeptRecord} from './kept-record.ts';
import {leaseLocation} from './open-task.ts';
import type {PackTask} from '../pack-task.ts';

/** A finished task with questions that must be asked again by its config as it is now. */
export interface ReopenedTask {
  readonly task: PackTask;
  readonly record: TaskRecord;
}

/**
 * Records that finished tasks are unfinished again, before anything runs: otherwise another executor could take the
 * grid for complete and archive it, and Slurm's jobs would find nothing to do. A task that another executor has is left
 * to it.
 *
 * @throws UserError `cannot-write`, `cannot-read`, `lease-lost`.
 */
export async function reopenTasks(layout: Layout, clock: Clock, tasks: readonly ReopenedTask[]): Promise<void> {
  for (const {task, record} of tasks) {
    if (task.gridId === null) continue;
    const claim = await acquireLease({...leaseLocation(task, layout), clock});
    if (claim.kind === 'held') continue;
    const {lease} = claim;
    try {
      const reason = 'questions are to be asked again, as retry_outcomes has it now';
      const reopened: TaskRecord = {...record, status: 'started', completed_at: null, attempt: lease.number, reason};
      const kept = await KeptRecord.begin(layout, task.gridId, reopened, lease);
      await kept.close();
    } finally {
      await lease.release();
    }
  }
}
