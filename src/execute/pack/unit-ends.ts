import {UserError} from '../../core/errors.ts';
import type {OnEvent} from '../events.ts';
import type {FailureBudget} from '../guards/failure-budget.ts';
import type {StopSwitch} from '../guards/stop.ts';
import type {Unit, UnitEnd} from '../runner.ts';
import type {TaskSession} from '../task/task-session.ts';
import type {Lanes} from './lanes.ts';
import type {PackTally} from './pack-tally.ts';
import type {TaskEnds} from './task-ends.ts';

export interface UnitEndsOptions {
  readonly lanes: Lanes;
  readonly tally: PackTally;
  readonly taskEnds: TaskEnds;
  readonly failFast: boolean;
  /** Shared with other packs of the same run. */
  readonly failures: FailureBudget;
  readonly stop: StopSwitch;
  readonly emit: OnEvent;
  /** Called when a record is written and there may be room for more conversations. */
  readonly onRoom: () => void;
  readonly onWriteError: (error: UserError) => void;
  readonly onCrash: (error: unknown) => void;
}

/** Units being written; beyond this the disk is slower than the servers, and memory would fill. */
const MAX_RECORDING = 512;

/** Ends the units of a pack: records each, and stops its task or the run where a guard says so. */
export class UnitEnds {
  readonly #options: UnitEndsOptions;
  /** Records that are being written. */
  readonly #records = new Set<Promise<void>>();

  constructor(options: UnitEndsOptions) {
    this.#options = options;
  }

  /** Returns whether no more units may be opened until some of these are on disk. */
  get isFull(): boolean {
    return this.#records.size >= MAX_RECORDING;
  }

  /** Resolves when all units that ended until now are recorded. */
  async settle(): Promise<void> {
    await Promise.all(this.#records);
  }

  /** Takes a unit that ended; its record is written in the background. */
  end(session: TaskSession, unit: Unit): void {
    const {failures, stop, onRoom, onCrash} = this.#options;
    // Count it before it is on disk: meanwhile a fast server could fail many more.
    const message = failures.add(!session.producedResult(unit));
    if (message !== null) stop.request({kind: 'fail-after', message});
    const record = this.#record(session, unit).catch(onCrash);
    this.#records.add(record);
    // Only after this record has left the set: records are written in groups, and within a group that filled the set
    // nothing else would make room.
    void record.finally(() => {
      this.#records.delete(record);
      onRoom();
    });
  }

  async #record(session: TaskSession, unit: Unit): Promise<void> {
    const {lanes, tally, taskEnds, onWriteError} = this.#options;
    try {
      const isCanary = session.isCanary(unit);
      const recorded = await session.record(unit);
      if (recorded.outcome === 'succeeded') tally.succeeded++;
      else this.#reportFailure(session, unit, recorded);
      if (isCanary) {
        session.canaries.ended(session.producedResult(unit) ? null : (recorded.reason ?? recorded.outcome));
        const {verdict} = session.canaries;
        if (verdict !== null) await taskEnds.stop(session, verdict);
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // When another executor has taken the task over, only this task ends.
      if (error.code === 'lease-lost') await taskEnds.stopLost(session);
      else onWriteError(error);
    }
    if (session.isDrained && lanes.isOpen(session)) await taskEnds.finish(session);
  }

  #reportFailure(session: TaskSession, unit: Unit, recorded: UnitEnd): void {
    const {tally, emit, failFast, stop} = this.#options;
    const {outcome, isFinal} = recorded;
    const reason = recorded.reason ?? outcome;
    tally.failed++;
    const {label, kind} = session.task;
    if (kind === 'trial') emit({kind: 'trial-failed', task: label, outcome, reason});
    else emit({kind: 'conversation-failed', task: label, questionId: unit.id, outcome, isFinal, reason});
    // A final outcome is a result like any other.
    if (failFast && !isFinal) {
      // The other tasks stop for it too, so it says which task's question it was.
      const named =
        kind === 'trial' ? label.experiment : `question ${unit.id} of ${label.benchmark}/${label.experiment}`;
      const message = `--fail-fast: ${named} failed: ${reason}`;
      stop.request({kind: 'fail-fast', message});
    }
  }
}
