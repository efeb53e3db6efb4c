import {UserError} from '../../core/errors.ts';
import type {OnEvent} from '../events.ts';
import type {FailureBudget} from '../guards/failure-budget.ts';
import type {StopSwitch} from '../guards/stop.ts';
import type {ConversationRun} from '../task/conversation-run.ts';
import type {RecordedConversation, TaskSession} from '../task/task-session.ts';
import type {Lanes} from './lanes.ts';
import type {PackTally} from './pack-tally.ts';
import type {TaskEnds} from './task-ends.ts';

export interface ConversationEndsOptions {
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

/** Conversations being written; beyond this the disk is slower than the servers, and memory would fill. */
const MAX_RECORDING = 512;

/** Ends the conversations of a pack: records each, and stops its task or the run where a guard says so. */
export class ConversationEnds {
  readonly #options: ConversationEndsOptions;
  /** Records that are being written. */
  readonly #records = new Set<Promise<void>>();

  constructor(options: ConversationEndsOptions) {
    this.#options = options;
  }

  /** Returns whether no more conversations may be opened until some of these are on disk. */
  get isFull(): boolean {
    return this.#records.size >= MAX_RECORDING;
  }

  /** Resolves when all conversations that ended until now are recorded. */
  async settle(): Promise<void> {
    await Promise.all(this.#records);
  }

  /** Takes a finished conversation; its record is written in the background. */
  end(session: TaskSession, run: ConversationRun): void {
    const {failures, stop, onRoom, onCrash} = this.#options;
    // Count it before it is on disk: meanwhile a fast server could fail many more.
    const message = failures.add(!session.producedResult(run));
    if (message !== null) stop.request({kind: 'fail-after', message});
    const record = this.#record(session, run).catch(onCrash);
    this.#records.add(record);
    // Only after this record has left the set: records are written in groups, and within a group that filled the set
    // nothing else would make room.
    void record.finally(() => {
      this.#records.delete(record);
      onRoom();
    });
  }

  async #record(session: TaskSession, run: ConversationRun): Promise<void> {
    const {lanes, tally, taskEnds, onWriteError} = this.#options;
    try {
      const isCanary = session.isCanary(run);
      const recorded = await session.record(run);
      if (recorded.outcome === 'succeeded') tally.succeeded++;
      else this.#reportFailure(session, run, recorded);
      if (isCanary) {
        session.canaries.ended(session.producedResult(run) ? null : (recorded.reason ?? recorded.outcome));
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

  #reportFailure(session: TaskSession, run: ConversationRun, recorded: RecordedConversation): void {
    const {tally, emit, failFast, stop} = this.#options;
    const {outcome, isFinal} = recorded;
    const reason = recorded.reason ?? outcome;
    tally.failed++;
    const {questionId} = run;
    const {label} = session.task;
    emit({kind: 'conversation-failed', task: label, questionId, outcome, isFinal, reason});
    // A final outcome is a result like any other.
    if (failFast && !isFinal) {
      // The other tasks stop for it too, so it says which task's question it was.
      const message = `--fail-fast: question ${questionId} of ${label.benchmark}/${label.experiment} failed: ${reason}`;
      stop.request({kind: 'fail-fast', message});
    }
  }
}
