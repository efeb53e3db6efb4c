import {invalidAnswer, missingStructuredOutput, unexpectedError} from '../../record/task/recorded-errors.ts';
import {isChoiceQuestion} from '../../questions/question.ts';
import type {AnswerMatchInfo, RecordedError} from '../../record/formats.ts';
import {matchAnswer} from '../matching/match-answer.ts';
import {judgeEndingReference} from './judge-ending.ts';
import type {JudgeContext, Judgement, Reply} from './judgement.ts';
import {parseResponse} from '../reading/parse-response.ts';
import {isPythonFalsy} from '../../core/python/python-falsy.ts';
import type {Interpretation, InterpretationContext} from '../reading/interpret-choice.ts';

/** Decides as the older system did whether a reply is accepted, asked again or ends the conversation. */
export function judgeReplyReference(reply: Reply, {agent, question, config, attempt}: JudgeContext): Judgement {
  const {agent_id: agentId, max_tokens: maxTokens} = agent;
  const early = judgeEndingReference(reply, {agentId, maxTokens, attempt});
  if (early) return early;
  const {value, stage} = parseResponse(reply.text);
  // The older system took whatever is false in Python for no answer.
  if (isPythonFalsy(value)) return retry(missingStructuredOutput(agentId, attempt));
  const threshold = config.retry_config.answer_match_threshold;
  const interpretation = transformReference(value, agent.role, {question, threshold, mode: 'reference'});
  switch (interpretation.kind) {
    case 'accepted':
      return {...interpretation, repaired: stage === 'repair'};
    case 'invalid-answer': {
      const {answer, matchInfo} = interpretation;
      const {choices} = question;
      return retry(invalidAnswer({answerText: answer, choices, matchInfo: matchInfo?.() ?? null, attempt}));
    }
    case 'invalid-field':
      throw new Error(`Internal error: ${interpretation.message}`);
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

function retry(error: RecordedError): Judgement {
  return {kind: 'retry', outcome: 'unusable', error};
}

/**
 * Reads a reply as the older system did, for every role: a participant's answer to a choice question is matched;
 * anything else is taken as it comes. An empty, null or missing answer counts as given; an answer that is no text, or a
 * reply that is no object, breaks the conversation.
 */
export function transformReference(raw: unknown, role: string, context: InterpretationContext): Interpretation {
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) {
    return {
      kind: 'unexpected',
      errorType: 'AttributeError',
      message: `'${pythonType(raw)}' object has no attribute 'get'`,
    };
  }
  const fields = raw as Readonly<Record<string, unknown>>;
  const rationale = 'rationale' in fields ? fields['rationale'] : '';
  const accept = (opinion: unknown): Interpretation => ({
    kind: 'accepted',
    response: {response_type: role, rationale, opinion},
    matchedText: null,
    matchInfo: null,
  });
  if (role !== 'participant' || !isChoiceQuestion(context.question)) {
    return accept('opinion' in fields ? fields['opinion'] : 'answer' in fields ? fields['answer'] : '');
  }
  const answer = 'answer' in fields ? fields['answer'] : '';
  const {choices} = context.question;
  if (choices.length === 0 || isPythonFalsy(answer)) return accept(answer);
  if (typeof answer !== 'string') {
    const message = `normalize() argument 2 must be str, not ${pythonType(answer)}`;
    return {kind: 'unexpected', errorType: 'TypeError', message};
  }
  const match = matchAnswer(answer, choices, context.threshold, 'reference');
  const matchInfo = (): AnswerMatchInfo => ({original_answer: answer, match_details: match.details()});
  // A choice without a text looks like no choice at all.
  if (!match.accepted || !match.matchedText) return {kind: 'invalid-answer', answer, matchInfo};
  return {
    kind: 'accepted',
    response: {response_type: role, rationale, opinion: match.matchedId},
    matchedText: match.matchedText,
    matchInfo,
  };
}

function pythonType(value: unknown): string {
  if (value === null) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return typeof value === 'string' ? 'str' : 'dict';
}
