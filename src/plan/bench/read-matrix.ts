import type {Problem} from '../../config/problem.ts';
import {Report} from '../../config/report.ts';
import {isMapping, type Mapping} from '../../core/mapping.ts';
import {findSuite, listTasks, normalizeTaskId, readSuite} from '../../optimize/registry.ts';
import type {ConfigDocument} from '../front-end.ts';
import {KNOBS, matrixSchema, type WrittenMatrix, type WrittenTask, type WrittenTrainer} from './bench-matrix.ts';
import {reportIssues} from './describe-matrix-issue.ts';
import {type Arguments, mergeArguments, readArguments} from './merge-arguments.ts';
import {DEFAULT_TRAINER} from './override.ts';
import type {BenchMatrix, BenchTask, BenchTrainer} from './resolved-matrix.ts';
import {spellMatrix, type SpelledMatrix} from './spellings.ts';
import {describeTrainer, overlay} from './trainer-arguments.ts';

/** Result of reading a matrix. */
export interface ReadMatrix {
  /** Null when there are problems. */
  readonly matrix: BenchMatrix | null;
  readonly problems: readonly Problem[];
  /** Returns the place in the file of a place in the matrix that the schema saw. */
  readonly place: SpelledMatrix['place'];
}

/** Used where a file gives no seed. */
const DEFAULT_SEED = 123;

/** Reads a matrix: spellings, types, defaults. Reports everything that is wrong at once. */
export function readMatrix({value, file, locate}: ConfigDocument): ReadMatrix {
  const report = new Report({file, locate});
  const spelled = spellMatrix(value, report);
  const parsed = matrixSchema.safeParse(spelled.value);
  if (!parsed.success) reportIssues(parsed.error.issues, spelled, report);
  const matrix = parsed.success && report.problems.length === 0 ? fillIn(parsed.data) : null;
  return {matrix, problems: report.problems, place: spelled.place};
}

/** Returns a matrix with every default filled in. */
export function fillIn(written: WrittenMatrix): BenchMatrix {
  const {run_id, runs_dir, root, mode, seeds, max_workers, fail_fast, resume, job_timeout, llm, tags} = written;
  return {
    ...(run_id === undefined ? {} : {run_id}),
    runs_dir,
    ...(root === undefined ? {} : {root}),
    mode,
    seeds: seeds.length > 0 ? seeds : [DEFAULT_SEED],
    max_workers,
    fail_fast,
    resume,
    ...(job_timeout === undefined ? {} : {job_timeout}),
    eval_kwargs: written.eval_kwargs ?? {},
    ...(written.optimizer_kwargs === undefined ? {} : {optimizer_kwargs: written.optimizer_kwargs}),
    trainer_kwargs: {...written.trainer_kwargs, ...readKnobs(written)},
    llm,
    tags,
    tasks: dropRepeated(written.tasks.flatMap(fillTask)),
    trainers: (written.trainers.length > 0 ? written.trainers : [{id: DEFAULT_TRAINER}]).map(fillTrainer),
  };
}

/** Fills in a task; `internal:all` stands for all tasks of a suite, each with the same arguments. */
function fillTask({id, eval_kwargs = {}, command, code}: WrittenTask): BenchTask[] {
  if (command !== undefined) return [{id, eval_kwargs, command, ...(code === undefined ? {} : {code})}];
  const full = normalizeTaskId(id);
  const suite = full.endsWith(':all') ? findSuite(readSuite(full)) : undefined;
  // Tasks in folders are found by whoever reads the file.
  const tasks = suite && suite.tasks !== 'folder' ? listTasks([suite.name]).map(task => task.id) : [];
  return (tasks.length > 0 ? tasks : [full]).map(name => ({id: name, eval_kwargs}));
}

/** The same task with the same arguments is one task: shorthands may name it again. */
function dropRepeated(tasks: readonly BenchTask[]): BenchTask[] {
  const seen = new Set<string>();
  return tasks.filter(task => {
    const text = JSON.stringify(task);
    return !seen.has(text) && seen.add(text);
  });
}

function fillTrainer(written: WrittenTrainer): BenchTrainer {
  const {params_variants = [], eval_kwargs, optimizer_kwargs, ...rest} = written;
  const trainer = describeTrainer(rest);
  const variants = params_variants.length > 0 ? params_variants : [{}];
  const knobs = readKnobs(written);
  const others = Object.fromEntries(Object.entries(rest).filter(([key]) => !KNOBS.includes(key)));
  return {
    ...others,
    id: trainer.id,
    params_variants: variants.map(variant => overlay(trainer, knobs, variant)),
    ...(eval_kwargs === undefined ? {} : {eval_kwargs}),
    ...(optimizer_kwargs === undefined ? {} : {optimizer_kwargs}),
  };
}

/** Returns the loose arguments of trainers; those of tasks and optimizers are kept apart. */
function readKnobs(written: WrittenMatrix | WrittenTrainer): Mapping {
  const entries = Object.entries(written).filter(
    ([key]) => KNOBS.includes(key) && key !== 'eval_kwargs' && key !== 'optimizer_kwargs',
  );
  return Object.fromEntries(entries);
}

/** Returns the arguments of a task in a job: of the file, the task, the trainer and the variant; the last wins. */
export function mergeEvalKwargs(
  matrix: BenchMatrix,
  task: BenchTask,
  trainer: BenchTrainer,
  variant: Mapping,
): Mapping {
  const own = variant['eval_kwargs'];
  return {...matrix.eval_kwargs, ...task.eval_kwargs, ...trainer.eval_kwargs, ...(isMapping(own) ? own : {})};
}

/** Returns the optimizer's arguments in a job: of the file, of the trainer, of the variant, the last wins. */
export function mergeOptimizerKwargs(matrix: BenchMatrix, trainer: BenchTrainer, variant: Mapping): Arguments {
  const layers = [matrix.optimizer_kwargs, trainer.optimizer_kwargs, variant['optimizer_kwargs']];
  return layers
    .filter(layer => layer !== undefined)
    .reduce<Arguments>((merged, layer) => mergeArguments(merged, readArguments(layer)), {});
}
