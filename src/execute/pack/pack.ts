import type {Backend} from '../../backend/backend.ts';
import type {ModelDefinition} from '../../core/task-config.ts';
import type {Clock} from '../../core/clock.ts';
import {deferred} from '../../core/deferred.ts';
import {UserError} from '../../core/errors.ts';
import type {Random} from '../../core/seeds/random.ts';
import type {Layout} from '../../record/layout.ts';
import {Dispatcher} from '../requests/dispatcher.ts';
import {safely, type OnEvent, type Progress, type WaitingRequest} from '../events.ts';
import type {FailureBudget} from '../guards/failure-budget.ts';
import {UnitEnds} from './unit-ends.ts';
import {GridProjector} from './grid-projector.ts';
import {Lanes, type Lane} from './lanes.ts';
import {PackTally} from './pack-tally.ts';
import type {PackTask, TaskOutcome} from '../pack-task.ts';
import type {RunGuards} from '../guards/run-guards.ts';
import {describeStop, type StopCause, type StopSwitch} from '../guards/stop.ts';
import {TaskEnds, userMessage} from './task-ends.ts';
import {TaskOpener} from './task-opener.ts';
import type {GpuSlots} from '../trial/gpu-slots.ts';
import type {TaskSession} from '../task/task-session.ts';

export interface PackOptions {
  readonly tasks: readonly PackTask[];
  readonly layout: Layout;
  readonly clock: Clock;
  readonly random: Random;
  readonly debug: boolean;
  readonly codeVersion: string;
  /** Environment of the processes of trials. */
  readonly trialEnv: Readonly<Record<string, string | undefined>>;
  readonly gpus: GpuSlots;
  readonly createBackend: (definition: ModelDefinition) => Promise<Backend>;
  /** Most tasks that may be open at once. */
  readonly maxParallelTasks: number;
  readonly failFast: boolean;
  readonly guards: RunGuards;
  /** Shared with other packs of the same run. */
  readonly failures: FailureBudget;
  readonly stop: StopSwitch;
  /** Returns how long requests in flight may go on after a stop was requested. */
  readonly graceMs: (cause: StopCause | null) => number;
  readonly onEvent: OnEvent;
}

export interface PackResult {
  /** In the order of `tasks`. */
  readonly outcomes: readonly {readonly task: PackTask; readonly outcome: TaskOutcome}[];
  readonly stopped: StopCause | null;
}

/**
 * Executes tasks side by side: one scheduler for the conversations of all of them, so that no server idles at the tail
 * of a round or of a task. Idempotent: running them again does what is left.
 */
export class Pack {
  readonly #options: PackOptions;
  readonly #emit: OnEvent;
  readonly #dispatcher: Dispatcher;
  readonly #opener: TaskOpener;
  readonly #projector: GridProjector;
  readonly #tally: PackTally;
  readonly #lanes = new Lanes();
  readonly #ends: TaskEnds;
  readonly #unitEnds: UnitEnds;
  readonly #finished = deferred<undefined>();
  /** Units opened so far. */
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
      onGone: (model, reason) => void this.#ends.giveUp(this.#lanes.listByModel(model.key), reason).catch(this.#crash),
      onCrash: this.#crash,
      waitForServerMs: options.guards.waitForServerMs,
    });
    this.#opener = new TaskOpener({
      ...options,
      ...options.guards,
      stopped: options.stop.requested,
      onServer: model => this.#dispatcher.serve(model),
      onTurns: (run, turns, modelKeys) => this.#dispatcher.submit(run, turns, modelKeys),
      onEnded: (session, unit) => this.#unitEnds.end(session, unit),
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
    this.#ends = new TaskEnds({
      lanes: this.#lanes,
      tally: this.#tally,
      emit: this.#emit,
      onEnded: task => this.#projector.touch(task),
      onRoom: () => {
        this.#fill();
        this.#settleIfDone();
      },
      onWriteError: error => this.#stopOnWriteError(error),
    });
    this.#unitEnds = new UnitEnds({
      lanes: this.#lanes,
      tally: this.#tally,
      taskEnds: this.#ends,
      failFast: options.failFast,
      failures: options.failures,
      stop: options.stop,
      emit: this.#emit,
      onRoom: () => this.#fill(),
      onWriteError: error => this.#stopOnWriteError(error),
      onCrash: this.#crash,
    });
  }

  /**
   * Runs all tasks to their outcomes.
   *
   * @throws only what is a bug; mistakes of the user and faults of the machine are in the outcomes.
   */
  async run(): Promise<PackResult> {
    const {tasks, stop} = this.#options;
    this.#emit({kind: 'run-started', tasks: tasks.length, questions: this.#tally.expectedQuestions});
    const onStop = (): void => void this.#shutDown().catch(this.#crash);
    stop.requested.addEventListener('abort', onStop, {once: true});
    try {
      if (stop.cause) onStop();
      this.#lanes.arrange(tasks, (task, error) => this.#ends.end(task, {kind: 'refused', reason: userMessage(error)}));
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
    for (const session of sessions) for (const unit of session.live) blocked += unit.blocked;
    return {
      units: this.#options.tasks[0]?.label.units ?? 'questions',
      tasks: {...this.#tally.taskCounts(), open: sessions.length},
      questions: this.#tally.questions(),
      requests: {...this.#dispatcher.counters(), blocked},
      models: this.#dispatcher.models(),
    };
  }

  waiting(count: number): readonly WaitingRequest[] {
    return this.#dispatcher.waiting(count);
  }

  /** Opens units and tasks while servers have room. Not re-entrant: what it starts may call it again. */
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
    const {maxParallelTasks: maxOpen} = this.#options;
    const openWhile = (session: TaskSession, more: () => boolean): void => {
      while (more() && this.#hasRoom(lane)) session.openUnit(this.#order++)?.start();
    };
    for (const session of lane.open) openWhile(session, () => session.canaries.unopened > 0);
    for (const session of lane.open) {
      if (this.#lanes.mayOpenRest(session, lane, maxOpen)) openWhile(session, () => session.unopened > 0);
    }
    const takeNext = () => this.#lanes.takeNext(lane, {maxOpen, hasRoom: () => this.#hasRoom(lane)});
    for (let task = takeNext(); task; task = takeNext()) void this.#open(task, lane).catch(this.#crash);
  }

  #hasRoom(lane: Lane): boolean {
    if (this.#unitEnds.isFull) return false;
    // Trials ask no model of ours: only the number of open tasks bounds them.
    return lane.modelKeys.length === 0 || this.#dispatcher.room(lane.modelKeys) > 0;
  }

  async #open(task: PackTask, lane: Lane): Promise<void> {
    lane.opening.add(task);
    try {
      const opened = await this.#opener.open(task);
      if ('refused' in opened) this.#ends.refuse(task, opened.refused);
      else if ('done' in opened) this.#ends.recordAlreadyDone(task, opened.done);
      else this.#start(opened, lane);
    } catch (error) {
      if (!(error instanceof UserError)) {
        if (error !== this.#options.stop.requested.reason) throw error;
        this.#ends.refuse(task, 'stopped while it was being opened');
      } else if (error.code === 'cannot-write') this.#stopOnWriteError(error);
      else if (error.code === 'server-unusable') this.#ends.refuseLane(task, lane, userMessage(error));
      else this.#ends.refuse(task, userMessage(error));
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
    session.lost.addEventListener('abort', () => void this.#ends.stopLost(session).catch(this.#crash), {once: true});
    // A server may have been given up while the task was being opened; the task was reported with it then.
    const gone = this.#stopping ? null : this.#dispatcher.goneBecause(lane.modelKeys);
    if (this.#stopping) void this.#ends.stop(session, this.#stopReason()).catch(this.#crash);
    else if (gone !== null) void this.#ends.stop(session, gone, {isReported: true}).catch(this.#crash);
    else if (session.isDrained) void this.#ends.finish(session).catch(this.#crash);
  }

  /** Stops the run when a record cannot be written: going on would spend requests whose answers are lost. */
  #stopOnWriteError(error: UserError): void {
    this.#options.stop.request({kind: 'cannot-write', message: userMessage(error)});
  }

  /** Stops: no new requests, a grace period for those in flight, then everything is written and closed. */
  async #shutDown(): Promise<void> {
    const {stop} = this.#options;
    const graceMs = this.#options.graceMs(stop.cause);
    this.#stopping = true;
    this.#dispatcher.stop();
    const reason = this.#stopReason();
    this.#emit({kind: 'stopping', reason, inFlight: this.#dispatcher.inFlight, graceMs});
    // It runs until everything has ended: opening tasks and writing records have to end in time, too.
    this.#graceTimer = setTimeout(() => stop.expire(), graceMs);
    await this.#dispatcher.idle();
    await this.#opener.idle();
    await this.#unitEnds.settle();
    await this.#ends.stopAll(reason);
    this.#settleIfDone();
  }

  #stopReason(): string {
    const {cause} = this.#options.stop;
    return cause ? describeStop(cause) : 'stopped';
  }

  #settleIfDone(): void {
    if (this.#lanes.areEmpty && !this.#ends.areWriting) this.#finished.resolve(undefined);
  }

  readonly #crash = (error: unknown): void => this.#finished.reject(error);
}
