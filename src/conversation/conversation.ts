import type {AgentDefinition, MessageOrder, TaskConfig} from '../core/task-config.ts';
import {UserError} from '../core/errors.ts';
import {seededRandom} from '../core/random.ts';
import type {Question} from '../questions/question.ts';
import type {
  ConversationRound,
  ConversationStatus,
  Message,
  MessageMetadata,
  RecordedError,
  ValidationError,
} from '../record/formats.ts';
import {maxRetriesExceeded} from '../record/recorded-errors.ts';
import {discussionLine, participantLine} from './discussion-line.ts';
import {agentSystemPrompt, identityDisplay, promptOpening} from './identity.ts';
import {judgeReply, type Judgement, type Reply} from './judge-reply.ts';
import {assemblePrompt, participantTemplate, questionBlock} from './prompt.ts';
import {findRole, ROLES} from './roles/registry.ts';
import {findRouter} from './routing/registry.ts';
import type {Router} from './routing/router.ts';

export interface ConversationSetup {
  readonly question: Question;
  readonly config: TaskConfig;
  /** Decides the order of messages under `message_order: shuffled`. */
  readonly seed: string;
  /** Records prompts and match details in the messages. */
  readonly debug: boolean;
}

/** One agent's turn to speak; its prompt is fixed. */
export interface Turn {
  readonly agentIndex: number;
  readonly agentId: string;
  readonly model: string;
  readonly round: number;
  /** 0 for the first time it is asked; the prompt stays the same. */
  readonly attempt: number;
  readonly system: string;
  readonly user: string;
  readonly answerSchema?: Readonly<Record<string, unknown>>;
}

/** What an event led to. */
export interface Step {
  /** Turns that became ready through it. */
  readonly ready: readonly Turn[];
  /** Turns of the current round that wait for other agents. */
  readonly blocked: number;
  readonly finished: boolean;
}

export interface ConversationResult {
  readonly status: ConversationStatus;
  /** Completed rounds. */
  readonly rounds: readonly ConversationRound[];
  /** Messages of the round that was not completed: not part of the transcript, but their tokens were spent. */
  readonly unfinished: readonly Message[];
  /** Of all attempts, those that led to a message and those that did not. */
  readonly validationErrors: readonly ValidationError[];
  readonly error: RecordedError | null;
  /** Who failed, and how often it had been asked. */
  readonly failedAgent: {readonly agentId: string; readonly attempts: number} | null;
}

interface Seat {
  readonly agent: AgentDefinition;
  readonly display: string | null;
  readonly system: string;
  readonly opening: string;
  readonly template: string;
  readonly answerSchema: Readonly<Record<string, unknown>> | undefined;
  readonly audience: readonly string[];
  /** Agents that must have spoken in the round before this one may. */
  readonly waitsFor: ReadonlySet<string>;
  errors: ValidationError[];
}

/**
 * One question discussed by all agents over a number of rounds: a state machine that turns replies into turns. Pure: it knows neither models nor
 * clocks; time and order come with the replies.
 */
export class Conversation {
  readonly #setup: ConversationSetup;
  readonly #router: Router;
  readonly #order: MessageOrder;
  readonly #isReference: boolean;
  readonly #seats: readonly Seat[];
  readonly #questionText: string;
  readonly #rounds: ConversationRound[] = [];
  readonly #errors: ValidationError[] = [];
  /** Of the round that is going on, in order of completion. */
  #current: Message[] = [];
  #waiting = new Set<number>();
  #isFinished = false;
  #error: RecordedError | null = null;
  #failedAgent: ConversationResult['failedAgent'] = null;

  /** @throws UserError when the config cannot be played: unknown role or routing, agents that wait for each other or for nobody. */
  constructor(setup: ConversationSetup) {
    const {config, question} = setup;
    this.#setup = setup;
    this.#isReference = config.compatibility === 'reference';
    this.#router = findRouter(config.conversation_config.routing_strategy);
    this.#order = config.conversation_config.message_order ?? (this.#isReference ? 'completion' : 'seat');
    this.#questionText = questionBlock(question, config.prompt_template_config.for_participant.choice_display_format);
    this.#seats = config.agent_definitions.map(agent => this.#seat(agent));
    requireProgress(this.#seats);
  }

  start(): Step {
    return this.#openRound();
  }

  /** A model answered a turn. */
  reply(turn: Turn, reply: Reply): Step {
    if (this.#isFinished) return this.#step([]);
    const seat = this.#seatOf(turn);
    const {question, config} = this.#setup;
    const judgement = judgeReply(reply, {agent: seat.agent, question, config, attempt: turn.attempt});
    switch (judgement.kind) {
      case 'accepted':
        return this.#accept(turn, seat, reply, judgement);
      case 'retry':
        return this.#again(turn, seat, judgement.error);
      case 'fatal':
        return this.#end(judgement.error, {agentId: turn.agentId, attempts: turn.attempt + 1});
    }
  }

  /** A turn cannot be answered: the conversation ends here. */
  fail(turn: Turn, error: RecordedError): Step {
    if (this.#isFinished) return this.#step([]);
    return this.#end(error, {agentId: turn.agentId, attempts: turn.attempt + 1});
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
      rounds: this.#rounds,
      unfinished: this.#current,
      validationErrors: this.#errors,
      error,
      failedAgent: this.#failedAgent,
    };
  }

  #seat(agent: AgentDefinition): Seat {
    const {question, config} = this.#setup;
    const {json_field_order: order} = config.prompt_template_config.for_participant;
    const agentIds = config.agent_definitions.map(({agent_id}) => agent_id);
    const role = this.#isReference ? undefined : findRole(agent.role);
    const enforced = config.conversation_config.structured_output === 'json_schema';
    return {
      agent,
      display: identityDisplay(agent, config.identity_reveal_config),
      system: agentSystemPrompt(agent),
      opening: promptOpening(agent),
      template: role ? role.template(question, order) : participantTemplate(question, order),
      answerSchema: enforced ? (role ?? findRole('participant')).answerSchema(question) : undefined,
      audience: this.#router.audience(agent.agent_id, agentIds),
      waitsFor: new Set(agent.role_specific_config?.speak_after_within_round ?? []),
      errors: [],
    };
  }

  #seatOf(turn: Turn): Seat {
    const seat = this.#seats[turn.agentIndex];
    if (!seat) throw new Error(`Internal error: no agent ${turn.agentIndex}`);
    return seat;
  }

  #openRound(): Step {
    this.#current = [];
    this.#waiting = new Set(this.#seats.keys());
    return this.#release();
  }

  /** Turns whose agents wait for nobody any more; their prompts are fixed now. */
  #release(): Step {
    const spoken = new Set(this.#current.map(({agent_id}) => agent_id));
    const ready: Turn[] = [];
    for (const index of this.#waiting) {
      const seat = this.#seats[index];
      if (!seat || ![...seat.waitsFor].every(id => spoken.has(id))) continue;
      this.#waiting.delete(index);
      seat.errors = [];
      ready.push(this.#turn(index, seat));
    }
    return this.#step(ready);
  }

  #turn(agentIndex: number, seat: Seat): Turn {
    const {agent} = seat;
    return {
      agentIndex,
      agentId: agent.agent_id,
      model: agent.model,
      round: this.#rounds.length,
      attempt: 0,
      system: seat.system,
      user: assemblePrompt({
        opening: seat.opening,
        question: this.#questionText,
        discussion: this.#visibleTo(agent.agent_id).map(message => this.#line(message)),
        template: seat.template,
      }),
      ...(seat.answerSchema ? {answerSchema: seat.answerSchema} : {}),
    };
  }

  /** What an agent sees: the round before as far as it was addressed, then what was said already in this one. */
  #visibleTo(reader: string): readonly Message[] {
    const previous = (this.#rounds.at(-1)?.messages ?? []).filter(message => message.visible_to.includes(reader));
    const current = this.#current.filter(message => this.#router.seesWithinRound(reader, message));
    return [...this.#arrange(previous, reader), ...this.#arrange(current, reader)];
  }

  #arrange(messages: readonly Message[], reader: string): readonly Message[] {
    switch (this.#order) {
      case 'completion':
        return messages;
      case 'seat':
        return this.#inSeatOrder(messages);
      case 'shuffled':
        return shuffle(this.#inSeatOrder(messages), `${this.#setup.seed}/${this.#rounds.length}/${reader}`);
    }
  }

  #inSeatOrder(messages: readonly Message[]): Message[] {
    const position = (message: Message): number =>
      this.#seats.findIndex(({agent}) => agent.agent_id === message.agent_id);
    return [...messages].sort((a, b) => position(a) - position(b));
  }

  #line(message: Message): string {
    const {question} = this.#setup;
    if (!this.#router.showsRationales && message.structured_response.response_type === 'participant') {
      return participantLine(message, question, false);
    }
    const role = this.#isReference ? undefined : ROLES[message.agent_role];
    return role ? role.line(message, question) : discussionLine(message, question);
  }

  #accept(turn: Turn, seat: Seat, reply: Reply, judgement: Extract<Judgement, {kind: 'accepted'}>): Step {
    this.#current.push({
      message_id: `msg_${turn.round}_${String(turn.agentIndex).padStart(3, '0')}`,
      agent_id: turn.agentId,
      agent_role: seat.agent.role,
      round_id: turn.round,
      agent_identity_display: seat.display,
      structured_response: judgement.response,
      visible_to: seat.audience,
      message_metadata: this.#metadata(turn, seat, reply, judgement),
    });
    if (this.#current.length < this.#seats.length) return this.#release();
    return this.#closeRound();
  }

  #metadata(turn: Turn, seat: Seat, reply: Reply, judgement: Extract<Judgement, {kind: 'accepted'}>): MessageMetadata {
    const {debug} = this.#setup;
    return {
      retry_count: seat.errors.length,
      prompt_tokens: reply.promptTokens,
      response_tokens: reply.responseTokens,
      ...(debug ? {prompt: turn.user} : {}),
      ...(debug && judgement.matchInfo ? {answer_match_info: judgement.matchInfo()} : {}),
      ...(judgement.matchedText ? {matched_answer_text: judgement.matchedText} : {}),
      ...(seat.errors.length > 0 ? {validation_errors: seat.errors} : {}),
      call: {
        raw_text: reply.text,
        finish_reason: reply.finishReason,
        latency_ms: Math.round(reply.latencyMs * 10) / 10,
        served_model: reply.servedModel,
        backend: reply.backendKind,
        sampling: reply.sent,
        ...(reply.reasoningTokens === undefined ? {} : {reasoning_tokens: reply.reasoningTokens}),
        ...(judgement.repaired ? {json_repaired: true} : {}),
      },
    };
  }

  #closeRound(): Step {
    const messages = this.#order === 'completion' ? this.#current : this.#inSeatOrder(this.#current);
    this.#rounds.push({round_id: this.#rounds.length, messages});
    this.#current = [];
    const {max_rounds, early_stop_on_unanimity: mayStop} = this.#setup.config.conversation_config;
    if (this.#rounds.length >= max_rounds || (mayStop === true && isUnanimous(messages))) {
      this.#isFinished = true;
      return this.#step([]);
    }
    return this.#openRound();
  }

  /** The reply was not usable. The same prompt again, as often as the config allows. */
  #again(turn: Turn, seat: Seat, error: ValidationError): Step {
    this.#errors.push(error);
    seat.errors = [...seat.errors, error];
    const {max_retries: maxRetries, retry_on_validation_error: mayRetry} = this.#setup.config.retry_config;
    if (turn.attempt < maxRetries && (mayRetry || this.#isReference)) {
      return this.#step([{...turn, attempt: turn.attempt + 1}]);
    }
    return this.#end(maxRetriesExceeded(turn.agentId, turn.attempt, seat.errors), {
      agentId: turn.agentId,
      attempts: turn.attempt + 1,
    });
  }

  #end(error: RecordedError, failedAgent: ConversationResult['failedAgent']): Step {
    this.#error = error;
    this.#failedAgent = failedAgent;
    this.#isFinished = true;
    this.#waiting.clear();
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

/** Fisher–Yates with a seeded source: the same for the same seed, on every machine. */
function shuffle<T>(items: T[], seed: string): T[] {
  const random = seededRandom(seed);
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
  return items;
}

/** Plays the waiting once without words: agents that wait in a circle, or for one who is not there, would never speak. */
function requireProgress(seats: readonly Seat[]): void {
  const waiting = new Set(seats);
  const spoken = new Set<string>();
  for (let progress = true; progress;) {
    progress = false;
    for (const seat of waiting) {
      if (![...seat.waitsFor].every(id => spoken.has(id))) continue;
      waiting.delete(seat);
      spoken.add(seat.agent.agent_id);
      progress = true;
    }
  }
  if (waiting.size === 0) return;
  const stuck = [...waiting].map(({agent, waitsFor}) => `${agent.agent_id} waits for ${[...waitsFor].join(', ')}`);
  throw new UserError('agents-deadlocked', `agents that can never speak: ${stuck.join('; ')}`, {
    hint: 'speak_after_within_round must name agents of this config and must not run in a circle',
  });
}
