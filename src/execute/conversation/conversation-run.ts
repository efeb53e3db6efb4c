import type {ChatFailure, ChatReply, ChatRequest, FailureReason} from '../../backend/backend.ts';
import type {Conversation, Step} from '../../conversation/conversation.ts';
import type {Turn} from '../../conversation/turn.ts';
import type {FailedOutcome} from '../../core/conversation-outcome.ts';
import type {Question} from '../../questions/question.ts';
import {stereotypedText} from '../../questions/bbq/target.ts';
import type {Speaker} from '../requests/dispatcher.ts';
import type {Unit} from '../runner.ts';
import type {RequestSettings} from './request-settings.ts';

/** The task of a conversation, as the conversation needs it. */
export interface ConversationOwner {
  readonly jobTaskId: string;
  readonly requests: RequestSettings;
  onReply(turn: Turn, reply: ChatReply): void;
  onStep(run: ConversationRun, step: Step): void;
}

/** One question of an open task while it is being discussed: joins the pure conversation to the dispatcher. */
export class ConversationRun implements Speaker, Unit {
  readonly order: number;
  readonly question: Question;
  readonly transcriptId: string;
  readonly conversation: Conversation;
  readonly startedAtMs: number;
  /** Number of conversations of the question that were recorded before. */
  readonly earlierTries: number;
  readonly #owner: ConversationOwner;
  /** Number of turns that wait for other agents of their round. */
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

  get id(): string {
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
    return this.#owner.requests.repeatsCalls;
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
    const {requests, jobTaskId} = this.#owner;
    // A repeated request must differ from the one whose answer could not be used.
    const attempt = this.earlierTries * requests.attemptsPerTurn + turn.attempt;
    return {
      requestId: `${jobTaskId}/${transcriptId}/${turn.agentId}/${turn.round}/${attempt}.${callAttempt}`,
      system: turn.system,
      user: turn.user,
      sampling: requests.buildSampling(turn, question.question_id, attempt),
      ...(turn.answerSchema ? {answerSchema: turn.answerSchema} : {}),
      ...(requests.isReference ? {reference: true} : {}),
      simulation: {
        questionId: question.question_id,
        agentId: turn.agentId,
        seed: requests.simulationSeed,
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

/** Returns the outcome of a conversation whose call failed: some failures concern its prompt, others the server. */
function toFailedOutcome(reason: FailureReason): FailedOutcome {
  return reason === 'filtered' || reason === 'context-full' ? reason : 'server';
}
