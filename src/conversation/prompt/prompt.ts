import type {ChoiceDisplayFormat, ParticipantPromptConfig} from '../../core/task-config.ts';
import {isChoiceQuestion} from '../../questions/choices.ts';
import type {Question} from '../../questions/question.ts';
import {numberWords} from './number-words.ts';

const ROMAN = ['I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X'];

function choiceLine(format: ChoiceDisplayFormat, text: string, position: number): string {
  const letter = String.fromCharCode(65 + position);
  const arabic = String(position + 1);
  const roman = ROMAN[position] ?? arabic;
  switch (format) {
    case 'letter_colon':
      return `${letter}: ${text}`;
    case 'letter_dot':
      return `${letter}. ${text}`;
    case 'letter_paren':
      return `(${letter}) ${text}`;
    case 'arabic_colon':
      return `${arabic}: ${text}`;
    case 'arabic_dot':
      return `${arabic}. ${text}`;
    case 'arabic_paren':
      return `(${arabic}) ${text}`;
    case 'roman_colon':
      return `${roman}: ${text}`;
    case 'roman_dot':
      return `${roman}. ${text}`;
    case 'roman_paren':
      return `(${roman}) ${text}`;
    case 'bullet':
    case 'none':
    default:
      return `- ${text}`;
  }
}

/** The question as every agent reads it: context, question, choices. Constant over a conversation. */
export function questionBlock(question: Question, format: ChoiceDisplayFormat): string {
  const context = question.context ? `\nContext: ${question.context}` : '';
  const choices = isChoiceQuestion(question) && format !== 'none' ? question.choices : [];
  const list =
    choices.length > 0
      ? `\nChoices:\n${choices.map(({text}, position) => choiceLine(format, text, position)).join('\n')}`
      : '';
  return `${context}\nQuestion: ${question.question}${list}\n`;
}

/** What may stand for the answer in the JSON template. */
export function answerSpecification(question: Question): string {
  if (!isChoiceQuestion(question)) return 'your answer as a string';
  const {choices} = question;
  if (choices.length === 0) return '"your selected choice"';
  const options = choices.map(({text}) => `"${text}"`).join(' OR ');
  return `You MUST select exactly one of the ${numberWords(choices.length)} options listed below. If none fully reflects your answer, choose the option that is least inconsistent with it, and use the selected wording verbatim: ${options}`;
}

/** What the template of a participant says in place of a rationale; some models return it as theirs. */
export const RATIONALE_PLACEHOLDER = 'Your reasoning behind your answer in clear and concise sentences.';

/** The JSON template of a participant. */
export function participantTemplate(
  question: Question,
  order: ParticipantPromptConfig['json_field_order'] = 'answer_first',
): string {
  const answer = `  "answer": ${answerSpecification(question)}`;
  const rationale = `  "rationale": "${RATIONALE_PLACEHOLDER}"`;
  const [first, second] = order === 'answer_first' ? [answer, rationale] : [rationale, answer];
  return `{\n${first},\n${second}\n}`;
}

/** The closing instructions; worded for answering when a discussion stands above them. */
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
