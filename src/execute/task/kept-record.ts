import type {Layout} from '../../record/layout.ts';
import type {Fence} from '../../record/lease/fence.ts';
import type {Lease} from '../../record/lease/lease.ts';
import {taskRecordFence, writeTaskRecord, type TaskRecord} from '../../record/task/task-record.ts';

/** The record of a task in its grid run, which the holder of the task's lease keeps behind a fence. */
export class KeptRecord {
  readonly #layout: Layout;
  readonly #gridId: string;
  readonly #begun: TaskRecord;
  readonly #fence: Fence;

  private constructor(layout: Layout, gridId: string, begun: TaskRecord, fence: Fence) {
    this.#layout = layout;
    this.#gridId = gridId;
    this.#begun = begun;
    this.#fence = fence;
  }

  /**
   * Writes the record of a task that begins.
   *
   * @throws UserError `cannot-write`, `lease-lost`.
   */
  static async begin(layout: Layout, gridId: string, record: TaskRecord, lease: Lease): Promise<KeptRecord> {
    const fence = await taskRecordFence(layout, gridId, record.task_id, record.attempt);
    try {
      await lease.requireCurrent();
      await writeTaskRecord(layout, gridId, record, fence);
      return new KeptRecord(layout, gridId, record, fence);
    } catch (error) {
      await fence.lower();
      throw error;
    }
  }

  /**
   * Writes the record as it began, with some changes.
   *
   * @throws UserError `cannot-write`, `lease-lost`.
   */
  async write(change: Pick<TaskRecord, 'status' | 'completed_at' | 'questions' | 'reason'>): Promise<void> {
    await writeTaskRecord(this.#layout, this.#gridId, {...this.#begun, ...change}, this.#fence);
  }

  /** Takes the fence down: nothing can be written afterwards. Never rejects. */
  async close(): Promise<void> {
    await this.#fence.lower();
  }
}
