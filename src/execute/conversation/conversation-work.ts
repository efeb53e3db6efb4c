import type {ChatReply} from '../../backend/backend.ts';
import {Conversation, type Step} from '../../conversation/conversation.ts';
import type {Turn} from '../../conversation/turn.ts';
import type {Clock} from '../../core/clock.ts';
import {makeIsFinal, type IsFinal} from '../../core/conversation-outcome.ts';
import type {TaskConfig} from '../../core/task-config.ts';
import type {Question} from '../../questions/question.ts';
import type {QuestionCounts} from '../../record/formats.ts';
import {describeEnd} from '../../record/task/failure-words.ts';
import type {TaskRecorder} from '../../record/task/task-recorder.ts';
import type {FitWatch, FittedTask} from '../guards/fit-watch.ts';
import type {LoadedTask} from '../pack-task.ts';
import type {Unit, UnitEnd, Work} from '../runner.ts';
import {ConversationRun, type ConversationOwner} from './conversation-run.ts';
import {describeFinished, type ConversationOrigin} from './finished-conversation.ts';
import {RequestSettings} from './request-settings.ts';
import {mapModelKeys} from './task-models.ts';

/** The pack of conversations, as their tasks need it. */
export interface ConversationContext {
  readonly clock: Clock;
  /** MAC_FAIRNESS_DEBUG_FLAG=1. */
  readonly debug: boolean;
  readonly fit: FitWatch;
  /** Takes the turns of a conversation that may be asked now. @param modelKeys servers by the names of the models. */
  readonly onTurns: (run: ConversationRun, turns: Step['ready'], modelKeys: ReadonlyMap<string, string>) => void;
}

/** A task of conversations that is ready to run. */
export interface ConversationWorkParts {
  readonly context: ConversationContext;
  readonly loaded: LoadedTask;
  readonly recorder: TaskRecorder;
  readonly planned: readonly Question[];
  /** The task as every record of its conversations names it. */
  readonly origin: ConversationOrigin;
  readonly onEnded: (unit: Unit) => void;
}

/** The questions of one task: each is discussed in a conversation, which the dispatcher's replies drive. */
export class ConversationWork implements Work<ConversationRun>, ConversationOwner, FittedTask {
  readonly total: number;
  readonly left: number;
  readonly canary: number;
  readonly planned: readonly Question[];
  readonly modelKeys: ReadonlyMap<string, string>;
  readonly requests: RequestSettings;
  readonly #parts: ConversationWorkParts;
  readonly #questionById: ReadonlyMap<string, Question>;
  readonly #isFinal: IsFinal;
  #next = 0;

  constructor(parts: ConversationWorkParts) {
    const {loaded, recorder, planned} = parts;
    this.#parts = parts;
    this.planned = planned;
    this.total = planned.length;
    this.left = recorder.pending.length;
    this.canary = loaded.config.execution_config?.canary ?? 0;
    this.modelKeys = mapModelKeys(loaded.config);
    this.requests = new RequestSettings(loaded);
    this.#questionById = new Map(planned.map(question => [question.question_id, question]));
    this.#isFinal = makeIsFinal(loaded.config);
  }

  get jobTaskId(): string {
    return this.#parts.origin.jobTaskId;
  }

  get config(): TaskConfig {
    return this.#parts.loaded.config;
  }

  next(order: number): ConversationRun | null {
    const {recorder, loaded, context} = this.#parts;
    const pending = recorder.pending[this.#next];
    if (!pending) return null;
    this.#next++;
    const question = this.#questionById.get(pending.question_id);
    if (!question) throw new Error(`Internal error: pending question ${pending.question_id} is not in the file`);
    return new ConversationRun({
      owner: this,
      order,
      question,
      transcriptId: pending.transcript_id,
      earlierTries: pending.tries,
      conversation: new Conversation({
        question,
        config: this.config,
        seed: `${loaded.seed}/${question.question_id}`,
        debug: context.debug,
      }),
      startedAtMs: context.clock.now(),
    });
  }

  judge({conversation}: ConversationRun): UnitEnd {
    const {outcome, error} = conversation.result();
    const isFinal = outcome === 'succeeded' || this.#isFinal(outcome);
    return {outcome, isFinal, reason: error && describeEnd(error)};
  }

  async record(run: ConversationRun): Promise<void> {
    const {recorder, origin, context} = this.#parts;
    await recorder.record(describeFinished(run, origin, context.clock.now()));
  }

  counts(): Required<QuestionCounts> {
    return this.#parts.recorder.counts();
  }

  async finish(): Promise<string> {
    await this.#parts.recorder.finish();
    return this.#parts.recorder.summaryPath;
  }

  async discard(): Promise<void> {
    await this.#parts.recorder.discard();
  }

  async abandon(): Promise<void> {
    await this.#parts.recorder.abandon();
  }

  onReply(turn: Turn, reply: ChatReply): void {
    this.#parts.context.fit.onReply(this, turn, reply);
  }

  onStep(run: ConversationRun, step: Step): void {
    this.#parts.context.onTurns(run, step.ready, this.modelKeys);
    if (step.finished) this.#parts.onEnded(run);
  }
}
