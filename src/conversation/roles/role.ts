import type {ParticipantPromptConfig} from '../../core/task-config.ts';
import type {Question} from '../../questions/question.ts';
import type {Message} from '../../record/formats.ts';
import type {Interpretation, InterpretationContext} from '../transform.ts';

/**
 * What an agent is there for: what it is asked for, what counts as an answer, and how the others read it. To add a role, write one file with such an
 * object and name it in `registry.ts` (docs/roles-and-routing.md).
 */
export interface Role {
  /** As in `agent_definitions[].role`. */
  readonly name: string;
  /** The JSON object that the prompt asks for, as text. */
  template(question: Question, order: ParticipantPromptConfig['json_field_order']): string;
  /** The same as a JSON Schema, for servers that can enforce it (`structured_output: json_schema`). */
  answerSchema(question: Question): Readonly<Record<string, unknown>>;
  /** Reads a reply that is a JSON object. */
  interpret(fields: Readonly<Record<string, unknown>>, context: InterpretationContext): Interpretation;
  /** Its message as a line of the discussion that others see. */
  line(message: Message, question: Question): string;
}

/** A closed JSON Schema object whose properties are all required, in the order in which the model should write them. */
export function objectSchema(properties: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return {type: 'object', properties, required: Object.keys(properties), additionalProperties: false};
}

/** `{` and one line a field `}`, as the prompts show it. */
export function renderTemplate(fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries(fields).map(([name, value]) => `  "${name}": ${value}`);
  return `{\n${lines.join(',\n')}\n}`;
}

/** The fields that must be texts and are missing, empty or something else. */
export function missingTexts(fields: Readonly<Record<string, unknown>>, names: readonly string[]): string[] {
  return names.filter(name => typeof fields[name] !== 'string' || fields[name].trim() === '');
}

export function rationaleOf(fields: Readonly<Record<string, unknown>>): unknown {
  return fields['rationale'] ?? '';
}
