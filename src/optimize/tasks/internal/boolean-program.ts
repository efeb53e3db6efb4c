import type {Json} from '../../values/parameter.ts';
import {runPython, type PythonOutcome} from '../../sandbox/run-python.ts';
import {TaskUnavailable, type Dataset, type Judgement, type TaskBuilder} from '../../task/bundle.ts';
import {toNumber} from '../../task/guides.ts';
import {makeBundle} from '../../task/make-bundle.ts';

const PROGRAM = `def solve(expression):
    text = expression.removesuffix(" is").strip()
    return str(bool(eval(text, {"__builtins__": {}})))
`;

/** Expressions of our own, in the form of BIG-Bench's "boolean expressions", with their values. */
const EXAMPLES: readonly (readonly [string, boolean])[] = [
  ['not ( True ) and ( True ) is', false],
  ['True and not not ( not False ) is', true],
  ['not True or False or ( False ) is', false],
  ['( True or False ) and not False is', true],
  ['not ( not not True or False ) is', false],
  ['False or not ( True and False ) is', true],
  ['True and False and not True is', false],
  ['not False and ( not False or True ) is', true],
  ['( not True and True ) or False is', false],
  ['not not ( False or True ) is', true],
  ['False and not ( False and True ) is', false],
  ['True or not True and False is', true],
  ['not ( True or True ) or False is', false],
  ['not ( False or not True ) is', true],
  ['( False and True ) or not True is', false],
  ['not not not False is', true],
  ['True and ( False or not True ) is', false],
  ['not False or not False and False is', true],
  ['not ( True and not False ) is', false],
  ['( True and True ) or not True is', true],
];

const DEFAULT_SECONDS = 10;
const MEMORY_MEGABYTES = 1024;

/** A Python program that answers boolean expressions; errors, and seconds of CPU time. */
export const multiobjectiveBbeh: TaskBuilder = async ({evalKwargs, python}) => {
  const wallSeconds = toNumber(evalKwargs['timeout_seconds']) ?? DEFAULT_SECONDS;
  const call = (code: string, input: unknown, signal: AbortSignal): Promise<PythonOutcome> =>
    runPython({python, code, entry: 'solve', args: [input], wallSeconds, memoryMegabytes: MEMORY_MEGABYTES, signal});
  const probe = await call(PROGRAM, 'True is', new AbortController().signal);
  if (!probe.ok) throw new TaskUnavailable(`needs Python 3, which does not run here: ${probe.problem}`);
  return makeBundle({
    benchmark: 'internal',
    entry: 'multiobjective_bbeh',
    objective: 'Write a Python function solve(expression) that returns "True" or "False", correctly and fast.',
    parameters: [{name: 'program', kind: 'code', value: PROGRAM, trainable: true}],
    train: pickExamples(0, 10),
    validation: pickExamples(10, 15),
    test: pickExamples(15, 20),
    objectiveConfig: {mode: 'scalar', minimize: ['error', 'cpu_seconds']},
    evalKwargs,
    usedKwargs: ['timeout_seconds'],
    respond: async ({program}, {input}, signal) => await call(toCode(program), input, signal),
    guide: (_, response, reference) => judgeOutcome(response as PythonOutcome, reference),
  });
};

function pickExamples(from: number, to: number): Dataset {
  const examples = EXAMPLES.slice(from, to);
  return {
    inputs: examples.map(([expression]) => expression),
    infos: examples.map(([, value]) => (value ? 'True' : 'False')),
  };
}

function toCode(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function judgeOutcome(outcome: PythonOutcome, reference: unknown): Judgement {
  if (!outcome.ok) return {score: 0, feedback: `The program failed: ${outcome.problem}`, scores: {error: 1}};
  const isRight = outcome.value === reference;
  const said = JSON.stringify(outcome.value);
  return {
    score: isRight ? 1 : 0,
    feedback: isRight ? 'Correct.' : `Expected "${String(reference)}", got ${said}.`,
    scores: {error: isRight ? 0 : 1, cpu_seconds: outcome.cpuSeconds},
  };
}
