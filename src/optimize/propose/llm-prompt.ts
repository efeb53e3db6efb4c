import {describeConstraint, type Parameter, type Values} from '../values/parameter.ts';
import type {Evidence} from './proposer.ts';

/** Earlier values and what came of them. */
export interface Memory {
  readonly values: Values;
  readonly score: number;
  readonly feedback: string;
}

export interface PromptParts {
  readonly objective: string;
  readonly parameters: readonly Parameter[];
  readonly values: Values;
  readonly evidence: readonly Evidence[];
  readonly memory: readonly Memory[];
}

/** Longest text of one input, response or feedback in a prompt. */
const MAX_PART = 2_000;

export const PROPOSER_SYSTEM =
  'You improve the variables of a system step by step. You see what the system is for, its variables, and how ' +
  'responses that it gave with their present values were judged; higher scores are better.';

/** Name of the field for the model's reasons; absent where a variable is called so. */
export const REASONING = 'reasoning';

/** Returns the text that asks for better values. Test examples are never in it. */
export function writePrompt({objective, parameters, values, evidence, memory}: PromptParts): string {
  const variables = parameters.filter(({trainable}) => trainable);
  const fixed = parameters.filter(({trainable}) => !trainable);
  return [
    `# Objective\n${objective}`,
    `# Variables\n${variables.map(each => describeVariable(each, values)).join('\n')}`,
    ...(fixed.length > 0 ? [`# Fixed values\n${fixed.map(each => describeVariable(each, values)).join('\n')}`] : []),
    `# Responses with these values\n${evidence.map(describeEvidence).join('\n')}`,
    ...(memory.length > 0 ? [`# Earlier values, best first\n${memory.map(describeMemory).join('\n')}`] : []),
    describeReply(variables),
  ].join('\n\n');
}

function describeVariable({name, description, ...parameter}: Parameter, values: Values): string {
  const meaning = description === undefined ? '' : ` ${description}`;
  const constraint = describeConstraint({name, ...parameter});
  return `- ${name} (${constraint}):${meaning}\n  present value: ${JSON.stringify(values[name] ?? null)}`;
}

function describeEvidence({input, judgement, score}: Evidence, index: number): string {
  const {response, feedback, scores} = judgement;
  return [
    `${index + 1}. input: ${cut(toJson(input))}`,
    ...(response === undefined ? [] : [`   response: ${cut(toJson(response))}`]),
    `   score: ${score}${scores ? ` ${JSON.stringify(scores)}` : ''}`,
    `   feedback: ${cut(feedback)}`,
  ].join('\n');
}

function describeMemory({values, score, feedback}: Memory): string {
  return `- ${cut(JSON.stringify(values))}\n  score: ${score}; feedback: ${cut(feedback)}`;
}

function describeReply(variables: readonly Parameter[]): string {
  const fields = variables.map(variable => `  "${variable.name}": ${describeConstraint(variable)}`);
  const reasons = variables.some(({name}) => name === REASONING) ? [] : [`  "${REASONING}": a short text: why`];
  return (
    'Suggest better values. Leave out variables that stay as they are. To change nothing, respond with the one word ' +
    `TERMINATE. Otherwise respond with a JSON object in this exact format:\n{\n${[...reasons, ...fields].join(',\n')}\n}`
  );
}

function toJson(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function cut(text: string): string {
  return text.length <= MAX_PART ? text : `${text.slice(0, MAX_PART)} … (${text.length - MAX_PART} characters more)`;
}
