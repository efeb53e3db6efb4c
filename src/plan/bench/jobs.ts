import type {Mapping} from '../../core/mapping.ts';
import {canonicalJson, sha256} from '../../core/seeds/hash.ts';
import {resolveGuide, resolveOptimizer, resolveParameters} from '../../optimize/registry.ts';
import type {Arguments} from './merge-arguments.ts';
import {mergeEvalKwargs, mergeOptimizerKwargs} from './read-matrix.ts';
import type {BenchMatrix, BenchTask, BenchTrainer} from './resolved-matrix.ts';
import {describeTrainer, overlay} from './trainer-arguments.ts';

/** One cell of a matrix, with everything resolved that the file says of it. */
export interface BenchJob {
  /** 12 hexadecimal digits. */
  readonly id: string;
  readonly suite: string;
  readonly task: BenchTask;
  readonly trainer: BenchTrainer;
  /** Number of the trainer's entry in the file, from 0. */
  readonly entry: number;
  /** Number of the variant of its trainer, from 0. */
  readonly variant: number;
  readonly seed: number;
  /** As written: of the file, of the trainer, of the variant. */
  readonly params: Mapping;
  readonly resolved: ResolvedArguments;
  /** All that would change its result, apart from the seed. */
  readonly config: Mapping;
}

export interface ResolvedArguments {
  readonly trainer_kwargs: Mapping;
  readonly eval_kwargs: Mapping;
  readonly optimizer: string | null;
  readonly optimizer_kwargs: Arguments;
  readonly guide: string | null;
  readonly guide_kwargs: Mapping;
}

/** Returns the jobs of a matrix: tasks × trainers × variants × seeds, the last varying fastest. */
export function listJobs(matrix: BenchMatrix): BenchJob[] {
  return matrix.tasks.flatMap(task =>
    matrix.trainers.flatMap((trainer, entry) =>
      trainer.params_variants.flatMap((variant, number) =>
        matrix.seeds.map(seed => makeJob(matrix, {task, trainer, entry, variant, number, seed})),
      ),
    ),
  );
}

interface Cell {
  readonly task: BenchTask;
  readonly trainer: BenchTrainer;
  readonly entry: number;
  readonly variant: Mapping;
  readonly number: number;
  readonly seed: number;
}

function makeJob(matrix: BenchMatrix, {task, trainer, entry, variant, number, seed}: Cell): BenchJob {
  const known = describeTrainer(trainer);
  const params = overlay(known, matrix.trainer_kwargs, variant);
  const resolved: ResolvedArguments = {
    trainer_kwargs: resolveParameters(known, matrix.trainer_kwargs, variant).resolved,
    eval_kwargs: mergeEvalKwargs(matrix, task, trainer, variant),
    optimizer: nameOptimizer(trainer, matrix.mode),
    optimizer_kwargs: mergeOptimizerKwargs(matrix, trainer, variant),
    guide: nameGuide(trainer),
    guide_kwargs: trainer.guide_kwargs ?? {},
  };
  const config = describeWork(matrix, task, trainer, resolved);
  const id = sha256(canonicalJson({...config, seed})).slice(0, 12);
  return {id, suite: suiteName(task), task, trainer, entry, variant: number, seed, params, resolved, config};
}

/** Returns the proposer of a job by its own name; a program of the user's takes what is written. */
function nameOptimizer({optimizer, command}: BenchTrainer, mode: BenchMatrix['mode']): string | null {
  const written = optimizer ?? null;
  return command ? written : (resolveOptimizer(written, mode)?.id ?? written);
}

function nameGuide({guide, command}: BenchTrainer): string | null {
  const written = guide ?? null;
  return command ? written : (resolveGuide(written)?.id ?? written);
}

/**
 * Returns all that would change the result of a job, apart from its seed. The logger is not in it, nor the address of
 * the model's server: they change what is written beside the result, and where it is made.
 */
function describeWork(
  {mode, llm: {provider, model, dspy_model}, root}: BenchMatrix,
  task: BenchTask,
  trainer: BenchTrainer,
  resolved: ResolvedArguments,
): Mapping {
  return {
    task_id: task.id,
    ...(task.command ? {task_command: task.command, task_code: task.code} : {}),
    ...(root === undefined ? {} : {root}),
    trainer_id: trainer.id,
    ...(trainer.command ? {trainer_command: trainer.command, trainer_code: trainer.code} : {}),
    mode,
    llm: {provider: provider ?? null, model: model ?? null, dspy_model: dspy_model ?? null},
    ...resolved,
  };
}

/** Returns the suite of a task: what its id has before the first colon. */
export function suiteName({id, command}: BenchTask): string {
  const colon = id.indexOf(':');
  if (colon >= 0) return id.slice(0, colon);
  return command ? 'external' : 'llm4ad';
}

/**
 * Returns the hash of what a matrix computes: of the whole matrix, without its name, its place and how fast it runs.
 * Two runs of one hash can be compared job by job.
 *
 * @returns 64 hexadecimal digits.
 */
export function hashMatrix(matrix: BenchMatrix): string {
  const {run_id, runs_dir, max_workers, fail_fast, resume, job_timeout, tags, trainers, ...content} = matrix;
  const silent = trainers.map(({logger, logger_kwargs, ...trainer}) => trainer);
  return sha256(canonicalJson({...content, trainers: silent}));
}

/** Returns the hash of a matrix's `llm`, so that a change of nothing but the model can be seen as that. */
export function hashLlm({llm}: BenchMatrix): string {
  return sha256(canonicalJson(llm));
}

/**
 * Returns the name of a new run: `YYYYMMDD-HHMMSS-` (UTC) and 8 hexadecimal digits of a hash of the matrix and the
 * commit.
 */
export function nameRun(matrix: BenchMatrix, submittedAtMs: number, commit: string | null): string {
  const {run_id, ...config} = matrix;
  if (run_id !== undefined) return run_id;
  const [day = '', time = ''] = new Date(submittedAtMs).toISOString().split('T');
  const stamp = `${day.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}`;
  return `${stamp}-${sha256(canonicalJson({config, git: commit ?? 'unknown'})).slice(0, 8)}`;
}
