import type {FailedOutcome} from '../core/conversation-outcome.ts';
import type {ReplyEnding} from '../core/reply-ending.ts';
import type {AgentDefinition, TaskConfig} from '../core/task-config.ts';
import type {Question} from '../questions/question.ts';
import type {AnswerMatchInfo, RecordedError, StructuredResponse} from '../record/formats.ts';
import {invalidAnswer, missingStructuredOutput, recordedError, unexpectedError} from '../record/recorded-errors.ts';
import {judgeEnding, judgeEndingReference} from './judge-ending.ts';
import {parseResponse} from './parse-response.ts';
import {isPythonFalsy} from './python-falsy.ts';
import {findRole} from './roles/registry.ts';
import {transformReference, type Interpretation} from './transform.ts';

/** What a model sent, as far as a conversation looks at it. */
export interface Reply {
  readonly text: string;
  readonly ending: ReplyEnding;
  readonly reasoningText?: string;
  readonly refusal?: string;
  readonly promptTokens: number;
  readonly responseTokens: number;
  readonly finishReason: string | null;
  readonly latencyMs: number;
  readonly servedModel: string | null;
  readonly sent: Readonly<Record<string, unknown>>;
  readonly reasoningTokens?: number;
  /** Which backend answered. */
  readonly backendKind: string;
}

export type Judgement =
  | {
      readonly kind: 'accepted';
      readonly response: StructuredResponse;
      readonly matchedText: string | null;
      readonly matchInfo: (() => AnswerMatchInfo) | null;
      readonly repaired: boolean;
    }
  /** Not usable: ask again. `outcome`: how the conversation ends when no further attempt is left. */
  | {readonly kind: 'retry'; readonly outcome: FailedOutcome; readonly error: RecordedError}
  /** Asking again is useless or would hide a finding: the conversation ends here. */
  | {readonly kind: 'fatal'; readonly outcome: FailedOutcome; readonly error: RecordedError};

/** Decides what becomes of a reply. */
export function judgeReply(
  reply: Reply,
  context: {
    readonly agent: AgentDefinition;
    readonly question: Question;
    readonly config: TaskConfig;
    readonly attempt: number;
  },
): Judgement {
  const {agent, question, config, attempt} = context;
  const mode = config.compatibility === 'reference' ? 'reference' : 'default';
  const ending = mode === 'reference' ? judgeEndingReference : judgeEnding;
  const early = ending(reply, {agentId: agent.agent_id, maxTokens: agent.max_tokens, attempt});
  if (early) return early;
  const {value, stage} = parseResponse(reply.text);
  const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
  // Whatever is false in Python was no answer to the older system.
  if (isPythonFalsy(value) || (mode === 'default' && !isObject)) {
    return retry('unusable', missingStructuredOutput(agent.agent_id, attempt));
  }
  const interpretation: Interpretation =
    mode === 'reference'
      ? transformReference(value, agent.role, {question, threshold: config.retry_config.answer_match_threshold, mode})
      : findRole(agent.role).interpret(value as Record<string, unknown>, {
          question,
          threshold: config.retry_config.answer_match_threshold,
          mode,
        });
  switch (interpretation.kind) {
    case 'accepted':
      return {...interpretation, repaired: stage === 'repair'};
    case 'invalid-answer': {
      const {answer, matchInfo} = interpretation;
      const choices = question.choices;
      return retry('unusable', invalidAnswer({answerText: answer, choices, matchInfo: matchInfo?.() ?? null, attempt}));
    }
    case 'invalid-field':
      return retry(
        'unusable',
        recordedError('ValidationError', interpretation.message, {agent_id: agent.agent_id, attempt}),
      );
    case 'unexpected':
      return {
        kind: 'fatal',
        outcome: 'unusable',
        error: unexpectedError({
          type: interpretation.errorType,
          message: interpretation.message,
          context: 'request execution',
          questionId: question.question_id,
        }),
      };
  }
}

function retry(outcome: FailedOutcome, error: RecordedError): Judgement {
  return {kind: 'retry', outcome, error};
}
