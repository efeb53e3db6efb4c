import type {Question} from '../../questions/question.ts';
import type {AnswerMatchInfo, StructuredResponse} from '../../record/formats.ts';
import {matchAnswer, type AnswerMatch, type Contradiction, type MatchMode} from '../matching/match-answer.ts';
import type {LabelStyle} from '../matching/labels.ts';

/** The meaning of a reply that was read as JSON. */
export type Interpretation =
  | {
      readonly kind: 'accepted';
      readonly response: StructuredResponse;
      /** The wording of the choice that was settled on. */
      readonly matchedText: string | null;
      readonly matchInfo: (() => AnswerMatchInfo) | null;
      /** The answer was no text but says one: a number, a list of one. */
      readonly isReshaped?: boolean;
    }
  /** It names none of the choices, or one by its label and another by its words: ask again. */
  | {
      readonly kind: 'invalid-answer';
      readonly answer: unknown;
      readonly matchInfo: (() => AnswerMatchInfo) | null;
      readonly contradiction?: Contradiction | null;
    }
  /** A field that the role needs is missing or of the wrong kind: ask again. */
  | {readonly kind: 'invalid-field'; readonly message: string}
  /** Reference only: the failure of the older system. */
  | {readonly kind: 'unexpected'; readonly errorType: string; readonly message: string};

export interface InterpretationContext {
  readonly question: Question;
  readonly threshold: number;
  readonly mode: MatchMode;
  /** The labels that the prompt gave the choices; default none. */
  readonly labels?: LabelStyle;
}

/** Returns an answer as text, if it is one or clearly means one: `10`, `["The man"]`, `{"text": "The man"}`. */
export function toAnswerText(answer: unknown): {readonly text: string; readonly isReshaped: boolean} | undefined {
  if (typeof answer === 'string') return answer.trim() === '' ? undefined : {text: answer, isReshaped: false};
  if (typeof answer === 'number' || typeof answer === 'boolean') return {text: String(answer), isReshaped: true};
  if (answer === null || typeof answer !== 'object') return undefined;
  const members = Object.values(answer) as unknown[];
  const inner = members.length === 1 ? toAnswerText(members[0]) : undefined;
  if (inner === undefined || Array.isArray(answer)) return inner && {...inner, isReshaped: true};
  const [key = ''] = Object.keys(answer);
  // {"B": "The man"} has a label.
  if (/^(?:[a-z]|[ivx]{1,4}|\d{1,2})$/i.test(key)) return {text: `${key}: ${inner.text}`, isReshaped: true};
  return NAMES_AN_ANSWER.test(key) ? {text: inner.text, isReshaped: true} : undefined;
}

/** Keys beside which a value is the answer. Under any other it may be its opposite: `{"not": "The man"}`. */
const NAMES_AN_ANSWER =
  /^(?:(?:my|the|final|selected|chosen|best|correct)[ _-]?)*(?:answer|choice|option|text|value|selection|selected|chosen|response|verdict|opinion|result|content|label|id|letter|name|output|person)(?:[ _-]?(?:text|id|label|value|name))?$/i;

/** The reading of a field that must name one of the choices. */
export interface ReadChoice {
  readonly match: AnswerMatch | null;
  readonly info: (() => AnswerMatchInfo) | null;
  readonly isReshaped: boolean;
  readonly contradiction: Contradiction | null;
}

/**
 * Reads a field that must name one of the choices. An answer that is empty, missing or nothing like a text is invalid,
 * whatever the threshold.
 */
export function interpretChoice(
  answer: unknown,
  {question, threshold, labels = 'none'}: InterpretationContext,
): ReadChoice {
  const said = toAnswerText(answer);
  if (!said) return {match: null, info: null, isReshaped: false, contradiction: null};
  const match = matchAnswer(said.text, question.choices, threshold, 'default', labels);
  const info = (): AnswerMatchInfo => ({original_answer: answer, match_details: match.details()});
  const isFound = match.accepted && match.matchedText !== '';
  return {match: isFound ? match : null, info, isReshaped: said.isReshaped, contradiction: match.contradiction};
}
