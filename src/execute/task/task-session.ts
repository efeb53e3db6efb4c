import type {Clock} from '../../core/clock.ts';
import {errorMessage, UserError} from '../../core/errors.ts';
import type {Lease} from '../../record/lease/lease.ts';
import {recordedCounts} from '../../record/task/question-states.ts';
import {jsonTimestamp} from '../../record/disk/timestamps.ts';
import {Canaries} from '../guards/canaries.ts';
import type {PackTask, TaskOutcome} from '../pack-task.ts';
import type {Unit, UnitEnd, Work} from '../runner.ts';
import type {KeptRecord} from './kept-record.ts';

/** A task that was opened, as a session takes it over. */
export interface SessionParts {
  readonly task: PackTask;
  readonly lease: Lease;
  readonly work: Work;
  /** Null when the task belongs to no grid run. */
  readonly record: KeptRecord | null;
  readonly clock: Clock;
  /** `--canary`; undefined: the config's own. */
  readonly canary: number | undefined;
}

/**
 * One task while this process executes it: its lease, its record and its units, opened one by one when there is room.
 * `openTask` opens it; `finish` or `stop` ends it.
 */
export class TaskSession {
  readonly task: PackTask;
  readonly canaries: Canaries;
  readonly totalQuestions: number;
  readonly carriedOver: number;
  readonly #clock: Clock;
  readonly #lease: Lease;
  readonly #work: Work;
  readonly #record: KeptRecord | null;
  readonly #live = new Set<Unit>();
  readonly #canaryUnits = new WeakSet<Unit>();
  #opened = 0;
  #isAbandoned = false;
  /** Records on their way to the disk. */
  readonly #recording = new Set<Promise<void>>();
  succeeded = 0;
  failed = 0;

  constructor({task, lease, work, record, clock, canary = work.canary}: SessionParts) {
    this.task = task;
    this.#clock = clock;
    this.#lease = lease;
    this.#work = work;
    this.#record = record;
    this.totalQuestions = work.total;
    this.carriedOver = work.total - work.left;
    // A task whose questions were answered in an earlier attempt needs no trial.
    this.canaries = new Canaries(this.carriedOver > 0 ? 0 : canary, work.left);
  }

  /** Aborts when the lease is lost to another executor: nothing may be written then. */
  get lost(): AbortSignal {
    return this.#lease.lost;
  }

  get unopened(): number {
    return this.#isAbandoned ? 0 : this.#work.left - this.#opened;
  }

  get live(): ReadonlySet<Unit> {
    return this.#live;
  }

  /** Returns whether all units are over and recorded. */
  get isDrained(): boolean {
    return !this.#isAbandoned && this.unopened === 0 && this.#live.size === 0 && this.#recording.size === 0;
  }

  /** Opens the next unit, not yet started; null when all are open. */
  openUnit(order: number): Unit | null {
    const unit = this.#work.next(order);
    if (!unit) return null;
    this.#opened++;
    const isCanary = this.canaries.unopened > 0;
    this.canaries.opened();
    this.#live.add(unit);
    if (isCanary) this.#canaryUnits.add(unit);
    return unit;
  }

  isCanary(unit: Unit): boolean {
    return this.#canaryUnits.has(unit);
  }

  /** Returns whether a unit that ended gave a result: it succeeded, or its outcome is final by the config. */
  producedResult(unit: Unit): boolean {
    return this.#work.judge(unit).isFinal;
  }

  /**
   * Records a unit that has ended; resolves when it is durable.
   *
   * @throws UserError `cannot-write`, `lease-lost`.
   */
  async record(unit: Unit): Promise<UnitEnd> {
    const end = this.#work.judge(unit);
    this.#live.delete(unit);
    const recording = this.#work.record(unit);
    this.#recording.add(recording);
    try {
      await recording;
    } finally {
      this.#recording.delete(recording);
    }
    if (end.outcome === 'succeeded') this.succeeded++;
    else this.failed++;
    return end;
  }

  /**
   * Closes a drained task: final records, and the lease given back.
   *
   * @throws UserError `cannot-write`, `cannot-read`, `lock-timeout`, `lease-lost`; call `stop` then.
   */
  async finish(): Promise<{outcome: TaskOutcome; summaryPath: string}> {
    const summaryPath = await this.#work.finish();
    const {total, done, succeeded, outcomes, failures} = this.#work.counts();
    const left = total - done;
    const {failure} = this.#work;
    const reason = left === 0 ? undefined : (failure ?? `${left} of ${total} questions failed`);
    await this.#writeRecord(left === 0 ? 'succeeded' : 'started', reason);
    // Only now: a crash in between leaves a record of success and a superfluous manifest, never a task that looks as
    // if it had not begun.
    if (succeeded === total) await this.#work.discard();
    await this.#record?.close();
    await this.#lease.release();
    const outcome: TaskOutcome =
      left === 0
        ? {kind: 'done', succeeded, outcomes, failures}
        : {
            kind: 'incomplete',
            succeeded,
            failed: left,
            left,
            ...(failure === undefined ? {} : {reason: failure}),
            outcomes,
            failures,
          };
    return {outcome, summaryPath};
  }

  /** Abandons the units that are going on: what still comes of them is ignored. */
  abandon(): void {
    this.#isAbandoned = true;
    for (const unit of this.#live) unit.abandoned = true;
    this.#live.clear();
  }

  /**
   * Gives the task up for now: what was finished is recorded, the rest stays null. Never rejects: what cannot be
   * written joins the reason.
   */
  async stop(reason: string): Promise<TaskOutcome> {
    this.abandon();
    // Units on their way to the disk were finished; they count.
    await Promise.allSettled(this.#recording);
    const {total, done, outcomes, failures} = this.#work.counts();
    try {
      await this.#work.abandon();
      await this.#writeRecord('started', reason);
    } catch (error) {
      // The disk that stopped the task may still be full. The journal has what was recorded; the reason goes to the
      // user instead.
      const isLost = error instanceof UserError && error.code === 'lease-lost';
      if (!isLost && !reason.includes(errorMessage(error))) reason = `${reason}; ${errorMessage(error)}`;
    } finally {
      await this.#record?.close();
      await this.#lease.release();
    }
    return {kind: 'stopped', reason, left: total - done, outcomes, failures};
  }

  async #writeRecord(status: 'started' | 'succeeded', reason: string | undefined): Promise<void> {
    await this.#record?.write({
      status,
      completed_at: status === 'succeeded' ? jsonTimestamp(this.#clock.now()) : null,
      questions: recordedCounts(this.#work.counts()),
      ...(reason === undefined ? {} : {reason}),
    });
  }
}
