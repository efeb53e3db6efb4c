import {ConfigError, type Problem} from '../config/problem.ts';
import {canonicalJson, sha256} from '../core/seeds/hash.ts';
import type {Trial} from '../core/trial.ts';
import type {ParsedTrials, TrialContext} from './front-end.ts';
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
  return {plan, problems: [...document.problems, ...problems, ...findClashes(plan)]};
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

/** Finds trials that share an id or a folder. */
function findClashes({trials, source}: TrialPlan): Problem[] {
  const problems: Problem[] = [];
  const find = (what: string, of: (trial: Trial) => string | null): void => {
    const first = new Map<string, PlannedTrial>();
    for (const planned of trials) {
      const value = of(planned.trial);
      if (value === null) continue;
      const earlier = first.get(value);
      if (!earlier) {
        first.set(value, planned);
        continue;
      }
      problems.push({
        file: source.path,
        path: [],
        found: `${what} ${value} twice: tasks ${earlier.index} (${earlier.trial.id}) and ${planned.index} (${planned.trial.id})`,
        expected: 'one task for it',
      });
    }
  };
  find('the name', ({id}) => id);
  find('the folder', ({runner, output_dir}) => {
    // Inspect names its files itself, all in one folder.
    const isShared = runner.kind === 'reuse' || (runner.kind === 'module' && runner.inspect);
    return isShared ? null : output_dir;
  });
  return problems;
}
