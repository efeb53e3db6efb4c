import type {ChatReply, Sampling} from '../../backend/backend.ts';
import {pickSampling} from '../../backend/sent-options.ts';
import type {TaskConfig} from '../../core/task-config.ts';
import {Conversation, type Step} from '../../conversation/conversation.ts';
import type {Turn} from '../../conversation/turn.ts';
import type {Clock} from '../../core/clock.ts';
import {makeIsFinal, type ConversationOutcome, type IsFinal} from '../../core/conversation-outcome.ts';
import {errorMessage, UserError} from '../../core/errors.ts';
import {requestSeed} from '../../core/seeds/request-seed.ts';
import type {Question} from '../../questions/question.ts';
import type {Fence} from '../../record/lease/fence.ts';
import type {Layout} from '../../record/layout.ts';
import type {Lease} from '../../record/lease/lease.ts';
import {describeEnd} from '../../record/task/failure-words.ts';
import {recordedCounts} from '../../record/task/question-states.ts';
import {writeTaskRecord, type TaskRecord} from '../../record/task/task-record.ts';
import type {TaskRecorder} from '../../record/task/task-recorder.ts';
import {jsonTimestamp} from '../../record/disk/timestamps.ts';
import {Canaries} from '../guards/canaries.ts';
import {ConversationRun, type ConversationOwner} from './conversation-run.ts';
import {describeFinished, type ConversationOrigin} from './finished-conversation.ts';
import type {FitWatch, FittedTask} from '../guards/fit-watch.ts';
import type {LoadedTask, PackTask, TaskOutcome} from '../pack-task.ts';
import {mapModelKeys} from './task-models.ts';

/** What a session uses of the pack it runs in. */
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

/** What opening a task found and made. */
export interface SessionParts {
  readonly context: SessionContext;
  readonly task: PackTask;
  readonly loaded: LoadedTask;
  readonly lease: Lease;
  readonly recorder: TaskRecorder;
  readonly planned: readonly Question[];
  readonly record: TaskRecord;
  /** Around the record; null when the task belongs to no grid run. */
  readonly recordFence: Fence | null;
  /** What every record of a conversation says of the task it came from. */
  readonly origin: ConversationOrigin;
}

/** How a conversation ended that is on disk now. */
export interface RecordedConversation {
  readonly outcome: ConversationOutcome;
  /** Whether the question is done. */
  readonly isFinal: boolean;
  readonly reason: string | null;
}

/**
 * One task while this process executes it: its lease, its recorder, and its conversations, opened one by one as there
 * is room. Open it with `openTask`, end it with `finish` or `stop`.
 */
export class TaskSession implements ConversationOwner, FittedTask {
  readonly task: PackTask;
  readonly modelKeys: ReadonlyMap<string, string>;
  readonly planned: readonly Question[];
  readonly attemptsPerTurn: number;
  readonly repeatsCalls: boolean;
  readonly canaries: Canaries;
  readonly isReference: boolean;
  readonly totalQuestions: number;
  readonly carriedOver: number;
  readonly #context: SessionContext;
  readonly #loaded: LoadedTask;
  readonly #lease: Lease;
  readonly #recorder: TaskRecorder;
  readonly #record: TaskRecord;
  readonly #recordFence: Fence | null;
  readonly #questionById: ReadonlyMap<string, Question>;
  readonly #live = new Set<ConversationRun>();
  readonly #canaryRuns = new WeakSet<ConversationRun>();
  readonly #origin: ConversationOrigin;
  readonly #isFinal: IsFinal;
  /** By seat. */
  readonly #sampling: readonly Sampling[];
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
    this.#recordFence = parts.recordFence;
    this.#origin = parts.origin;
    this.#isFinal = makeIsFinal(config);
    this.planned = parts.planned;
    this.#questionById = new Map(parts.planned.map(question => [question.question_id, question]));
    this.totalQuestions = parts.planned.length;
    this.carriedOver = this.totalQuestions - parts.recorder.pending.length;
    const {canary = config.execution_config?.canary ?? 0} = context;
    // What answered in an earlier attempt needs no trial.
    this.canaries = new Canaries(this.carriedOver > 0 ? 0 : canary, parts.recorder.pending.length);
    this.modelKeys = mapModelKeys(config);
    this.attemptsPerTurn = config.retry_config.max_retries + 1;
    this.#sampling = config.agent_definitions.map(agent => pickSampling(agent, undefined));
    this.isReference = config.compatibility === 'reference';
    this.repeatsCalls = this.isReference || config.retry_config.retry_on_generation_error;
  }

  get jobTaskId(): string {
    return this.task.jobTaskId;
  }

  /** Repetitions of a config with a seed are no copies either. */
  get seed(): string {
    const {key, seed, config} = this.#loaded;
    const isShared = config.conversation_config.seed !== undefined && config.compatibility !== 'reference';
    return isShared ? `${seed}/${key}` : String(seed);
  }

  buildSampling({agentIndex, agentId, round}: Turn, questionId: string, attempt: number): Sampling {
    const sampling = this.#sampling[agentIndex];
    if (!sampling) throw new Error('Internal error: a turn of an agent that the config does not have');
    const {key: taskKey, repetition, config} = this.#loaded;
    const {seed} = config.conversation_config;
    if (seed === undefined) return sampling;
    // The older system sent the same number with every request.
    if (config.compatibility === 'reference') return {...sampling, seed};
    return {...sampling, seed: requestSeed({seed, repetition, taskKey, questionId, agentId, round, attempt})};
  }

  get config(): TaskConfig {
    return this.#loaded.config;
  }

  /** The lease was lost to another executor: stop writing. */
  get lost(): AbortSignal {
    return this.#lease.lost;
  }

  get unopened(): number {
    return this.#isAbandoned ? 0 : this.#recorder.pending.length - this.#next;
  }

  get live(): ReadonlySet<ConversationRun> {
    return this.#live;
  }

  /** All conversations are over and recorded. */
  get isDrained(): boolean {
    return !this.#isAbandoned && this.unopened === 0 && this.#live.size === 0 && this.#recording.size === 0;
  }

  /** The next pending question as a conversation, not yet started; null when all are open. */
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

  /**
   * Whether a finished conversation says something of its model: it succeeded, or ended in a way that the config counts
   * as final.
   */
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
   * @throws UserError `cannot-write`, `cannot-read`, `lock-timeout`, `lease-lost`; it is to be stopped then.
   */
  async finish(): Promise<{outcome: TaskOutcome; summaryPath: string}> {
    const {complete, total, done, succeeded, outcomes, failures, summaryPath} = await this.#recorder.finish();
    const left = total - done;
    const reason = complete ? undefined : `${left} of ${total} questions failed`;
    await this.#writeRecord(complete ? 'succeeded' : 'started', reason);
    // Only now: between the two a crash leaves a record of success and a manifest too many, never a task that looks
    // unbegun.
    if (succeeded === total) await this.#recorder.discard();
    await this.#recordFence?.lower();
    await this.#lease.release();
    const outcome: TaskOutcome = complete
      ? {kind: 'done', succeeded, outcomes, failures}
      : {kind: 'incomplete', succeeded, failed: left, left, outcomes, failures};
    return {outcome, summaryPath};
  }

  /** Lets go of the conversations that are going on: what still comes for them is ignored. */
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
    // What is on its way to the disk was done; it counts.
    await Promise.allSettled(this.#recording);
    const {total, done, outcomes, failures} = this.#recorder.counts();
    try {
      await this.#recorder.abandon();
      await this.#writeRecord('started', reason);
    } catch (error) {
      // The disk that stopped us may still be full. The journal has what was recorded; the reason goes to the user
      // instead.
      const isLost = error instanceof UserError && error.code === 'lease-lost';
      if (!isLost && !reason.includes(errorMessage(error))) reason = `${reason}; ${errorMessage(error)}`;
    } finally {
      await this.#recordFence?.lower();
      await this.#lease.release();
    }
    return {kind: 'stopped', reason, left: total - done, outcomes, failures};
  }

  async #writeRecord(status: 'started' | 'succeeded', reason: string | undefined): Promise<void> {
    if (this.task.gridId === null || !this.#recordFence) return;
    const record: TaskRecord = {
      ...this.#record,
      status,
      completed_at: status === 'succeeded' ? jsonTimestamp(this.#context.clock.now()) : null,
      questions: recordedCounts(this.#recorder.counts()),
      ...(reason === undefined ? {} : {reason}),
    };
    await writeTaskRecord(this.#context.layout, this.task.gridId, record, this.#recordFence);
  }
}
