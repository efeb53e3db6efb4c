import {judgeDistance, judgeTruth, toText} from '../task/guides.ts';
import type {TaskBuilder} from '../task/bundle.ts';
import {makeBundle} from '../task/make-bundle.ts';
import type {Json} from '../values/parameter.ts';

const benchmark = 'trace_examples';

/** One word of a greeting. */
export const greetingStub: TaskBuilder = ({evalKwargs}) =>
  makeBundle({
    benchmark,
    entry: 'greeting_stub',
    objective: 'Greet Sam exactly as expected.',
    parameters: [{name: 'greeting', kind: 'text', value: 'Hello', trainable: true}],
    train: {inputs: ['Sam'], infos: ['Hello, Sam!']},
    evalKwargs,
    respond: ({greeting}, {input}) => `${toText(greeting)}, ${String(input)}!`,
    guide: (_, response, reference) => judgeTruth(response === reference, `Expected "${String(reference)}".`),
  });

/** One number, 0 at the start, to become 3. */
export const trainSingleNodeStub: TaskBuilder = ({evalKwargs}) =>
  makeBundle({
    benchmark,
    entry: 'train_single_node_stub',
    objective: 'Find the number that scores highest.',
    parameters: [{name: 'x', kind: 'number', value: 0, trainable: true}],
    train: {inputs: ['x'], infos: [3]},
    evalKwargs,
    respond: ({x}) => x,
    guide: (_, response, reference) => judgeDistance(response, reference),
  });

const SPANISH = /\b(?:soy|hola|estoy|me llamo|buenos)\b/i;

/** Two instructions, one for each language: a greeting in quotes, which the answer begins with. */
export const opentraceGreeting: TaskBuilder = ({evalKwargs}) =>
  makeBundle({
    benchmark,
    entry: 'opentrace_greeting',
    objective: 'Greet people in the language in which they speak.',
    parameters: [
      {name: 'english_instruction', kind: 'text', value: 'Greet with "Hello".', trainable: true},
      {name: 'spanish_instruction', kind: 'text', value: 'Greet with "Hola".', trainable: true},
    ],
    train: {inputs: ['I am Sam.', 'Soy Juan.'], infos: ['Hello', 'Hola']},
    evalKwargs,
    respond: ({english_instruction, spanish_instruction}, {input}) => {
      const query = String(input);
      const instruction = SPANISH.test(query) ? spanish_instruction : english_instruction;
      return `${readGreeting(instruction)}, ${/(\w+)\.$/.exec(query)?.[1] ?? ''}!`;
    },
    guide: (_, response, reference) =>
      judgeTruth(String(response).includes(String(reference)), `Expected a response with "${String(reference)}".`),
  });

/** Returns what an instruction has in quotes; nothing where it has no quotes. */
function readGreeting(instruction: Json | undefined): string {
  return /"([^"]*)"/.exec(toText(instruction))?.[1] ?? '';
}

/** A whole number, whose target the guide reads from a text. */
export const opentraceTrainSingleNode: TaskBuilder = ({evalKwargs}) =>
  makeBundle({
    benchmark,
    entry: 'opentrace_train_single_node',
    objective: 'Find the whole number that scores highest.',
    parameters: [{name: 'x', kind: 'number', value: 0, integer: true, trainable: true}],
    train: {inputs: ['x'], infos: ['The right number is: 3']},
    evalKwargs,
    respond: ({x}) => x,
    guide: (_, response, reference) => judgeDistance(response, /:\s*(-?\d+)\s*$/.exec(String(reference))?.[1]),
  });
