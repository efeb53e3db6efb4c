import type {ConversationOutcome} from '../core/conversation-outcome.ts';
import type {MessageOrder, TaskConfig} from '../core/task-config.ts';
import {toAskedQuestion, type Question} from '../questions/question.ts';
import type {
  ConversationRound,
  ConversationStatus,
  FailedAttempt,
  Message,
  RecordedError,
  ValidationError,
} from '../record/formats.ts';
import {judgeReply} from './judging/judge-reply.ts';
import type {Accepted, Reply} from './judging/judgement.ts';
import {inSeatOrder, renderDiscussion} from './discussion.ts';
import {assemblePrompt, questionBlock} from './prompt/prompt.ts';
import {retryOrFail, type LiveTurn, type RejectedTurn} from './retrying.ts';
import {findRouter, type Router} from './routing.ts';
import {seatAgents, type Seat} from './seat.ts';
import {buildMessage, failedAttempt} from './transcript/message.ts';
import type {AbandonedTurn, FailedEnd, FailedTurn, Turn} from './turn.ts';

export interface ConversationSetup {
  readonly question: Question;
  readonly config: TaskConfig;
  /** Decides the order of messages under `message_order: shuffled`. */
  readonly seed: string;
  /** Records prompts and match details in the messages. */
  readonly debug: boolean;
}

/** The effect of an event. */
export interface Step {
  /** Turns that became ready through it. */
  readonly ready: readonly Turn[];
  /** Turns of the current round that wait for other agents. */
  readonly blocked: number;
  readonly finished: boolean;
}

export interface ConversationResult {
  readonly status: ConversationStatus;
  readonly outcome: ConversationOutcome;
  /** Completed rounds. */
  readonly rounds: readonly ConversationRound[];
  /** Messages of the round that was not completed: said, but not part of the discussion. */
  readonly unfinished: readonly Message[];
  /** Turns of that round which other agents were still taking, with replies that were not usable. */
  readonly abandoned: readonly AbandonedTurn[];
  /** Of all attempts, those that led to a message and those that did not. */
  readonly validationErrors: readonly ValidationError[];
  /** Replies that were not usable, over the whole conversation: their tokens were spent too. */
  readonly failedAttempts: readonly FailedAttempt[];
  readonly error: RecordedError | null;
  readonly failedTurn: FailedTurn | null;
}

/**
 * Plays one question, discussed by all agents over a number of rounds: a state machine that turns replies into turns.
 * Pure: it knows neither models nor clocks; time and order come with the replies.
 */
export class Conversation {
  readonly #setup: ConversationSetup;
  readonly #router: Router;
  readonly #order: MessageOrder;
  readonly #isReference: boolean;
  readonly #seats: readonly Seat[];
  readonly #seatIndex: ReadonlyMap<string, number>;
  readonly #questionText: string;
  readonly #rounds: ConversationRound[] = [];
  readonly #errors: ValidationError[] = [];
  readonly #failedAttempts: FailedAttempt[] = [];
  /** Of the round that is going on, in order of completion. */
  #current: Message[] = [];
  #waiting = new Set<Seat>();
  /** By seat. */
  readonly #live = new Map<number, LiveTurn>();
  #isFinished = false;
  #error: RecordedError | null = null;
  #outcome: ConversationOutcome = 'succeeded';
  #failedTurn: FailedTurn | null = null;
  #abandoned: readonly AbandonedTurn[] = [];

  /**
   * @throws UserError when the config cannot be played: unknown role or routing, nobody to speak, agents that wait for
   * each other.
   */
  constructor(setup: ConversationSetup) {
    const {config, question} = setup;
    this.#setup = setup;
    this.#isReference = config.compatibility === 'reference';
    this.#router = findRouter(config.conversation_config.routing_strategy);
    this.#order = config.conversation_config.message_order ?? (this.#isReference ? 'completion' : 'seat');
    const asked = toAskedQuestion(question, config.compatibility);
    this.#questionText = questionBlock(asked, config.prompt_template_config.for_participant.choice_display_format);
    this.#seats = seatAgents(asked, config, this.#router);
    this.#seatIndex = new Map(this.#seats.map(({agent, index}) => [agent.agent_id, index]));
  }

  start(): Step {
    return this.#openRound();
  }

  /**
   * Takes a model's reply to a turn. Replies after the end are ignored.
   *
   * @throws Error when the turn was not given out or has been answered.
   */
  reply(turn: Turn, reply: Reply): Step {
    if (this.#isFinished) return this.#step([]);
    const {seat, live} = this.#take(turn);
    const {question, config} = this.#setup;
    const judgement = judgeReply(reply, {agent: seat.agent, question, config, attempt: turn.attempt});
    if (judgement.kind === 'accepted') return this.#accept(turn, seat, live, reply, judgement);
    const {feedback} = turn;
    const attempt: FailedAttempt = {
      ...failedAttempt(reply, judgement),
      sampling: reply.sent,
      ...(feedback === undefined ? {} : {feedback}),
    };
    this.#failedAttempts.push(attempt);
    const failed = [...live.failed, attempt];
    return judgement.kind === 'retry'
      ? this.#retryOrFail({turn, live: {...live, failed}, reply, rejected: judgement})
      : this.#end(turn, judgement, failed);
  }

  /**
   * Ends the conversation because a turn cannot be answered.
   *
   * @param end how, and what is recorded of it.
   * @throws Error when the turn was not given out or has been answered.
   */
  fail(turn: Turn, end: FailedEnd): Step {
    if (this.#isFinished) return this.#step([]);
    return this.#end(turn, end, this.#take(turn).live.failed);
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  get completedRounds(): number {
    return this.#rounds.length;
  }

  get remainingRounds(): number {
    return this.#setup.config.conversation_config.max_rounds - this.#rounds.length;
  }

  result(): ConversationResult {
    const error = this.#error;
    const status = error === null ? 'succeeded' : this.#rounds.length > 0 ? 'partial' : 'failed';
    return {
      status,
      outcome: this.#outcome,
      rounds: this.#rounds,
      unfinished: this.#current,
      abandoned: this.#abandoned,
      validationErrors: this.#errors,
      failedAttempts: this.#failedAttempts,
      error,
      failedTurn: this.#failedTurn,
    };
  }

  /**
   * Takes a live turn. One that comes in twice, or from a round that is over, would put words where they do not belong.
   */
  #take(turn: Turn): {seat: Seat; live: LiveTurn} {
    const seat = this.#seats[turn.agentIndex];
    const live = this.#live.get(turn.agentIndex);
    if (!seat || live?.attempt !== turn.attempt || turn.round !== this.#rounds.length) {
      throw new Error(`Internal error: no turn of ${turn.agentId} in round ${turn.round}, attempt ${turn.attempt}`);
    }
    this.#live.delete(turn.agentIndex);
    return {seat, live};
  }

  #openRound(): Step {
    this.#current = [];
    this.#waiting = new Set(this.#seats);
    return this.#releaseReadyTurns();
  }

  /** Gives out the turns of agents that no longer wait for anybody; their prompts are fixed now. */
  #releaseReadyTurns(): Step {
    const spoken = new Set(this.#current.map(({agent_id: id}) => id));
    const ready: Turn[] = [];
    for (const seat of this.#waiting) {
      if (!seat.waitsFor.every(id => spoken.has(id))) continue;
      this.#waiting.delete(seat);
      const turn = this.#turn(seat);
      this.#live.set(seat.index, {attempt: 0, errors: [], failed: [], prompt: turn.user});
      ready.push(turn);
    }
    return this.#step(ready);
  }

  #turn(seat: Seat): Turn {
    const {agent} = seat;
    return {
      agentIndex: seat.index,
      agentId: agent.agent_id,
      model: agent.model,
      round: this.#rounds.length,
      attempt: 0,
      system: seat.system,
      user: assemblePrompt({
        opening: seat.opening,
        question: this.#questionText,
        discussion: renderDiscussion(seat, {
          ...this.#setup,
          router: this.#router,
          order: this.#order,
          seats: this.#seatIndex,
          rounds: this.#rounds,
          current: this.#current,
        }),
        template: seat.template,
      }),
      ...(seat.answerSchema ? {answerSchema: seat.answerSchema} : {}),
    };
  }

  #accept(turn: Turn, seat: Seat, attempts: LiveTurn, reply: Reply, judgement: Accepted): Step {
    const {round, user: prompt, feedback} = turn;
    const {debug} = this.#setup;
    this.#current.push(buildMessage({seat, round, prompt, feedback, reply, judgement, attempts, debug}));
    return this.#current.length < this.#seats.length ? this.#releaseReadyTurns() : this.#closeRound();
  }

  #closeRound(): Step {
    const messages = this.#order === 'completion' ? this.#current : inSeatOrder(this.#current, this.#seatIndex);
    this.#rounds.push({round_id: this.#rounds.length, messages});
    this.#current = [];
    const {max_rounds, early_stop_on_unanimity: mayStop} = this.#setup.config.conversation_config;
    if (this.#rounds.length >= max_rounds || (mayStop === true && isUnanimous(messages))) {
      this.#isFinished = true;
      return this.#step([]);
    }
    return this.#openRound();
  }

  #retryOrFail(rejectedTurn: RejectedTurn): Step {
    const {turn, live, rejected} = rejectedTurn;
    this.#errors.push(rejected.error);
    const next = retryOrFail(rejectedTurn, this.#setup.config.retry_config, this.#isReference);
    if ('end' in next) return this.#end(turn, next.end, live.failed);
    this.#live.set(turn.agentIndex, next.live);
    return this.#step([next.again]);
  }

  #end(turn: Turn, {outcome, error}: FailedEnd, failedAttempts: readonly FailedAttempt[]): Step {
    this.#outcome = outcome;
    this.#error = error;
    this.#failedTurn = {agentId: turn.agentId, round: turn.round, attempts: turn.attempt + 1, failedAttempts};
    this.#abandoned = this.#seats.flatMap(({agent, index}) => {
      const failed = this.#live.get(index)?.failed ?? [];
      return failed.length === 0 ? [] : [{agentId: agent.agent_id, failedAttempts: failed}];
    });
    this.#isFinished = true;
    this.#waiting.clear();
    this.#live.clear();
    return this.#step([]);
  }

  #step(ready: readonly Turn[]): Step {
    return {ready, blocked: this.#waiting.size, finished: this.#isFinished};
  }
}

function isUnanimous(messages: readonly Message[]): boolean {
  const opinions = messages
    .filter(({structured_response: said}) => said.response_type === 'participant')
    .map(({structured_response: said}) => said.opinion);
  return opinions.length > 0 && opinions.every(opinion => opinion === opinions[0]);
}
