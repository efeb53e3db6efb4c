import type {ChatFailure, ChatReply, ChatRequest, FailureReason, Sampling} from '../../backend/backend.ts';
import type {Conversation, Step} from '../../conversation/conversation.ts';
import type {Turn} from '../../conversation/turn.ts';
import type {FailedOutcome} from '../../core/conversation-outcome.ts';
import type {Question} from '../../questions/question.ts';
import {stereotypedText} from '../../questions/bbq/target.ts';
import type {Speaker} from '../requests/dispatcher.ts';

/** What a conversation needs of the task it belongs to. */
export interface ConversationOwner {
  readonly jobTaskId: string;
  /** Of the simulated model. */
  readonly seed: string;
  /** What a turn of one of its questions is sent with. @param attempt over all conversations of the question. */
  buildSampling(turn: Turn, questionId: string, attempt: number): Sampling;
  /** How often a turn is asked at most within a conversation. */
  readonly attemptsPerTurn: number;
  /** `retry_on_generation_error`: whether calls that failed for the server's reasons are repeated. */
  readonly repeatsCalls: boolean;
  /** `compatibility: reference`. */
  readonly isReference: boolean;
  onReply(turn: Turn, reply: ChatReply): void;
  onStep(run: ConversationRun, step: Step): void;
}

/** One question of an open task while it is being discussed: joins the pure conversation to the dispatcher. */
export class ConversationRun implements Speaker {
  readonly order: number;
  readonly question: Question;
  readonly transcriptId: string;
  readonly conversation: Conversation;
  readonly startedAtMs: number;
  /** Conversations of the question that were recorded before. */
  readonly earlierTries: number;
  readonly #owner: ConversationOwner;
  /** Turns that wait for other agents of their round. */
  blocked = 0;
  /** Set when the task stops: replies that still come are ignored. */
  abandoned = false;

  constructor(options: {
    owner: ConversationOwner;
    order: number;
    question: Question;
    transcriptId: string;
    earlierTries: number;
    conversation: Conversation;
    startedAtMs: number;
  }) {
    this.#owner = options.owner;
    this.order = options.order;
    this.question = options.question;
    this.transcriptId = options.transcriptId;
    this.earlierTries = options.earlierTries;
    this.conversation = options.conversation;
    this.startedAtMs = options.startedAtMs;
  }

  get questionId(): string {
    return this.question.question_id;
  }

  get isOver(): boolean {
    return this.abandoned || this.conversation.isFinished;
  }

  get completedRounds(): number {
    return this.conversation.completedRounds;
  }

  get remainingRounds(): number {
    return this.conversation.remainingRounds;
  }

  get repeatsCalls(): boolean {
    return this.#owner.repeatsCalls;
  }

  start(): void {
    this.#step(this.conversation.start());
  }

  onReply(turn: Turn, reply: ChatReply, backend: string): void {
    this.#owner.onReply(turn, reply);
    this.#step(this.conversation.reply(turn, {...reply, backendKind: backend}));
  }

  onFailure(turn: Turn, failure: ChatFailure): void {
    this.#step(this.conversation.fail(turn, {outcome: toFailedOutcome(failure.reason), error: failure.error}));
  }

  chatRequest(turn: Turn, callAttempt: number): ChatRequest {
    const {question, transcriptId} = this;
    // Who asks once more what could not be used must not send the same bytes.
    const attempt = this.earlierTries * this.#owner.attemptsPerTurn + turn.attempt;
    return {
      requestId: `${this.#owner.jobTaskId}/${transcriptId}/${turn.agentId}/${turn.round}/${attempt}.${callAttempt}`,
      system: turn.system,
      user: turn.user,
      sampling: this.#owner.buildSampling(turn, question.question_id, attempt),
      ...(turn.answerSchema ? {answerSchema: turn.answerSchema} : {}),
      ...(this.#owner.isReference ? {reference: true} : {}),
      simulation: {
        questionId: question.question_id,
        agentId: turn.agentId,
        round: turn.round,
        attempt,
        seed: this.#owner.seed,
        correctText: question.choices.find(({id}) => id === question.correct_answer_id)?.text ?? null,
        stereotypedText: stereotypedText(question),
      },
    };
  }

  #step(step: Step): void {
    this.blocked = step.blocked;
    this.#owner.onStep(this, step);
  }
}

/**
 * Returns how a conversation ends whose call failed: some failures are about its prompt, all others about the server.
 */
function toFailedOutcome(reason: FailureReason): FailedOutcome {
  return reason === 'filtered' || reason === 'context-full' ? reason : 'server';
}
