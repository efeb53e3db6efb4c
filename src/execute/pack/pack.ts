import type {Backend} from '../../backend/backend.ts';
import type {ModelDefinition} from '../../core/task-config.ts';
import type {Step} from '../../conversation/conversation.ts';
import type {Clock} from '../../core/clock.ts';
import {deferred} from '../../core/deferred.ts';
import {errorMessage, UserError} from '../../core/errors.ts';
import type {Random} from '../../core/random.ts';
import type {Layout} from '../../record/layout.ts';
import type {ConversationRun} from '../task/conversation-run.ts';
import {Dispatcher} from '../requests/dispatcher.ts';
import {safely, type OnEvent, type Progress, type WaitingRequest} from '../events.ts';
import type {FailureBudget} from '../guards/failure-budget.ts';
import {GridProjector} from './grid-projector.ts';
import {Lanes, type Lane} from './lanes.ts';
import {PackTally} from './pack-tally.ts';
import type {PackTask, TaskOutcome} from './pack-task.ts';
import type {ServedModel} from '../requests/served-model.ts';
import type {RunGuards} from '../guards/run-guards.ts';
import {describeStop, type StopCause, type StopSwitch} from '../guards/stop.ts';
import {TaskOpener} from './task-opener.ts';
import type {RecordedConversation, TaskSession} from '../task/task-session.ts';

export interface PackOptions {
  readonly tasks: readonly PackTask[];
  readonly layout: Layout;
  readonly clock: Clock;
  readonly random: Random;
  readonly debug: boolean;
  readonly codeVersion: string;
  readonly createBackend: (definition: ModelDefinition) => Promise<Backend>;
  /** How many tasks may be open at once. */
  readonly maxParallelTasks: number;
  readonly failFast: boolean;
  readonly guards: RunGuards;
  /** Shared with other packs of the same run. */
  readonly failures: FailureBudget;
  readonly stop: StopSwitch;
  /** How long requests in flight may still finish after a stop was asked for. */
  readonly graceMs: (cause: StopCause | null) => number;
  readonly onEvent: OnEvent;
}

export interface PackResult {
  /** In the order of `tasks`. */
  readonly outcomes: readonly {readonly task: PackTask; readonly outcome: TaskOutcome}[];
  readonly stopped: StopCause | null;
}

/**
 * Conversations whose records are on their way to the disk; beyond this the disk is slower than the servers, and memory
 * would fill.
 */
const MAX_RECORDING = 512;

const TAKEN_OVER = 'another executor took this task over';

/**
 * Executes tasks side by side: one scheduler over the conversations of all of them, so that no server idles at the tail
 * of a round or of a task. Idempotent: run it again and it does what is left.
 */
export class Pack {
  readonly #options: PackOptions;
  readonly #emit: OnEvent;
  readonly #dispatcher: Dispatcher;
  readonly #opener: TaskOpener;
  readonly #projector: GridProjector;
  readonly #tally: PackTally;
  readonly #lanes = new Lanes();
  readonly #finished = deferred<undefined>();
  /** Records that are being written. */
  readonly #records = new Set<Promise<void>>();
  /** Sessions that are writing their last records. */
  #closing = 0;
  /** Conversations opened so far. */
  #order = 0;
  #filling = false;
  #stopping = false;
  #graceTimer: NodeJS.Timeout | null = null;

  constructor(options: PackOptions) {
    this.#options = options;
    this.#emit = safely(options.onEvent);
    this.#dispatcher = new Dispatcher({
      clock: options.clock,
      random: options.random,
      expired: options.stop.expired,
      onRoom: () => this.#fill(),
      onGone: (model, reason) => void this.#handleServerGone(model, reason).catch(this.#crash),
      onCrash: this.#crash,
      waitForServerMs: options.guards.waitForServerMs,
    });
    this.#opener = new TaskOpener({
      ...options,
      ...options.guards,
      stopped: options.stop.requested,
      onServer: model => this.#dispatcher.serve(model),
      onStep: (session, run, step) => this.#onStep(session, run, step),
      onWarning: message => this.#emit({kind: 'warning', message}),
      onServerNews: text => this.#emit({kind: 'server-news', text}),
    });
    this.#projector = new GridProjector({
      layout: options.layout,
      clock: options.clock,
      random: options.random,
      onError: error => (error instanceof UserError ? this.#stopOnWriteError(error) : this.#crash(error)),
    });
    this.#tally = new PackTally(options.tasks);
  }

  /**
   * Runs all tasks to their outcomes.
   *
   * @throws what is our own bug; what the user or the machine did wrong is in the outcomes.
   */
  async run(): Promise<PackResult> {
    const {tasks, stop} = this.#options;
    this.#emit({kind: 'run-started', tasks: tasks.length, questions: this.#tally.expectedQuestions});
    const onStop = (): void => void this.#shutDown().catch(this.#crash);
    stop.requested.addEventListener('abort', onStop, {once: true});
    try {
      if (stop.cause) onStop();
      this.#lanes.arrange(tasks, (task, error) => this.#end(task, {kind: 'refused', reason: userMessage(error)}));
      this.#settleIfDone();
      this.#fill();
      await this.#finished.promise;
    } finally {
      stop.requested.removeEventListener('abort', onStop);
      if (this.#graceTimer) clearTimeout(this.#graceTimer);
      await this.#dispatcher.close();
    }
    await this.#projector.flush().catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      this.#stopOnWriteError(error);
    });
    return {outcomes: this.#tally.outcomes(stop.cause), stopped: stop.cause};
  }

  progress(): Progress {
    const {sessions} = this.#lanes;
    let blocked = 0;
    for (const session of sessions) for (const run of session.live) blocked += run.blocked;
    return {
      tasks: {...this.#tally.taskCounts(), open: sessions.length},
      questions: this.#tally.questions(),
      requests: {...this.#dispatcher.counters(), blocked},
      models: this.#dispatcher.models(),
    };
  }

  waiting(count: number): readonly WaitingRequest[] {
    return this.#dispatcher.waiting(count);
  }

  /**
   * Opens conversations and tasks while servers have room. Not re-entrant: starting a conversation may ask for it
   * again.
   */
  #fill(): void {
    if (this.#filling || this.#stopping) return;
    this.#filling = true;
    try {
      for (const lane of this.#lanes) this.#fillLane(lane);
      this.#dispatcher.setConversationsLeft(this.#tally.conversationsLeft);
    } finally {
      this.#filling = false;
    }
  }

  #fillLane(lane: Lane): void {
    const openWhile = (session: TaskSession, more: () => boolean): void => {
      while (more() && this.#hasRoom(lane)) session.openConversation(this.#order++)?.start();
    };
    for (const session of lane.open) openWhile(session, () => session.canaries.unopened > 0);
    for (const session of lane.open) {
      if (this.#canariesAllowMore(session, lane)) openWhile(session, () => session.unopened > 0);
    }
    const {maxParallelTasks: maxOpen} = this.#options;
    const takeNext = () => this.#lanes.takeNext(lane, {maxOpen, hasRoom: () => this.#hasRoom(lane)});
    for (let task = takeNext(); task; task = takeNext()) void this.#open(task, lane).catch(this.#crash);
  }

  /** The rest of a task goes after the canaries of all tasks of its lane, as far as they can be open at once. */
  #canariesAllowMore({canaries}: TaskSession, lane: Lane): boolean {
    if (!canaries.exist) return true;
    if (!canaries.areOver || canaries.verdict !== null) return false;
    if (this.#lanes.isFull(this.#options.maxParallelTasks)) return true;
    const othersAreOver = [...lane.open].every(other => other.canaries.areOver);
    return othersAreOver && lane.queue.length === 0 && lane.opening.size === 0;
  }

  #hasRoom(lane: Lane): boolean {
    return this.#records.size < MAX_RECORDING && this.#dispatcher.room(lane.modelKeys) > 0;
  }

  async #open(task: PackTask, lane: Lane): Promise<void> {
    lane.opening.add(task);
    try {
      const opened = await this.#opener.open(task);
      if ('refused' in opened) this.#refuse(task, opened.refused);
      else if ('done' in opened) this.#recordAlreadyDone(task, opened.done);
      else this.#start(opened, lane);
    } catch (error) {
      if (!(error instanceof UserError)) {
        if (error !== this.#options.stop.requested.reason) throw error;
        this.#refuse(task, 'stopped while it was being opened');
      } else if (error.code === 'cannot-write') this.#stopOnWriteError(error);
      else if (error.code === 'server-unusable') this.#refuseLane(task, lane, userMessage(error));
      else this.#refuse(task, userMessage(error));
    } finally {
      lane.opening.delete(task);
      this.#fill();
      this.#settleIfDone();
    }
  }

  #start(session: TaskSession, lane: Lane): void {
    this.#lanes.add(session, lane);
    this.#tally.carriedOver += session.carriedOver;
    this.#projector.touch(session.task);
    this.#emit({
      kind: 'task-started',
      task: session.task.label,
      pending: session.unopened,
      total: session.totalQuestions,
    });
    session.lost.addEventListener('abort', () => void this.#stopSession(session, TAKEN_OVER).catch(this.#crash), {
      once: true,
    });
    // A server can have been given up while the task was being opened; it was named then.
    const gone = this.#stopping ? null : this.#dispatcher.goneBecause(lane.modelKeys);
    if (this.#stopping) void this.#stopSession(session, this.#stopReason()).catch(this.#crash);
    else if (gone !== null) void this.#stopSession(session, gone, {isTold: true}).catch(this.#crash);
    else if (session.isDrained) void this.#finish(session).catch(this.#crash);
  }

  #onStep(session: TaskSession, run: ConversationRun, step: Step): void {
    this.#dispatcher.submit(run, step.ready, session.modelKeys);
    if (!step.finished) return;
    // Not only when it is on disk: meanwhile a fast server would fail many more.
    const message = this.#options.failures.add(!session.producedResult(run));
    if (message !== null) this.#options.stop.request({kind: 'fail-after', message});
    const record = this.#record(session, run).catch(this.#crash);
    this.#records.add(record);
    // Room is looked for after the record has made some: records come in groups, and of a group that took all the room
    // none would find any before.
    void record.finally(() => {
      this.#records.delete(record);
      this.#fill();
    });
  }

  async #record(session: TaskSession, run: ConversationRun): Promise<void> {
    try {
      const isCanary = session.isCanary(run);
      const recorded = await session.record(run);
      if (recorded.outcome === 'succeeded') this.#tally.succeeded++;
      else this.#reportFailedConversation(session, run, recorded);
      if (isCanary)
        await this.#judgeCanary(session, session.producedResult(run) ? null : (recorded.reason ?? recorded.outcome));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      await this.#handleRecordError(session, error);
    }
    if (session.isDrained && this.#lanes.isOpen(session)) await this.#finish(session);
  }

  /** Stops a task whose canaries all failed. @param failure null where there is a datum. */
  async #judgeCanary(session: TaskSession, failure: string | null): Promise<void> {
    session.canaries.ended(failure);
    const {verdict} = session.canaries;
    if (verdict !== null) await this.#stopSession(session, verdict);
  }

  #reportFailedConversation(session: TaskSession, run: ConversationRun, recorded: RecordedConversation): void {
    const {outcome, isFinal} = recorded;
    const reason = recorded.reason ?? outcome;
    this.#tally.failed++;
    const {questionId} = run;
    const {label} = session.task;
    this.#emit({kind: 'conversation-failed', task: label, questionId, outcome, isFinal, reason});
    // A final outcome is a datum like any other.
    if (this.#options.failFast && !isFinal) {
      // Also what the other tasks stop for: so it says which task's question it was.
      const message = `--fail-fast: question ${questionId} of ${label.benchmark}/${label.experiment} failed: ${reason}`;
      this.#options.stop.request({kind: 'fail-fast', message});
    }
  }

  async #finish(session: TaskSession): Promise<void> {
    this.#lanes.remove(session);
    this.#closing++;
    try {
      const {outcome, summaryPath} = await session.finish();
      this.#emit({
        kind: 'task-finished',
        task: session.task.label,
        succeeded: session.carriedOver + session.succeeded,
        failed: session.failed,
        total: session.totalQuestions,
        outcomes: 'outcomes' in outcome ? (outcome.outcomes ?? {}) : {},
        summaryPath,
      });
      this.#end(session.task, outcome);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#end(session.task, await session.stop(error.message));
      if (error.code !== 'lease-lost') this.#stopOnWriteError(error);
    } finally {
      this.#closing--;
    }
    this.#fill();
    this.#settleIfDone();
  }

  /** A task that another executor has taken over is only this task's end; a disk that takes no records ends the run. */
  async #handleRecordError(session: TaskSession, error: UserError): Promise<void> {
    if (error.code === 'lease-lost') await this.#stopSession(session, TAKEN_OVER);
    else this.#stopOnWriteError(error);
  }

  async #stopSession(session: TaskSession, reason: string, {isTold = false} = {}): Promise<void> {
    if (!this.#lanes.isOpen(session)) return;
    this.#lanes.remove(session);
    this.#closing++;
    const outcome = await session.stop(reason).finally(() => this.#closing--);
    if (outcome.kind === 'stopped' && !isTold) {
      this.#emit({kind: 'task-stopped', task: session.task.label, reason: outcome.reason, left: outcome.left});
    }
    this.#end(session.task, outcome);
    this.#fill();
    this.#settleIfDone();
  }

  #recordAlreadyDone(task: PackTask, succeeded: number): void {
    this.#tally.carriedOver += succeeded;
    this.#end(task, {kind: 'done', succeeded, outcomes: {}, failures: []});
  }

  #refuse(task: PackTask, reason: string): void {
    this.#emit({kind: 'task-refused', task: task.label, reason});
    this.#end(task, {kind: 'refused', reason});
  }

  /** A server that cannot be used is no use to the other tasks that need it either: said once for all of them. */
  #refuseLane(task: PackTask, lane: Lane, reason: string): void {
    const tasks = [task, ...lane.queue.splice(0)];
    this.#emit({kind: 'tasks-given-up', tasks: tasks.map(({label}) => label), reason});
    for (const each of tasks) this.#end(each, {kind: 'refused', reason});
  }

  #end(task: PackTask, outcome: TaskOutcome): void {
    this.#tally.end(task, outcome);
    this.#projector.touch(task);
  }

  /**
   * A server is given up: the open tasks that need it stop, the waiting ones are not begun. Their questions stay null.
   */
  async #handleServerGone(model: ServedModel, reason: string): Promise<void> {
    const lanes = this.#lanes.listByModel(model.key);
    const open = lanes.flatMap(lane => [...lane.open]);
    // Before anything is awaited: nothing of them may be opened or recorded as failed any more.
    const waiting = lanes.flatMap(lane => lane.queue.splice(0));
    for (const session of open) session.abandon();
    const opening = lanes.flatMap(lane => [...lane.opening]);
    const labels = [...open.map(({task}) => task), ...opening, ...waiting].map(({label}) => label);
    this.#emit({kind: 'tasks-given-up', tasks: labels, reason});
    for (const task of waiting) this.#end(task, {kind: 'stopped', reason, left: task.expectedQuestions});
    for (const session of open) await this.#stopSession(session, reason, {isTold: true});
    this.#settleIfDone();
  }

  /** A disk that cannot take a record stops the run: going on would only spend requests whose answers are lost. */
  #stopOnWriteError(error: UserError): void {
    this.#options.stop.request({kind: 'cannot-write', message: userMessage(error)});
  }

  /**
   * The two steps of stopping: no new requests, a grace period for those in flight, then everything written and closed.
   */
  async #shutDown(): Promise<void> {
    const {stop} = this.#options;
    const graceMs = this.#options.graceMs(stop.cause);
    this.#stopping = true;
    this.#dispatcher.stop();
    const reason = this.#stopReason();
    this.#emit({kind: 'stopping', reason, inFlight: this.#dispatcher.inFlight, graceMs});
    // It runs until the end: what opens or writes has to come to one, too.
    this.#graceTimer = setTimeout(() => stop.expire(), graceMs);
    await this.#dispatcher.idle();
    await Promise.all(this.#records);
    for (const session of this.#lanes.sessions) {
      if (!session.isDrained) await this.#stopSession(session, reason);
    }
    for (const lane of this.#lanes) lane.queue.length = 0;
    this.#settleIfDone();
  }

  #stopReason(): string {
    const {cause} = this.#options.stop;
    return cause ? describeStop(cause) : 'stopped';
  }

  #settleIfDone(): void {
    if (this.#lanes.areEmpty && this.#closing === 0) this.#finished.resolve(undefined);
  }

  readonly #crash = (error: unknown): void => this.#finished.reject(error);
}

function userMessage(error: unknown): string {
  return error instanceof UserError && error.hint !== undefined
    ? `${error.message} (${error.hint})`
    : errorMessage(error);
}
