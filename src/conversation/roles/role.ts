import {pythonStr} from '../../core/python/python-str.ts';
import type {ParticipantPromptConfig} from '../../core/task-config.ts';
import {isChoiceQuestion, type Question} from '../../questions/question.ts';
import type {AnswerMatchInfo, Message, StructuredResponse} from '../../record/formats.ts';
import {
  interpretChoice,
  toAnswerText,
  type Interpretation,
  type InterpretationContext,
} from '../reading/interpret-choice.ts';

/**
 * Defines what an agent is asked for, what counts as an answer, and how the others read it. To add a role, write one
 * file with such an object and add it to `registry.ts` (docs/extending.md).
 */
export interface Role {
  /** As in `agent_definitions[].role`. */
  readonly name: string;
  /** The names of the field by which an object is recognized as its reply. */
  readonly answerField: readonly string[];
  /** The key of its recorded response that answers the question; absent for roles that take no side. */
  readonly opinionKey?: string;
  /** Returns the JSON object that the prompt asks for, as text. */
  template(question: Question, order: ParticipantPromptConfig['json_field_order']): string;
  /**
   * Returns the same as a JSON Schema, for servers that can enforce it (`structured_output: json_schema`): they write
   * the properties in this order.
   */
  answerSchema(
    question: Question,
    order: ParticipantPromptConfig['json_field_order'],
  ): Readonly<Record<string, unknown>>;
  /** Reads a reply that is a JSON object. */
  interpret(fields: Readonly<Record<string, unknown>>, context: InterpretationContext): Interpretation;
  /** Renders its message as a line of the discussion that others see; with reasons if the routing shows them. */
  line(message: Message, question: Question, withRationale: boolean): string;
  /** Its row in docs/roles-and-routing.md. */
  readonly docs: {readonly askedFor: string; readonly countsAsAnswer: string; readonly othersRead: string};
}

/** Returns a closed JSON Schema object whose properties are all required, in the order in which to write them. */
export function objectSchema(properties: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return {type: 'object', properties, required: Object.keys(properties), additionalProperties: false};
}

/** Renders `{`, one line a field and `}`, as the prompts show it. */
export function renderTemplate(fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries(fields).map(([name, value]) => `  "${name}": ${value}`);
  return `{\n${lines.join(',\n')}\n}`;
}

/** Returns the schema of a field that names one of the choices; any text where there are none. */
export function choiceSchema(question: Question): Readonly<Record<string, unknown>> {
  const texts = isChoiceQuestion(question) ? question.choices.map(({text}) => text) : [];
  // Some questions offer one wording twice; an enumeration must not.
  return texts.length > 0 ? {type: 'string', enum: [...new Set(texts)]} : {type: 'string'};
}

/** Complains about fields that must be texts and are missing, empty or something else; undefined when all are there. */
export function missingTexts(
  fields: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Extract<Interpretation, {kind: 'invalid-field'}> | undefined {
  const missing = names.filter(name => !isText(fields[name]));
  if (missing.length === 0) return undefined;
  return {kind: 'invalid-field', message: `${missing.join(', ')}: expected a non-empty text`};
}

/**
 * Reads a field that answers the question: the id of the choice that it names, or the text itself where there is
 * nothing to choose from. It needs a rationale beside it; the answer is looked at first, so that a reply that names no
 * choice counts as such.
 */
export function interpretAnswer(
  fields: Readonly<Record<string, unknown>>,
  answer: unknown,
  context: InterpretationContext,
  respond: (settled: string, rationale: string) => StructuredResponse,
): Interpretation {
  const {question} = context;
  const accept = (
    settled: string,
    how: {matchedText: string | null; matchInfo: (() => AnswerMatchInfo) | null; isReshaped: boolean},
  ): Interpretation => {
    const {rationale} = fields;
    if (!isText(rationale)) return {kind: 'invalid-field', message: 'rationale: expected a non-empty text'};
    return {kind: 'accepted', response: respond(settled, rationale), ...how};
  };
  if (!isChoiceQuestion(question) || question.choices.length === 0) {
    const said = toAnswerText(answer);
    if (!said) return {kind: 'invalid-answer', answer, matchInfo: null};
    return accept(said.text, {matchedText: null, matchInfo: null, isReshaped: said.isReshaped});
  }
  const {match, info, isReshaped, contradiction} = interpretChoice(answer, context);
  return match?.matchedId == null
    ? {kind: 'invalid-answer', answer, matchInfo: info, contradiction}
    : accept(match.matchedId, {matchedText: match.matchedText, matchInfo: info, isReshaped});
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

/** Names the speaker of a message as the reader sees them: the id, and the identity as far as it is revealed. */
export function describeSpeaker({agent_id: id, agent_identity_display: identity}: Message): string {
  return identity === null ? id : `${id} (${identity})`;
}

/**
 * Renders a value of a response for a prompt: nothing where it is absent; anything but a text as the older system's
 * language prints it, since prompts must stay comparable.
 */
export function asText(value: unknown): string {
  return value === undefined ? '' : pythonStr(value);
}
