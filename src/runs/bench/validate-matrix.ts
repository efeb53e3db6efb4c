import {resolve} from 'node:path';

import {describeProblem, type Problem} from '../../config/problem.ts';
import {findCheckout} from '../../core/git-commit.ts';
import {readGitState} from '../../core/git-state.ts';
import type {SuiteEntry} from '../../optimize/catalog/tasks.ts';
import {explainMissingProgram} from '../../optimize/external/find-program.ts';
import {describeTrainer} from '../../plan/bench/trainer-arguments.ts';
import {checkTask} from '../../plan/bench/check-matrix.ts';
import {type BenchDetails, readDetails} from '../../plan/bench/details.ts';
import {type BenchJob, listJobs, nameRun, suiteName} from '../../plan/bench/jobs.ts';
import {DEFAULT_ROOT} from '../../plan/bench/make-trial.ts';
import type {BenchOverrides} from '../../plan/bench/override.ts';
import type {BenchTask, BenchTrainer} from '../../plan/bench/resolved-matrix.ts';
import {type JobHint, writeBench} from '../../project/bench/bench.ts';
import type {ProjectedFile} from '../../project/projector.ts';
import type {Caller} from '../caller.ts';
import {buildTask} from './build-task.ts';
import {openMatrix, type OpenedMatrix} from './open-matrix.ts';

/** One thing that was looked at. */
export interface CheckedPart {
  readonly tag: 'OK' | 'FAIL' | 'SKIP' | 'EXPECTED';
  readonly text: string;
  /** Of a task or a trainer; null for anything else. */
  readonly id: string | null;
}

export interface Validation {
  readonly parts: readonly CheckedPart[];
  readonly jobs: readonly BenchJob[];
  readonly details: BenchDetails;
  /** Files that a strict check wrote. */
  readonly files: readonly ProjectedFile[];
}

interface ValidateOptions {
  /** Also checks that every task can be trained, and writes the manifest of the matrix. */
  readonly strict: boolean;
  /** Only tasks of these; commands always. Undefined: all. */
  readonly suites: readonly SuiteEntry[] | undefined;
  readonly overrides: BenchOverrides;
}

/** A task that exists to have nothing to train. */
const EXPECTED_TO_FAIL = 'internal:non_trainable';

/**
 * Checks a matrix without running it: names, arguments, that every task builds.
 *
 * @throws UserError as `openMatrix`; ConfigError for a file that is no matrix.
 */
export async function validateMatrix(path: string, options: ValidateOptions, caller: Caller): Promise<Validation> {
  const opened = await openFresh(path, options.overrides, caller);
  const details = readDetails(opened.plan.details);
  const {matrix} = details;
  const isWanted = (task: BenchTask): boolean =>
    options.suites === undefined || Boolean(task.command) || options.suites.some(({name}) => name === suiteName(task));
  // Tasks that do not exist are reported once, among the tasks.
  const problems = opened.problems.filter(({path: [first]}) => first !== 'tasks');
  const parts = [
    ...problems.map(describe),
    ...matrix.trainers.flatMap((trainer, i) =>
      checkTrainer(trainer, problems.some(isAt(i)), {env: caller.env, cwd: opened.layout.workspace}),
    ),
  ];
  for (const task of matrix.tasks.filter(isWanted)) parts.push(await checkOneTask(task, opened, options, caller));
  const jobs = listJobs(matrix).filter(({task}) => isWanted(task));
  const files = options.strict ? await writeManifest(opened, parts, caller) : [];
  return {parts, jobs, details, files};
}

/** Opens a matrix under a name of its own, so that what a check writes is no part of a run that the file names. */
async function openFresh(path: string, overrides: BenchOverrides, caller: Caller): Promise<OpenedMatrix> {
  const first = await openMatrix(path, overrides, caller);
  const {run_id: _pinned, ...matrix} = readDetails(first.plan.details).matrix;
  const commit = findCheckout(first.home)?.commit ?? null;
  return await openMatrix(path, overrides, caller, nameRun(matrix, caller.clock.now(), commit));
}

function isAt(index: number): (problem: Problem) => boolean {
  return ({path: [first, second]}) => first === 'trainers' && second === index;
}

function describe(problem: Problem): CheckedPart {
  const {found, expected, hint} = problem;
  const place = describeProblem({...problem, hint: undefined}).split(': found ')[0] ?? problem.file;
  const more = hint === undefined ? '' : `. ${hint}`;
  return {tag: 'FAIL', text: `${found}: expected ${expected}${more} (${place})`, id: null};
}

function checkTrainer(
  trainer: BenchTrainer,
  isWrong: boolean,
  place: Parameters<typeof explainMissingProgram>[1],
): CheckedPart[] {
  if (isWrong) return [];
  const {availability} = describeTrainer(trainer);
  const text = `trainer ${trainer.id}`;
  const missing = trainer.command ? explainMissingProgram(trainer.command, place) : undefined;
  if (missing !== undefined) return [{tag: 'FAIL', text: `${text}: ${missing}`, id: trainer.id}];
  if (availability.available) return [{tag: 'OK', text, id: trainer.id}];
  return [{tag: 'SKIP', text: `${text}: ${availability.reason}`, id: trainer.id}];
}

async function checkOneTask(
  task: BenchTask,
  opened: OpenedMatrix,
  {strict}: ValidateOptions,
  caller: Caller,
): Promise<CheckedPart> {
  const {id} = task;
  const {matrix} = readDetails(opened.plan.details);
  const unknown = checkTask(task, 0).find(({isProblem}) => isProblem);
  if (unknown) {
    const {found, expected, hint} = unknown.complaint;
    return {tag: 'FAIL', text: `${found}: expected ${expected}${hint === undefined ? '' : `. ${hint}`}`, id};
  }
  const evalKwargs = {...matrix.eval_kwargs, ...task.eval_kwargs};
  const root = resolve(opened.layout.workspace, matrix.root ?? DEFAULT_ROOT);
  const built = await buildTask(task, {evalKwargs, root}, caller);
  switch (built.kind) {
    case 'unavailable':
      return {tag: 'SKIP', text: `${id}: ${built.reason}`, id};
    case 'broken':
      return {tag: 'FAIL', text: `${id}: ${built.reason}`, id};
    case 'built': {
      if (!strict || built.trainable > 0) return {tag: 'OK', text: `${id}${describeUnused(built.unusedKwargs)}`, id};
      const tag = id === EXPECTED_TO_FAIL ? 'EXPECTED' : 'FAIL';
      return {tag, text: `${id}: no_trainable_parameters`, id};
    }
  }
}

function describeUnused(names: readonly string[]): string {
  return names.length === 0 ? '' : ` (has no use for ${names.join(', ')})`;
}

async function writeManifest(
  {plan, layout, home}: OpenedMatrix,
  parts: readonly CheckedPart[],
  {clock, env}: Caller,
): Promise<readonly ProjectedFile[]> {
  const hint = ({task, trainer}: BenchJob): JobHint => {
    const found = parts.filter(({id}) => id === task.id || id === trainer.id);
    const isKnown = found.some(({id}) => id === trainer.id);
    const bad = found.find(({tag}) => tag === 'FAIL' || tag === 'EXPECTED');
    if (bad || !isKnown) return {status_hint: 'failed', skip_reason: bad?.text ?? `trainer ${trainer.id} is wrong`};
    const skipped = found.find(({tag}) => tag === 'SKIP');
    return skipped ? {status_hint: 'skipped', skip_reason: skipped.text} : {status_hint: 'ok', skip_reason: null};
  };
  const git = await readGitState(home);
  return await writeBench({layout, plan, records: new Map(), git, clock, env}, 'validation', hint);
}
