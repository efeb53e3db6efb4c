import {ConfigError, type Problem} from '../config/problem.ts';
import {groupBy} from '../core/group-by.ts';
import {canonicalJson, sha256} from '../core/seeds/hash.ts';
import type {Trial} from '../core/trial.ts';
import type {ParsedTrials, TrialContext} from './front-end.ts';
import {normalisePlace} from './study/places.ts';
import type {PlannedTrial, TrialPlan} from './trial-plan.ts';

/** Result of compiling a file of trials. */
export interface CheckedTrials {
  readonly plan: TrialPlan;
  readonly problems: readonly Problem[];
}

/**
 * Compiles a file of trials. Two trials that would write one place, or would do the very same, are problems.
 *
 * @param name of the file in messages and records.
 * @throws ConfigError when no trial can be made out.
 */
export function compileTrials(parsed: ParsedTrials, name: string, context: TrialContext): CheckedTrials {
  const {frontEnd, document, path, sha256: hash} = parsed;
  const {trials, problems, ...expansion} = frontEnd.expand(document, context);
  const planned = trials.map((trial, index) => ({index, key: trialKey(trial, context.limit), trial}));
  const plan: TrialPlan = {
    ...expansion,
    makes: 'trials',
    frontend: frontEnd.name,
    name,
    source: {path, sha256: hash},
    locate: document.locate,
    size: planned.length,
    trials: planned,
    runName: context.runName,
    home: context.home,
  };
  return {plan, problems: [...document.problems, ...problems, ...findClashes(plan, context.workspace)]};
}

/** Compiles like `compileTrials`. @throws ConfigError with every problem. */
export function requireTrials(parsed: ParsedTrials, name: string, context: TrialContext): TrialPlan {
  const {plan, problems} = compileTrials(parsed, name, context);
  if (problems.length > 0) throw new ConfigError(problems);
  return plan;
}

/**
 * Returns the key of a trial: a hash of what it runs, on what, with which seed; not of its name, its place, its time
 * limit or its evaluators, whose results are kept apart.
 *
 * @returns 16 hexadecimal digits.
 */
export function trialKey({config, runner, seed, code, environment}: Trial, limit: number | null): string {
  // All that changes the result of an optimizer's job is in its config; what the job holds besides (its logger, the
  // address of its model's server) is written beside the result or says where it is made.
  const work = runner.kind === 'optimize' ? runner.kind : runner;
  const content = {config, runner: work, seed, code, environment, ...(limit === null ? {} : {limit})};
  return sha256(canonicalJson(content)).slice(0, 16);
}

/** Finds trials that share an id, or a folder, or of which one has its folder inside another's. */
function findClashes({trials, source}: TrialPlan, workspace: string): Problem[] {
  const complain = (found: string, earlier: PlannedTrial, later: PlannedTrial, expected: string): Problem => ({
    file: source.path,
    path: [],
    found: `${found}: tasks ${earlier.index} (${earlier.trial.id}) and ${later.index} (${later.trial.id})`,
    expected,
  });
  const names = groupBy(trials, ({trial}) => trial.id);
  const folders = groupBy(
    trials.filter(({trial}) => ownsFolder(trial)),
    ({trial}) => absolutePlace(trial, workspace),
  );
  const twice = (groups: ReadonlyMap<string, readonly PlannedTrial[]>, describe: (trial: Trial) => string): Problem[] =>
    [...groups.values()].flatMap(([first, ...others]) =>
      first ? others.map(other => complain(`${describe(first.trial)} twice`, first, other, 'one task for it')) : [],
    );
  const folderOf = ({output_dir}: Trial): string => normalisePlace(output_dir);
  // A task that clears its folder, or is copied with it, takes with it what is inside.
  const nested = [...folders].flatMap(([folder, [inner]]) => {
    const around = listParents(folder).find(parent => folders.has(parent));
    const [outer] = around === undefined ? [] : (folders.get(around) ?? []);
    if (!inner || !outer) return [];
    const found = `the folder ${folderOf(inner.trial)} inside ${folderOf(outer.trial)}`;
    return [complain(found, outer, inner, 'folders beside each other')];
  });
  return [
    ...twice(names, ({id}) => `the name ${id}`),
    ...twice(folders, trial => `the folder ${folderOf(trial)}`),
    ...nested,
  ];
}

/** Returns whether only this trial writes into its folder. */
function ownsFolder({runner}: Trial): boolean {
  // Inspect names its files itself, all in one folder.
  return runner.kind !== 'reuse' && !(runner.kind === 'module' && runner.inspect);
}

/** Returns the folder of a trial, absolute and written in one way. */
function absolutePlace({output_dir}: Trial, workspace: string): string {
  return normalisePlace(output_dir.startsWith('/') ? output_dir : `${workspace}/${output_dir}`);
}

/** Returns the folders around an absolute, normalised one, the nearest first. */
function listParents(folder: string): string[] {
  const parts = folder.split('/').slice(1);
  return parts.map((_part, i) => `/${parts.slice(0, i).join('/')}`).reverse();
}
