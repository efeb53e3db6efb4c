import type {ChoiceDisplayFormat, ParticipantPromptConfig} from '../../core/task-config.ts';
import {numberWords} from '../../core/text/number-words.ts';
import {isChoiceQuestion, type Question} from '../../questions/question.ts';
import {labelChoices, selectLabelStyle} from '../matching/labels.ts';

/** Renders a choice with its label: `A: keep`, `A. keep`, `(A) keep`; with a bullet where none is shown. */
function choiceLine(format: ChoiceDisplayFormat, text: string, label: string | undefined): string {
  if (label === undefined) return `- ${text}`;
  if (format.endsWith('_colon')) return `${label}: ${text}`;
  return format.endsWith('_dot') ? `${label}. ${text}` : `(${label}) ${text}`;
}

/** Renders the question as every agent reads it: context, question, choices. Constant over a conversation. */
export function questionBlock(question: Question, format: ChoiceDisplayFormat = 'bullet'): string {
  const context = question.context ? `\nContext: ${question.context}` : '';
  const choices = isChoiceQuestion(question) && format !== 'none' ? question.choices : [];
  const labels = labelChoices(choices, selectLabelStyle(format));
  const lines = choices.map(({text}, place) => choiceLine(format, text, labels[place]));
  const list = lines.length > 0 ? `\nChoices:\n${lines.join('\n')}` : '';
  return `${context}\nQuestion: ${question.question}${list}\n`;
}

/** Describes the allowed answers in the JSON template. */
export function answerSpecification(question: Question): string {
  if (!isChoiceQuestion(question)) return 'your answer as a string';
  const {choices} = question;
  if (choices.length === 0) return '"your selected choice"';
  const options = choices.map(({text}) => `"${text}"`).join(' OR ');
  return `You MUST select exactly one of the ${numberWords(choices.length)} options listed below. If none fully reflects your answer, choose the option that is least inconsistent with it, and use the selected wording verbatim: ${options}`;
}

/** The placeholder for a participant's rationale; some models return it as theirs. */
export const RATIONALE_PLACEHOLDER = 'Your reasoning behind your answer in clear and concise sentences.';

/** Returns the JSON template of a participant. */
export function participantTemplate(
  question: Question,
  order: ParticipantPromptConfig['json_field_order'] = 'answer_first',
): string {
  const answer = `  "answer": ${answerSpecification(question)}`;
  const rationale = `  "rationale": "${RATIONALE_PLACEHOLDER}"`;
  const [first, second] = order === 'answer_first' ? [answer, rationale] : [rationale, answer];
  return `{\n${first},\n${second}\n}`;
}

/** Returns the closing instructions; worded for answering when a discussion precedes them. */
export function instructions(template: string, afterDiscussion: boolean): string {
  const opening = afterDiscussion
    ? 'When answering the question, respond with a JSON object in this exact format:'
    : 'Respond with a JSON object in this exact format:';
  return `${opening}\n${template}\nOutput ONLY the JSON object, no other text or markdown formatting.`;
}

/** Puts a prompt together; `discussion` holds one line for each message that the agent sees. */
export function assemblePrompt(parts: {
  readonly opening: string;
  readonly question: string;
  readonly discussion: readonly string[];
  readonly template: string;
}): string {
  const {opening, question, discussion, template} = parts;
  const previous = discussion.length > 0 ? `\nPrevious discussion:\n${discussion.join('\n')}\n` : '';
  return `${opening}${question}${previous}\n${instructions(template, discussion.length > 0)}`;
}
