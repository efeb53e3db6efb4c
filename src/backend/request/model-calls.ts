import type {Clock} from '../../core/clock.ts';
import type {ModelDefinition} from '../../core/task-config.ts';
import {isWellFormed, wellFormed} from '../../core/text/well-formed.ts';
import {
  applyLessons,
  firstLessons,
  foldNotice,
  learnField,
  learnLimit,
  learnRole,
  recordedLessons,
  type Lesson,
  type Lessons,
} from './adaptation.ts';
import type {ChatFailure, ChatOutcome, ChatReply, ChatRequest, OnNotice} from '../backend.ts';
import type {ReplyContext} from '../reply/completion.ts';
import {wholeErrorText} from '../failure/error-text.ts';
import {transportFailure, type CallContext} from '../failure/failure.ts';
import type {Post} from './post.ts';
import {readAnswer} from '../reply/read-answer.ts';
import {sentFields} from './body-builder.ts';
import {replyInError} from '../reply/reply-error.ts';
import type {Body, BodyBuilder} from './shape-request.ts';

/** One backend's way to make calls and to read their answers. */
export interface CallOptions {
  readonly model: ModelDefinition;
  readonly build: BodyBuilder;
  /** The system's text has a field of its own, which every server takes. */
  readonly hasSystemField?: boolean;
  readonly clock: Clock;
  readonly post: Post;
  readonly context: (signal: AbortSignal) => CallContext;
  readonly read: (answer: unknown, context: ReplyContext) => ChatOutcome;
  /** Looks closer at a failure, before it is named. */
  readonly examine?: (failure: ChatFailure, signal: AbortSignal) => Promise<ChatFailure>;
  /** Names an error as records of this backend do. */
  readonly nameError?: (failure: ChatFailure, request: ChatRequest) => ChatFailure;
  readonly onNotice: OnNotice;
}

/** More lessons than a server can give for one request mean that nothing helps. */
const MAX_LESSONS = 6;

interface Attempt {
  readonly outcome: ChatOutcome;
  readonly body: Body;
  /** Of an answer with an error status. */
  readonly refusal?: {readonly status: number; readonly words: string};
}

/**
 * The chat calls to one model: the request as it leaves us, the answer as it is read, and what is learned of the
 * server's form. A call is repeated at once, and only then, when the server named what it does not take.
 */
export class ModelCalls {
  readonly #options: CallOptions;
  #lessons: Lessons;
  /** It is known whether the server takes a system message. */
  #isRoleSettled: boolean;

  constructor(options: CallOptions) {
    const {model, hasSystemField = false} = options;
    this.#options = options;
    this.#lessons = firstLessons(model);
    this.#isRoleSettled = hasSystemField || (model.system_role ?? 'auto') !== 'auto';
  }

  async complete(request: ChatRequest, signal: AbortSignal): Promise<ChatOutcome> {
    const {request: clean, isRepaired} = repairRequest(request);
    for (let lessons = 0; ; lessons++) {
      const used = this.#lessons;
      const attempt = await this.#call(clean, signal, used);
      const {outcome} = attempt;
      if (outcome.kind === 'reply') {
        if (used.systemRole) this.#isRoleSettled = true;
        if (!request.reference) this.#learnFromReply(attempt.body, outcome);
        return repairReply(outcome, isRepaired);
      }
      if (lessons === MAX_LESSONS || signal.aborted || !attempt.refusal)
        return this.#describe(outcome, request, signal);
      // Several calls may learn of it at once; each is repeated, whoever was first.
      if (this.#lessons !== used || this.#learn(attempt, request)) continue;
      const folded = await this.#tryWithoutSystemRole(attempt, clean, signal);
      return folded ? repairReply(folded, isRepaired) : this.#describe(outcome, request, signal);
    }
  }

  #learn({refusal, body}: Attempt, request: ChatRequest): boolean {
    if (!refusal) return false;
    const {model} = this.#options;
    const lesson =
      learnRole({...refusal, body}, this.#lessons, model) ??
      // The older system gave up; under `reference` so do we.
      (request.reference ? null : learnField({...refusal, body}, this.#lessons));
    if (lesson) this.#adopt(lesson);
    return lesson !== null;
  }

  #learnFromReply(body: Body, {responseTokens}: ChatReply): void {
    const lesson = learnLimit(body, responseTokens, this.#lessons);
    if (lesson) this.#adopt(lesson);
  }

  #adopt({lessons, notice}: Lesson): void {
    this.#lessons = lessons;
    this.#isRoleSettled ||= !lessons.systemRole;
    const {model, onNotice} = this.#options;
    onNotice(`${model.model_name ?? model.model_path ?? model.backend}: ${notice}`, 'warning');
  }

  /**
   * Some servers die of a template without a system role and say nothing. Before the first reply, such an answer is
   * tried without that role, and believed only if the same request with it fails again.
   */
  async #tryWithoutSystemRole(failed: Attempt, request: ChatRequest, signal: AbortSignal): Promise<ChatReply | null> {
    const {refusal} = failed;
    if (this.#isRoleSettled || request.reference || refusal?.status !== 500 || !isUninformative(refusal.words))
      return null;
    this.#isRoleSettled = true;
    const used = this.#lessons;
    const folded = await this.#call(request, signal, {...used, systemRole: false});
    if (folded.outcome.kind !== 'reply') return null;
    const again = await this.#call(request, signal, used);
    if (again.outcome.kind === 'reply') return again.outcome;
    this.#adopt({lessons: {...this.#lessons, systemRole: false}, notice: foldNotice('status 500 without a word')});
    return folded.outcome;
  }

  async #call(request: ChatRequest, signal: AbortSignal, lessons: Lessons): Promise<Attempt> {
    const {build, post, clock, context, read} = this.#options;
    const body = applyLessons(build(request, lessons.systemRole), lessons);
    const call = context(signal);
    const startMs = clock.monotonic();
    try {
      const response = await post(request, body, signal);
      const latencyMs = clock.monotonic() - startMs;
      const answer = readAnswer(response, call);
      if (answer.kind === 'failure') {
        if (response.ok) return {outcome: answer, body};
        const reply = request.reference
          ? null
          : replyInError(response.body, {latencyMs, sent: this.#recordSentFields(body, {request, lessons})});
        if (reply) return {outcome: reply, body};
        const refusal = {refusal: {status: response.status, words: wholeErrorText(response.body)}};
        return {outcome: answer, body, ...refusal};
      }
      const sent = this.#recordSentFields(body, {request, lessons});
      return {outcome: read(answer.value, {call, request, body, latencyMs, sent}), body};
    } catch (error) {
      return {outcome: transportFailure(error, call), body};
    }
  }

  #recordSentFields(body: Body, {request, lessons}: {readonly request: ChatRequest; readonly lessons: Lessons}): Body {
    return {...sentFields(body), ...(request.reference ? {} : recordedLessons(lessons))};
  }

  async #describe(failure: ChatFailure, request: ChatRequest, signal: AbortSignal): Promise<ChatFailure> {
    const {examine, nameError} = this.#options;
    const examined = examine ? await examine(failure, signal) : failure;
    return nameError?.(examined, request) ?? examined;
  }
}

function isUninformative(words: string): boolean {
  return /^(?:no message.*|internal server error)$/i.test(words);
}

/** Lone surrogates would leave as something that many servers refuse, this time and in every round that quotes them. */
function repairRequest(request: ChatRequest): {readonly request: ChatRequest; readonly isRepaired: boolean} {
  const {system, user} = request;
  if (isWellFormed(system) && isWellFormed(user)) return {request, isRepaired: false};
  return {request: {...request, system: wellFormed(system), user: wellFormed(user)}, isRepaired: true};
}

function repairReply(reply: ChatReply, isRepaired: boolean): ChatReply {
  const {text, reasoningText = '', refusal = ''} = reply;
  const isWell = isWellFormed(text) && isWellFormed(reasoningText) && isWellFormed(refusal);
  if (isWell && !isRepaired) return reply;
  return {
    ...reply,
    text: wellFormed(text),
    ...(reply.reasoningText === undefined ? {} : {reasoningText: wellFormed(reasoningText)}),
    ...(reply.refusal === undefined ? {} : {refusal: wellFormed(refusal)}),
    sent: {...reply.sent, text_repaired: true},
  };
}
