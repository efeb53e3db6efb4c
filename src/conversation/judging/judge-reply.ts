import type {RecordedError} from '../../record/formats.ts';
import {invalidAnswer, missingStructuredOutput, recordedError} from '../../record/task/recorded-errors.ts';
import {labelContradicts, modelRefused, placeholderReturned, thoughtsOnly} from '../../record/task/reply-errors.ts';
import {judgeEnding} from './judge-ending.ts';
import {judgeReplyReference} from './judge-reply-reference.ts';
import type {JudgeContext, Judgement, Reply} from './judgement.ts';
import {selectLabelStyle} from '../matching/labels.ts';
import {joinThoughts} from '../reading/channels.ts';
import {isPlaceholder, parsePlaceholders} from './placeholders.ts';
import {readReply, type ReadReply} from '../reading/read-reply.ts';
import {isRefusal} from './refusals.ts';
import {findRole} from '../roles/registry.ts';
import {isText, type Role} from '../roles/role.ts';
import type {Interpretation} from '../reading/interpret-choice.ts';

/** Decides whether a reply is accepted, asked again or ends the conversation. */
export function judgeReply(reply: Reply, context: JudgeContext): Judgement {
  return context.config.compatibility === 'reference'
    ? judgeReplyReference(reply, context)
    : new ReplyJudge(reply, context).judge();
}

class ReplyJudge {
  readonly #reply: Reply;
  readonly #context: JudgeContext;
  readonly #role: Role;
  /** Thinking is off and there is nothing but "thoughts": some servers put the whole answer there. */
  readonly #isFromReasoning: boolean;
  readonly #read: ReadReply;
  readonly #who: {readonly agentId: string; readonly attempt: number};

  constructor(reply: Reply, context: JudgeContext) {
    const {agent, config, attempt} = context;
    this.#reply = reply;
    this.#context = context;
    this.#who = {agentId: agent.agent_id, attempt};
    this.#role = findRole(agent.role);
    this.#isFromReasoning = agent.enable_thinking === false && reply.text.trim() === '' && isText(reply.reasoningText);
    const text = this.#isFromReasoning ? (reply.reasoningText ?? '') : reply.text;
    const {answerField} = this.#role;
    const schema = this.#role.answerSchema(context.question, 'answer_first');
    const all = [...new Set([...Object.keys(schema['properties'] as object), ...answerField])];
    this.#read = readReply(text, {answer: answerField, all}, config.model_definitions[agent.model]?.thought_tags);
  }

  judge(): Judgement {
    const thoughts = this.#thoughts();
    return {...this.#decide(), ...(thoughts === '' ? {} : {thoughts})};
  }

  #thoughts(): string {
    return joinThoughts([this.#reply.reasoningText ?? '', this.#isFromReasoning ? '' : this.#read.thoughts]);
  }

  #decide(): Judgement {
    const {max_tokens: maxTokens} = this.#context.agent;
    const early = judgeEnding(this.#reply, {...this.#who, maxTokens});
    if (early) {
      const isThinking = this.#reply.ending === 'max-tokens' && this.#hasOnlyThoughts();
      return isThinking ? {...early, error: this.#thoughtsOnlyError()} : early;
    }
    const {fields} = this.#read;
    if (fields) return this.#interpret(fields);
    if (this.#hasOnlyThoughts()) return this.#retry(this.#thoughtsOnlyError());
    return (
      this.#refusal(this.#read.answer) ?? this.#retry(missingStructuredOutput(this.#who.agentId, this.#who.attempt))
    );
  }

  #hasOnlyThoughts(): boolean {
    return this.#read.answer.trim() === '' && this.#thoughts() !== '';
  }

  #thoughtsOnlyError(): RecordedError {
    const {responseTokens: tokensGenerated, reasoningTokens} = this.#reply;
    const {max_tokens: maxTokens} = this.#context.agent;
    return thoughtsOnly({...this.#who, reasoningTokens, tokensGenerated, maxTokens});
  }

  #interpret(fields: Readonly<Record<string, unknown>>): Judgement {
    const {question, config} = this.#context;
    const interpretation = this.#role.interpret(fields, {
      question,
      threshold: config.retry_config.answer_match_threshold,
      mode: 'default',
      labels: selectLabelStyle(config.prompt_template_config.for_participant.choice_display_format),
    });
    switch (interpretation.kind) {
      case 'accepted':
        return this.#accept(interpretation, fields);
      case 'invalid-answer':
        return this.#refuse(interpretation, fields);
      case 'invalid-field':
        return this.#retry(
          recordedError('ValidationError', interpretation.message, {
            agent_id: this.#who.agentId,
            attempt: this.#who.attempt,
          }),
        );
      case 'unexpected':
        throw new Error(`Internal error: ${interpretation.message}`);
    }
  }

  #accept(
    {isReshaped, ...accepted}: Extract<Interpretation, {kind: 'accepted'}>,
    fields: Readonly<Record<string, unknown>>,
  ): Judgement {
    const copied = this.#copiedField(fields);
    const isMatched = accepted.matchedText !== null;
    // A copied answer that names a choice is the choice; where there is nothing to choose from, it is no answer.
    const mayPass = copied === 'rationale' && this.#context.config.retry_config.retry_on_placeholder === false;
    if (copied !== undefined && !mayPass && !(isMatched && copied === 'answer'))
      return this.#placeholder(copied, fields);
    return {
      ...accepted,
      repaired: this.#read.isRepaired || isReshaped === true,
      ...(copied === 'rationale' ? {isPlaceholder: true} : {}),
      ...(this.#isFromReasoning ? {isFromReasoning: true} : {}),
    };
  }

  /** Returns the name of a field that repeats the template's own words. */
  #copiedField(fields: Readonly<Record<string, unknown>>): string | undefined {
    const {question, config} = this.#context;
    const {json_field_order: order} = config.prompt_template_config.for_participant;
    const placeholders = parsePlaceholders(this.#role.template(question, order));
    return Object.keys(fields).find(name => isPlaceholder(fields[name], placeholders.get(name)));
  }

  #placeholder(field: string, fields: Readonly<Record<string, unknown>>): Judgement {
    return this.#retry(placeholderReturned({...this.#who, field, text: String(fields[field])}));
  }

  /** Decides why an answer names no choice. */
  #refuse(
    {answer, matchInfo, contradiction}: Extract<Interpretation, {kind: 'invalid-answer'}>,
    fields: Readonly<Record<string, unknown>>,
  ): Judgement {
    if (contradiction) {
      const {label, labelled, named} = contradiction;
      const texts = {answerText: String(answer), label, labelled: labelled?.text ?? null, named: named.text};
      return this.#retry(labelContradicts({...this.#who, ...texts}));
    }
    const copied = this.#copiedField(fields);
    if (copied !== undefined && copied !== 'rationale') return this.#placeholder(copied, fields);
    const said = isText(answer) && !EMPTY_ANSWER.test(answer) ? [answer] : Object.values(fields).filter(isText);
    return (
      this.#refusal(said.join(' ')) ??
      this.#retry(
        invalidAnswer({
          answerText: answer,
          choices: this.#context.question.choices,
          matchInfo: matchInfo?.() ?? null,
          attempt: this.#who.attempt,
        }),
      )
    );
  }

  #refusal(words: string): Judgement | undefined {
    if (!isRefusal(words)) return undefined;
    return {kind: 'fatal', outcome: 'refused', error: modelRefused({...this.#who, how: 'text', words})};
  }

  #retry(error: RecordedError): Judgement {
    return {kind: 'retry', outcome: 'unusable', error};
  }
}

/** Answers that leave the field open: the model's words are in another one. */
const EMPTY_ANSWER = /^[\s\p{P}]*(?:n\/?a|none|null|nil|no answer)?[\s\p{P}]*$/iu;
