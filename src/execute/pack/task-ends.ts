import {errorMessage, UserError} from '../../core/errors.ts';
import type {OnEvent} from '../events.ts';
import type {PackTask, TaskOutcome} from '../pack-task.ts';
import type {TaskSession} from '../task/task-session.ts';
import type {Lane, Lanes} from './lanes.ts';
import type {PackTally} from './pack-tally.ts';

export interface TaskEndsOptions {
  readonly lanes: Lanes;
  readonly tally: PackTally;
  readonly emit: OnEvent;
  readonly onEnded: (task: PackTask) => void;
  /** Called when a session is over: others may be opened, or all are done. */
  readonly onRoom: () => void;
  readonly onWriteError: (error: UserError) => void;
}

/** Ends the tasks of a pack, in every way in which a task can end. */
export class TaskEnds {
  readonly #options: TaskEndsOptions;
  /** Number of sessions that are writing their last records. */
  #closing = 0;

  constructor(options: TaskEndsOptions) {
    this.#options = options;
  }

  get areWriting(): boolean {
    return this.#closing > 0;
  }

  /** Ends a task whose questions are all asked, and writes its last records. */
  async finish(session: TaskSession): Promise<void> {
    this.#options.lanes.remove(session);
    this.#closing++;
    try {
      const {outcome, summaryPath} = await session.finish();
      this.#options.emit({
        kind: 'task-finished',
        task: session.task.label,
        succeeded: session.carriedOver + session.succeeded,
        failed: session.failed,
        total: session.totalQuestions,
        outcomes: 'outcomes' in outcome ? (outcome.outcomes ?? {}) : {},
        summaryPath,
      });
      this.end(session.task, outcome);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.end(session.task, await session.stop(error.message));
      if (error.code !== 'lease-lost') this.#options.onWriteError(error);
    } finally {
      this.#closing--;
    }
    this.#options.onRoom();
  }

  /** Ends an open task that has questions left. @param isReported true when its end was reported with others. */
  async stop(session: TaskSession, reason: string, {isReported = false} = {}): Promise<void> {
    if (!this.#options.lanes.isOpen(session)) return;
    this.#options.lanes.remove(session);
    this.#closing++;
    const outcome = await session.stop(reason).finally(() => this.#closing--);
    if (outcome.kind === 'stopped' && !isReported) {
      this.#options.emit({kind: 'task-stopped', task: session.task.label, reason: outcome.reason, left: outcome.left});
    }
    this.end(session.task, outcome);
    this.#options.onRoom();
  }

  /** Ends an open task whose lease was lost. */
  async stopLost(session: TaskSession): Promise<void> {
    await this.stop(session, 'another executor took this task over');
  }

  /** Ends a task all of whose questions, `succeeded` in number, were done by another executor. */
  recordAlreadyDone(task: PackTask, succeeded: number): void {
    this.#options.tally.carriedOver += succeeded;
    this.end(task, {kind: 'done', succeeded, outcomes: {}, failures: []});
  }

  /** Ends a task that cannot be opened. */
  refuse(task: PackTask, reason: string): void {
    this.#options.emit({kind: 'task-refused', task: task.label, reason});
    this.end(task, {kind: 'refused', reason});
  }

  /** Refuses a task and all that wait for the same servers, which cannot be used, in one report. */
  refuseLane(task: PackTask, lane: Lane, reason: string): void {
    const tasks = [task, ...lane.queue.splice(0)];
    this.#options.emit({kind: 'tasks-given-up', tasks: tasks.map(({label}) => label), reason});
    for (const each of tasks) this.end(each, {kind: 'refused', reason});
  }

  end(task: PackTask, outcome: TaskOutcome): void {
    this.#options.tally.end(task, outcome);
    this.#options.onEnded(task);
  }

  /** Gives up lanes whose server is gone: open tasks stop, waiting ones do not begin. Their questions stay null. */
  async giveUp(lanes: readonly Lane[], reason: string): Promise<void> {
    const open = lanes.flatMap(lane => [...lane.open]);
    // Before anything is awaited: none of these may be opened or recorded as failed any more.
    const waiting = lanes.flatMap(lane => lane.queue.splice(0));
    for (const session of open) session.abandon();
    const opening = lanes.flatMap(lane => [...lane.opening]);
    const labels = [...open.map(({task}) => task), ...opening, ...waiting].map(({label}) => label);
    this.#options.emit({kind: 'tasks-given-up', tasks: labels, reason});
    for (const task of waiting) this.end(task, {kind: 'stopped', reason, left: task.expectedQuestions});
    for (const session of open) await this.stop(session, reason, {isReported: true});
    this.#options.onRoom();
  }

  /** Stops every session that has questions left, and empties the queues. */
  async stopAll(reason: string): Promise<void> {
    const {lanes} = this.#options;
    for (const session of lanes.sessions) {
      if (!session.isDrained) await this.stop(session, reason);
    }
    for (const lane of lanes) lane.queue.length = 0;
  }
}

/** Returns what an error says, with what to do about it. */
export function userMessage(error: unknown): string {
  return error instanceof UserError && error.hint !== undefined
    ? `${error.message} (${error.hint})`
    : errorMessage(error);
}
