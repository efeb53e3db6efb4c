import {invalidAnswer, missingStructuredOutput, unexpectedError} from '../../record/task/recorded-errors.ts';
import type {RecordedError} from '../../record/formats.ts';
import {judgeEndingReference} from './judge-ending.ts';
import type {JudgeContext, Judgement, Reply} from './judge-reply.ts';
import {parseResponse} from './parse-response.ts';
import {isPythonFalsy} from '../../core/python/python-falsy.ts';
import {transformReference} from './interpret-choice.ts';

/** Decides as the older system did what becomes of a reply. */
export function judgeReplyReference(reply: Reply, {agent, question, config, attempt}: JudgeContext): Judgement {
  const {agent_id: agentId, max_tokens: maxTokens} = agent;
  const early = judgeEndingReference(reply, {agentId, maxTokens, attempt});
  if (early) return early;
  const {value, stage} = parseResponse(reply.text);
  // Whatever is false in Python was no answer to the older system.
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
