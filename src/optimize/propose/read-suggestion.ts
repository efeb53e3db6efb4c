import {findObjects} from '../../conversation/reading/find-objects.ts';
import {splitThoughts} from '../../conversation/reading/split-thoughts.ts';
import {checkValue, isSame, type Json, type Parameter, type Values} from '../values/parameter.ts';
import {REASONING} from './llm-prompt.ts';
import type {Proposal} from './proposer.ts';

/**
 * Reads a model's suggestion strictly: one JSON object whose keys are trainable variables and whose values keep their
 * constraints, or the word TERMINATE. Anything else is unusable: a value that was guessed would be nobody's proposal.
 */
export function readSuggestion(text: string, parameters: readonly Parameter[], values: Values): Proposal {
  const {answer} = splitThoughts(text);
  if (isTermination(answer)) return {kind: 'none', why: 'terminated'};
  const {closed, unclosed} = findObjects(answer);
  const [object] = closed;
  if (!object || unclosed !== undefined)
    return unusable(unclosed === undefined ? 'no JSON object' : 'a JSON object that does not end');
  if (closed.length > 1) return unusable(`${closed.length} JSON objects`);
  return object.value ? readObject(object.value, parameters, values) : unusable('no valid JSON');
}

/** The word alone, with or without quotes, a full stop or a JSON object around it. */
function isTermination(answer: string): boolean {
  return /^[\s`"'{[]*TERMINATE[\s`"'.}\]]*$/.test(answer);
}

function readObject(
  object: Readonly<Record<string, unknown>>,
  parameters: readonly Parameter[],
  values: Values,
): Proposal {
  const changed: Record<string, Json> = {};
  let reasoning: string | undefined;
  for (const [name, value] of Object.entries(object)) {
    const parameter = parameters.find(each => each.name === name);
    if (!parameter && name === REASONING) {
      reasoning = typeof value === 'string' ? value : JSON.stringify(value);
      continue;
    }
    if (!parameter) return unusable(`${name} is no variable`);
    if (!parameter.trainable) return unusable(`${name} is fixed`);
    const checked = checkValue(parameter, value as Json);
    if (!checked.ok) return unusable(checked.problem);
    if (!isSame(checked.value, values[name] ?? null)) changed[name] = checked.value;
  }
  // An object that names nothing new says the same as the word.
  if (Object.keys(changed).length === 0) {
    const names = Object.keys(object).filter(name => name !== REASONING);
    return names.length === 0 ? unusable('no variable in it') : {kind: 'none', why: 'terminated'};
  }
  return {kind: 'values', values: {...values, ...changed}, ...(reasoning === undefined ? {} : {reasoning})};
}

function unusable(problem: string): Proposal {
  return {kind: 'unusable', problem};
}
