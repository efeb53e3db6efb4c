import {expect} from 'vitest';

import {judgeReply} from '../../src/conversation/judging/judge-reply.ts';
import {matchAnswer} from '../../src/conversation/matching/match-answer.ts';
import {findRole} from '../../src/conversation/roles/registry.ts';
import {transformReference} from '../../src/conversation/judging/judge-reply-reference.ts';
import type {Interpretation} from '../../src/conversation/reading/interpret-choice.ts';
import type {TaskConfig} from '../../src/core/task-config.ts';
import {goldenSuite, type GoldenVector} from '../support/golden.ts';

/** Our interpretation in the form in which the older system's private fields recorded it. */
function asRecorded(result: Interpretation, role: string, raw: any): unknown {
  if (result.kind === 'accepted') {
    return {
      ...result.response,
      ...(result.matchedText ? {_matched_answer_text: result.matchedText} : {}),
      ...(result.matchInfo ? {_answer_match_info: result.matchInfo()} : {}),
    };
  }
  if (result.kind !== 'invalid-answer') return result;
  return {
    response_type: role,
    rationale: 'rationale' in raw ? raw.rationale : '',
    opinion: result.answer,
    _answer_match_info: result.matchInfo?.(),
  };
}

goldenSuite('transform.json', {
  mode: 'reference',
  check: ({input: {raw_response: raw, role, question, threshold}, expected}) => {
    const result = transformReference(raw, role, {question, threshold, mode: 'reference'});
    if (expected.error) {
      expect(result.kind).toBe('unexpected');
      expect(result).toMatchObject({errorType: expected.error.type, message: expected.error.message});
      return;
    }
    expect(result.kind === 'invalid-answer').toBe(expected.is_invalid_answer);
    expect(asRecorded(result, role, raw)).toEqual(expected.transformed);
  },
});

const NO_OBJECT =
  'a reply that is no object is missing structured output and is asked again; it does not end the conversation';
const NO_TEXT = 'an answer that is empty, missing or no text is invalid and is asked again';
const OWN_SHAPE = 'judges, moderators and devil’s advocates have a shape and a validation of their own';
const UNKNOWN_ROLE = 'a role that does not exist is refused, not treated as one without validation';
const NO_RATIONALE = 'an answer without a rationale is asked again';
const MATCHED_BY_TIER = 'the answer is matched in strict tiers (answer-match.json has each rule)';

function interpret({input: {raw_response: raw, role, question, threshold}}: GoldenVector): Interpretation {
  return findRole(role).interpret(raw, {question, threshold, mode: 'default'});
}

const isObject = (raw: unknown): boolean => raw !== null && typeof raw === 'object' && !Array.isArray(raw);
const isAnswer = (answer: unknown): boolean => typeof answer === 'string' && answer.trim() !== '';
const hasRationale = (raw: any): boolean => isAnswer(raw.rationale);

function reasonOf(vector: GoldenVector): string | undefined {
  const {raw_response: raw, role, question, threshold} = vector.input;
  if (role === 'Participant') return UNKNOWN_ROLE;
  if (!isObject(raw)) return NO_OBJECT;
  if (role !== 'participant') return OWN_SHAPE;
  if (!isAnswer(raw.answer)) return NO_TEXT;
  const isChoice = ['multiple_choice', 'binary', undefined].includes(question.question_type);
  if (!isChoice || !question.choices?.length) return hasRationale(raw) ? undefined : NO_RATIONALE;
  const ours = matchAnswer(raw.answer, question.choices, threshold, 'default');
  if (ours.accepted && !hasRationale(raw)) return NO_RATIONALE;
  const theirs = matchAnswer(raw.answer, question.choices, threshold, 'reference');
  return ours.matchedId === theirs.matchedId ? undefined : MATCHED_BY_TIER;
}

function opinionOf(result: Interpretation): unknown {
  return result.kind === 'accepted' ? result.response.opinion : undefined;
}

function checkDecision(vector: GoldenVector, reason: string): void {
  const {raw_response: raw, role, question, threshold} = vector.input;
  switch (reason) {
    case UNKNOWN_ROLE:
      expect(() => interpret(vector)).toThrow(/unknown role/);
      break;
    case NO_OBJECT:
      expect(judge(vector)).toMatchObject({kind: 'retry', error: {error_code: 'MISSING_STRUCTURED_OUTPUT'}});
      break;
    case NO_TEXT:
      expect(interpret(vector)).toMatchObject({kind: 'invalid-answer', answer: raw.answer});
      break;
    case NO_RATIONALE:
      expect(interpret(vector)).toMatchObject({kind: 'invalid-field', message: expect.stringContaining('rationale')});
      break;
    case MATCHED_BY_TIER: {
      const match = matchAnswer(raw.answer, question.choices, threshold, 'default');
      expect(interpret(vector).kind).toBe(match.accepted ? 'accepted' : 'invalid-answer');
      if (match.accepted) expect(opinionOf(interpret(vector))).toBe(match.matchedId);
      break;
    }
    default: {
      const result = interpret(vector);
      // A judge's verdict is an answer; the others need fields that these replies, made for participants, do not have.
      const match =
        role === 'judge' && isAnswer(raw.answer) && matchAnswer(raw.answer, question.choices, threshold, 'default');
      if (match && match.accepted && !hasRationale(raw)) {
        expect(result).toMatchObject({kind: 'invalid-field', message: expect.stringContaining('rationale')});
      } else if (match && match.accepted) {
        expect(result).toMatchObject({kind: 'accepted', response: {response_type: 'judge', verdict: match.matchedId}});
      } else {
        expect(result.kind).toBe(role === 'judge' ? 'invalid-answer' : 'invalid-field');
      }
    }
  }
}

function judge({input: {raw_response: raw, role, question}}: GoldenVector) {
  const reply = {
    text: JSON.stringify(raw),
    ending: 'complete' as const,
    promptTokens: 1,
    responseTokens: 1,
    finishReason: 'stop',
    latencyMs: 1,
    servedModel: null,
    sent: {},
    backendKind: 'simulated',
  };
  const agent = {agent_id: 'agent', role, if_as_human: false, model: 'm', temperature: 0, max_tokens: 10};
  return judgeReply(reply, {
    agent,
    question,
    config: {
      retry_config: {answer_match_threshold: 0.75},
      model_definitions: {},
      prompt_template_config: {for_participant: {choice_display_format: 'bullet', json_field_order: 'answer_first'}},
    } as unknown as TaskConfig,
    attempt: 0,
  });
}

goldenSuite('transform.json', {
  mode: 'default',
  decision: reasonOf,
  check: vector => {
    const {raw_response: raw} = vector.input;
    const {expected} = vector;
    const result = interpret(vector);
    expect(result.kind === 'invalid-answer').toBe(expected.is_invalid_answer);
    if (result.kind !== 'accepted') return;
    expect(result.matchedText ?? undefined).toEqual(expected.transformed._matched_answer_text);
    expect(result.response).toEqual({
      response_type: 'participant',
      rationale: raw.rationale,
      opinion: expected.transformed.opinion,
    });
  },
  checkDecision,
});
