import {isChoiceQuestion, validChoices} from '../questions/choices.ts';
import type {Question} from '../questions/question.ts';
import type {AnswerMatchInfo, StructuredResponse} from '../record/formats.ts';
import {matchAnswer, type AnswerMatch, type MatchMode} from './match-answer.ts';
import {isPythonFalsy} from './python-falsy.ts';

/** What a reply that was understood as JSON turned out to be. */
export type Interpretation =
  | {
      readonly kind: 'accepted';
      readonly response: StructuredResponse;
      /** The wording of the choice that was settled on. */
      readonly matchedText: string | null;
      readonly matchInfo: (() => AnswerMatchInfo) | null;
    }
  /** It names none of the choices: ask again. */
  | {readonly kind: 'invalid-answer'; readonly answer: unknown; readonly matchInfo: (() => AnswerMatchInfo) | null}
  /** A field that the role needs is missing or of the wrong kind: ask again. */
  | {readonly kind: 'invalid-field'; readonly message: string}
  /** Reference only: what made the older system fail. */
  | {readonly kind: 'unexpected'; readonly errorType: string; readonly message: string};

export interface InterpretationContext {
  readonly question: Question;
  readonly threshold: number;
  readonly mode: MatchMode;
}

/**
 * Reads a field that must name one of the choices. Default: an answer that is empty, missing or no text is invalid, whatever the threshold.
 */
export function interpretChoice(
  answer: unknown,
  {question, threshold}: InterpretationContext,
): {match: AnswerMatch; info: () => AnswerMatchInfo} | {match: null; info: (() => AnswerMatchInfo) | null} {
  if (typeof answer !== 'string' || answer.trim() === '') return {match: null, info: null};
  // Only what was shown can be chosen.
  const match = matchAnswer(answer, validChoices(question), threshold, 'default');
  const info = (): AnswerMatchInfo => ({original_answer: answer, match_details: match.details()});
  return match.accepted && match.matchedText !== '' ? {match, info} : {match: null, info};
}

/**
 * The older system's reading, for every role: a participant's answer to a choice question is matched; anything else is taken as it comes. An empty, null or
 * missing answer counts as given; an answer that is no text, or a reply that is no object, breaks the conversation.
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
  // A choice without a text cannot be told from none at all.
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
