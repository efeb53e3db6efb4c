import type {ChatReply} from '../../backend/backend.ts';
import type {TaskConfig} from '../../core/task-config.ts';
import {Conversation, type Step} from '../../conversation/conversation.ts';
import type {Turn} from '../../conversation/turn.ts';
import type {Clock} from '../../core/clock.ts';
import {makeIsFinal, type ConversationOutcome, type IsFinal} from '../../core/conversation-outcome.ts';
import {errorMessage, UserError} from '../../core/errors.ts';
import type {Question} from '../../questions/question.ts';
import type {Layout} from '../../record/layout.ts';
import type {Lease} from '../../record/lease/lease.ts';
import {describeEnd} from '../../record/task/failure-words.ts';
import {recordedCounts} from '../../record/task/question-states.ts';
import type {TaskRecorder} from '../../record/task/task-recorder.ts';
import {jsonTimestamp} from '../../record/disk/timestamps.ts';
import {Canaries} from '../guards/canaries.ts';
import {ConversationRun, type ConversationOwner} from './conversation-run.ts';
import {describeFinished, type ConversationOrigin} from './finished-conversation.ts';
import type {FitWatch, FittedTask} from '../guards/fit-watch.ts';
import type {LoadedTask, PackTask, TaskOutcome} from '../pack-task.ts';
import type {KeptRecord} from './kept-record.ts';
import {RequestSettings} from './request-settings.ts';
import {mapModelKeys} from './task-models.ts';

/** The pack of a session, as the session needs it. */
export interface SessionContext {
  readonly layout: Layout;
  readonly clock: Clock;
  /** MAC_FAIRNESS_DEBUG_FLAG=1. */
  readonly debug: boolean;
  /** `--canary`; absent: the config's own. */
  readonly canary?: number | undefined;
  readonly fit: FitWatch;
  readonly onStep: (session: TaskSession, run: ConversationRun, step: Step) => void;
}

/** A task that was opened, as a session takes it over. */
export interface SessionParts {
  readonly context: SessionContext;
  readonly task: PackTask;
  readonly loaded: LoadedTask;
  readonly lease: Lease;
  readonly recorder: TaskRecorder;
  readonly planned: readonly Question[];
  /** Null when the task belongs to no grid run. */
  readonly record: KeptRecord | null;
  /** The task as every record of its conversations names it. */
  readonly origin: ConversationOrigin;
}

/** A conversation that is on disk now. */
export interface RecordedConversation {
  readonly outcome: ConversationOutcome;
  /** True when the question is done. */
  readonly isFinal: boolean;
  readonly reason: string | null;
}

/**
 * One task while this process executes it: its lease, its recorder and its conversations, opened one by one when there
 * is room. `openTask` opens it; `finish` or `stop` ends it.
 */
export class TaskSession implements ConversationOwner, FittedTask {
  readonly task: PackTask;
  readonly modelKeys: ReadonlyMap<string, string>;
  readonly planned: readonly Question[];
  readonly requests: RequestSettings;
  readonly canaries: Canaries;
  readonly totalQuestions: number;
  readonly carriedOver: number;
  readonly #context: SessionContext;
  readonly #loaded: LoadedTask;
  readonly #lease: Lease;
  readonly #recorder: TaskRecorder;
  readonly #record: KeptRecord | null;
  readonly #questionById: ReadonlyMap<string, Question>;
  readonly #live = new Set<ConversationRun>();
  readonly #canaryRuns = new WeakSet<ConversationRun>();
  readonly #origin: ConversationOrigin;
  readonly #isFinal: IsFinal;
  #next = 0;
  #isAbandoned = false;
  /** Records on their way to the disk. */
  readonly #recording = new Set<Promise<void>>();
  succeeded = 0;
  failed = 0;

  constructor(parts: SessionParts) {
    const {context, task, loaded} = parts;
    const {config} = loaded;
    this.task = task;
    this.#context = context;
    this.#loaded = loaded;
    this.#lease = parts.lease;
    this.#recorder = parts.recorder;
    this.#record = parts.record;
    this.#origin = parts.origin;
    this.#isFinal = makeIsFinal(config);
    this.planned = parts.planned;
    this.#questionById = new Map(parts.planned.map(question => [question.question_id, question]));
    this.totalQuestions = parts.planned.length;
    this.carriedOver = this.totalQuestions - parts.recorder.pending.length;
    const {canary = config.execution_config?.canary ?? 0} = context;
    // A task whose questions were answered in an earlier attempt needs no trial.
    this.canaries = new Canaries(this.carriedOver > 0 ? 0 : canary, parts.recorder.pending.length);
    this.modelKeys = mapModelKeys(config);
    this.requests = new RequestSettings(loaded);
  }

  get jobTaskId(): string {
    return this.task.jobTaskId;
  }

  get config(): TaskConfig {
    return this.#loaded.config;
  }

  /** Aborts when the lease is lost to another executor: nothing may be written then. */
  get lost(): AbortSignal {
    return this.#lease.lost;
  }

  get unopened(): number {
    return this.#isAbandoned ? 0 : this.#recorder.pending.length - this.#next;
  }

  get live(): ReadonlySet<ConversationRun> {
    return this.#live;
  }

  /** Returns whether all conversations are over and recorded. */
  get isDrained(): boolean {
    return !this.#isAbandoned && this.unopened === 0 && this.#live.size === 0 && this.#recording.size === 0;
  }

  /** Opens the next pending question as a conversation that is not yet started; null when all are open. */
  openConversation(order: number): ConversationRun | null {
    const pending = this.#recorder.pending[this.#next];
    if (!pending) return null;
    this.#next++;
    const isCanary = this.canaries.unopened > 0;
    this.canaries.opened();
    const question = this.#questionById.get(pending.question_id);
    if (!question) throw new Error(`Internal error: pending question ${pending.question_id} is not in the file`);
    const run = new ConversationRun({
      owner: this,
      order,
      question,
      transcriptId: pending.transcript_id,
      earlierTries: pending.tries,
      conversation: new Conversation({
        question,
        config: this.config,
        seed: `${this.#loaded.seed}/${question.question_id}`,
        debug: this.#context.debug,
      }),
      startedAtMs: this.#context.clock.now(),
    });
    this.#live.add(run);
    if (isCanary) this.#canaryRuns.add(run);
    return run;
  }

  isCanary(run: ConversationRun): boolean {
    return this.#canaryRuns.has(run);
  }

  /** Returns whether a finished conversation gave a result: it succeeded, or its outcome is final by the config. */
  producedResult(run: ConversationRun): boolean {
    const {outcome} = run.conversation.result();
    return outcome === 'succeeded' || this.#isFinal(outcome);
  }

  onReply(turn: Turn, reply: ChatReply): void {
    this.#context.fit.onReply(this, turn, reply);
  }

  onStep(run: ConversationRun, step: Step): void {
    this.#context.onStep(this, run, step);
  }

  /**
   * Records a finished conversation; resolves when it is durable.
   *
   * @throws UserError `cannot-write`, `lease-lost`.
   */
  async record(run: ConversationRun): Promise<RecordedConversation> {
    const finished = describeFinished(run, this.#origin, this.#context.clock.now());
    const {outcome, error} = run.conversation.result();
    this.#live.delete(run);
    const recording = this.#recorder.record(finished);
    this.#recording.add(recording);
    try {
      await recording;
    } finally {
      this.#recording.delete(recording);
    }
    if (outcome === 'succeeded') this.succeeded++;
    else this.failed++;
    return {
      outcome,
      isFinal: this.#isFinal(outcome),
      reason: error && describeEnd(error),
    };
  }

  /**
   * Closes a drained task: final records, and the lease given back.
   *
   * @throws UserError `cannot-write`, `cannot-read`, `lock-timeout`, `lease-lost`; call `stop` then.
   */
  async finish(): Promise<{outcome: TaskOutcome; summaryPath: string}> {
    const {complete, total, done, succeeded, outcomes, failures, summaryPath} = await this.#recorder.finish();
    const left = total - done;
    const reason = complete ? undefined : `${left} of ${total} questions failed`;
    await this.#writeRecord(complete ? 'succeeded' : 'started', reason);
    // Only now: a crash in between leaves a record of success and a superfluous manifest, never a task that looks as
    // if it had not begun.
    if (succeeded === total) await this.#recorder.discard();
    await this.#record?.close();
    await this.#lease.release();
    const outcome: TaskOutcome = complete
      ? {kind: 'done', succeeded, outcomes, failures}
      : {kind: 'incomplete', succeeded, failed: left, left, outcomes, failures};
    return {outcome, summaryPath};
  }

  /** Abandons the conversations that are going on: replies that still come are ignored. */
  abandon(): void {
    this.#isAbandoned = true;
    for (const run of this.#live) run.abandoned = true;
    this.#live.clear();
  }

  /**
   * Gives the task up for now: what was finished is recorded, the rest stays null. Never rejects: what cannot be
   * written joins the reason.
   */
  async stop(reason: string): Promise<TaskOutcome> {
    this.abandon();
    // Conversations on their way to the disk were finished; they count.
    await Promise.allSettled(this.#recording);
    const {total, done, outcomes, failures} = this.#recorder.counts();
    try {
      await this.#recorder.abandon();
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
      completed_at: status === 'succeeded' ? jsonTimestamp(this.#context.clock.now()) : null,
      questions: recordedCounts(this.#recorder.counts()),
      ...(reason === undefined ? {} : {reason}),
    });
  }
}
