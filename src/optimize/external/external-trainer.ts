import {z} from 'zod';

import {errorMessage} from '../../core/errors.ts';
import type {Mapping} from '../../core/mapping.ts';
import {describeIssues} from '../../core/text/describe-issues.ts';
import type {OptimizeJob} from '../job.ts';
import type {Bundle} from '../task/bundle.ts';
import {allOf, meanScore, type Candidate, type Search, type Trainer} from '../trainers/search.ts';
import {checkValue, isSame, keyValues, type Values} from '../values/parameter.ts';
import type {ProgramPlace} from './external-task.ts';
import type {Request} from './messages.ts';
import {ExternalProgram, ProgramError} from './program.ts';
import {fillPython} from './program-words.ts';

const values = z.record(z.string(), z.json());
const set = z.enum(['train', 'steer']).default('steer');
const examples = z.array(z.int().min(0));

const evaluateSchema = z.object({values, set, examples: examples.optional()});
const proposeSchema = z.object({values, examples: examples.min(1), count: z.int().min(1).default(1)});
const acceptSchema = z.object({values, score: z.number().nullable().default(null), step: z.int().min(0)});
const reportSchema = z.object({step: z.int().min(0), score: z.number().nullable().default(null)});
const trainedSchema = z.object({values});

export interface ExternalTrainerOptions {
  readonly job: OptimizeJob;
  readonly environment: ProgramPlace;
  readonly bundle: Bundle;
}

/**
 * Makes a trainer of a program: it owns its loop and asks us to score values, to make proposals, and to note what it
 * accepts. Its final values are scored by us, as those of native trainers.
 */
export function openExternalTrainer(argv: readonly string[], options: ExternalTrainerOptions): Trainer {
  return async (search, kwargs) => {
    const {job, environment} = options;
    const known = new Candidates(search);
    const program = await ExternalProgram.start({
      argv: fillPython(argv, environment.env),
      env: environment.env,
      helloSeconds: job.time_limits.hello_seconds,
      onStray: environment.print,
      onRequest: request => answer(request, search, known),
    });
    try {
      const result = await program.call('train', describeTraining(options, search, kwargs), null);
      const parsed = trainedSchema.safeParse(result);
      if (!parsed.success) {
        const what = describeIssues(parsed.error, result);
        throw new ProgramError('protocol', `the trainer ${job.trainer} ended without values: ${what}`);
      }
      return findFinal(parsed.data.values, known, job);
    } finally {
      await program.close();
    }
  };
}

/** Returns the candidate with the values that a trainer ends with. @throws ProgramError */
function findFinal(final: Values, known: Candidates, {trainer}: OptimizeJob): Candidate {
  try {
    return known.find(final);
  } catch (error) {
    throw new ProgramError('protocol', `the trainer ${trainer} ended with wrong values: ${errorMessage(error)}`);
  }
}

function describeTraining({job, bundle}: ExternalTrainerOptions, search: Search, kwargs: Mapping): Mapping {
  const {trainer, seed, mode, llm} = job;
  return {
    trainer,
    kwargs,
    seed,
    mode,
    llm,
    parameters: search.parameters,
    objective: bundle.optimizerKwargs['objective'],
    sizes: search.sizes,
    has_validation: search.hasValidation,
    train_dataset: bundle.train,
  };
}

async function answer({method, params}: Request, search: Search, known: Candidates): Promise<Mapping> {
  switch (method) {
    case 'evaluate': {
      const {values, set, examples} = readParams(evaluateSchema, params);
      const indices = examples ?? allOf(search.sizes[set]);
      const scored = await search.score(known.find(values), set, checkIndices(indices, search.sizes[set]));
      const results = scored.map(({index, score, judgement}) => ({...judgement, index, score}));
      return {results, mean: meanScore(scored)};
    }
    case 'propose': {
      const {values, examples, count} = readParams(proposeSchema, params);
      const parent = known.find(values);
      const evidence = await search.score(parent, 'train', checkIndices(examples, search.sizes.train));
      const proposals = await search.propose(parent, evidence, count);
      for (const proposal of proposals) known.add(proposal);
      return {proposals: proposals.map(proposal => ({values: proposal.values}))};
    }
    case 'accept': {
      const {values, score, step} = readParams(acceptSchema, params);
      search.accept(known.find(values), score, step);
      return {};
    }
    case 'report':
      search.report({kind: 'step', ...readParams(reportSchema, params)});
      return {};
    default:
      throw new Error(`there is no method ${method}; there are evaluate, propose, accept and report`);
  }
}

/** Returns the params of a request. @throws Error that the program is told. */
function readParams<Schema extends z.ZodType>(schema: Schema, params: unknown): z.output<Schema> {
  const {data, error} = schema.safeParse(params);
  if (error) throw new Error(`params are not as expected: ${describeIssues(error, params)}`);
  return data;
}

function checkIndices(indices: readonly number[], size: number): readonly number[] {
  const wrong = indices.find(index => index >= size);
  if (wrong !== undefined) throw new Error(`there is no example ${wrong}: there are ${size}, from 0`);
  return indices;
}

/** The candidates that a program names by their values. */
class Candidates {
  readonly #search: Search;
  readonly #known = new Map<string, Candidate>();

  constructor(search: Search) {
    this.#search = search;
    this.add(search.initial);
  }

  add(candidate: Candidate): void {
    const key = keyValues(this.#search.parameters, candidate.values);
    if (!this.#known.has(key)) this.#known.set(key, candidate);
  }

  /** Returns the candidate with some values, those left out as at the start. @throws Error for impossible ones. */
  find(given: Values): Candidate {
    const {parameters, initial} = this.#search;
    for (const [name, value] of Object.entries(given)) {
      const parameter = parameters.find(each => each.name === name);
      if (!parameter) throw new Error(`there is no parameter ${name}`);
      const checked = checkValue(parameter, value);
      if (!checked.ok) throw new Error(checked.problem);
      if (!parameter.trainable && !isSame(value, initial.values[name] ?? null)) {
        throw new Error(`${name} is not trainable`);
      }
    }
    const values = {...initial.values, ...given};
    const key = keyValues(parameters, values);
    const known = this.#known.get(key) ?? this.#search.create(values, [], 'external');
    this.#known.set(key, known);
    return known;
  }
}
