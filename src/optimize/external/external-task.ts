import {z} from 'zod';

import type {Mapping} from '../../core/mapping.ts';
import {describeIssues} from '../../core/text/describe-issues.ts';
import type {OptimizeJob} from '../job.ts';
import {addTokens, NO_TOKENS, type Tokens} from '../model/chat.ts';
import {TaskUnavailable, type Bundle, type Judgement} from '../task/bundle.ts';
import {VALUE_KINDS, checkValue, type Json} from '../values/parameter.ts';
import {ExternalProgram, ProgramError} from './program.ts';
import {fillPython} from './program-words.ts';

const json = z.json() as z.ZodType<Json>;

const datasetSchema = z
  .object({inputs: z.array(z.unknown()), infos: z.array(z.unknown())})
  .refine(({inputs, infos}) => inputs.length === infos.length, 'inputs and infos of one length');

const parameterSchema = z.object({
  name: z.string().min(1),
  kind: z.enum(VALUE_KINDS),
  value: json,
  trainable: z.boolean().default(true),
  description: z.string().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  integer: z.boolean().optional(),
  step: z.number().positive().optional(),
  choices: z.array(json).min(1).optional(),
  suggestions: z.array(json).optional(),
});

const bundleSchema = z.object({
  parameters: z.array(parameterSchema).min(1),
  train_dataset: datasetSchema,
  validate_dataset: datasetSchema.nullish(),
  validation_dataset: datasetSchema.nullish(),
  test_dataset: datasetSchema.nullish(),
  optimizer_kwargs: z.looseObject({objective: z.string()}),
  metadata: z.looseObject({benchmark: z.string(), entry: z.string()}),
  objective_config: z.record(z.string(), z.unknown()).nullish(),
});

const judgementSchema = z.object({
  score: z.number(),
  feedback: z.string().default(''),
  scores: z.record(z.string(), z.number()).optional(),
  response: z.unknown().optional(),
  tokens: z.object({prompt: z.number(), completion: z.number()}).optional(),
});

/** A program's environment, and a reader of what it prints. */
export interface ProgramPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
}

/**
 * Starts a program and lets it build a task.
 *
 * @throws TaskUnavailable where it cannot be started, or says that something is missing.
 * @throws ProgramError where it does not answer, or not as the protocol says.
 */
export async function openExternalTask(
  argv: readonly string[],
  job: OptimizeJob,
  {env, print}: ProgramPlace,
): Promise<Bundle> {
  const {task, eval_kwargs, seed, mode, time_limits} = job;
  try {
    const program = await ExternalProgram.start({
      argv: fillPython(argv, env),
      env,
      helloSeconds: time_limits.hello_seconds,
      onStray: print,
    });
    try {
      const built = await program.call('build', {task, eval_kwargs, seed, mode}, time_limits.build_seconds);
      return makeExternalBundle(program, built, job);
    } catch (error) {
      await program.close();
      throw error;
    }
  } catch (error) {
    if (error instanceof ProgramError && error.code === 'unavailable') throw new TaskUnavailable(error.message);
    throw error;
  }
}

function makeExternalBundle(program: ExternalProgram, built: Mapping, {task, time_limits}: OptimizeJob): Bundle {
  const parsed = bundleSchema.safeParse(built);
  if (!parsed.success)
    throw new ProgramError(
      'protocol',
      `the task ${task} is not built as expected: ${describeIssues(parsed.error, built)}`,
    );
  const {parameters, train_dataset, validate_dataset, validation_dataset, test_dataset, ...rest} = parsed.data;
  for (const parameter of parameters) {
    const checked = checkValue(parameter, parameter.value);
    if (!checked.ok)
      throw new ProgramError('protocol', `the task ${task} begins with a wrong value: ${checked.problem}`);
  }
  let tokens: Tokens | null = null;
  return {
    parameters,
    train: train_dataset,
    validation: validate_dataset ?? validation_dataset ?? undefined,
    test: test_dataset ?? undefined,
    optimizerKwargs: rest.optimizer_kwargs,
    metadata: rest.metadata,
    objectiveConfig: rest.objective_config ?? undefined,
    unusedKwargs: [],
    async evaluate(values, {set, index, input, info}): Promise<Judgement> {
      const result = await program.call(
        'evaluate',
        {task, values, set, index, input, info},
        time_limits.evaluate_seconds,
      );
      const judged = judgementSchema.safeParse(result);
      if (!judged.success)
        throw new ProgramError('protocol', `a judgement is not as expected: ${describeIssues(judged.error, result)}`);
      const {tokens: used, ...judgement} = judged.data;
      if (used) tokens = addTokens(tokens ?? NO_TOKENS, used);
      return judgement;
    },
    reportedTokens: () => tokens,
    close: () => program.close(),
  };
}
