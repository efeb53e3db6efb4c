import {describeProblem, type Problem} from '../../config/problem.ts';
import {count, shorten} from '../../core/text/amounts.ts';
import type {TrialRunner} from '../../core/trial.ts';
import type {PlannedTrial, TrialPlan} from '../../plan/trial-plan.ts';
import type {ClusterView} from '../../runs/slurm/plan-cluster.ts';
import {formatTable} from './format.ts';
import {describeArrays, renderArrays} from './render-arrays.ts';

/** Everything that `mac plan` shows of a file of trials. */
export interface TrialPlanView {
  readonly plan: TrialPlan;
  readonly problems: readonly Problem[];
  /** Numbers of the trials that are asked for and would run; null where that is not known for problems. */
  readonly toRun: readonly number[] | null;
  /** Numbers of those that are done already. */
  readonly kept: readonly number[];
  /** Null unless a cluster is asked for. */
  readonly cluster: ClusterView | null;
  readonly scripts: boolean;
}

/** Most trials that are listed one by one unless all are asked for. */
const LISTED = 10;

/** Yields a plan of trials as text. */
export function* renderTrialPlan(view: TrialPlanView, all: boolean): Generator<string> {
  const {plan, problems, toRun, kept, cluster} = view;
  yield `${plan.name}: ${plan.frontend} ${plan.set.id}, ${count(plan.size, 'trial')}\n\n`;
  yield renderAxes(plan);
  yield `${renderTrials(plan, all)}\n`;
  if (toRun && toRun.length < plan.size) {
    yield `  ${count(toRun.length, 'trial')} to run${kept.length > 0 ? `, ${kept.length} done already` : ''}\n\n`;
  }
  if (cluster) yield* renderArrays(cluster, {scripts: view.scripts, repetitions: 1});
  const lines = [
    ...plan.warnings.map(problem => `warning: ${describeProblem(problem)}`),
    ...problems.map(problem => `problem: ${describeProblem(problem)}`),
    ...(problems.length > 0 ? [`${count(problems.length, 'problem')}: nothing can run yet`] : []),
  ];
  yield lines.map(line => `${line}\n`).join('');
}

function renderAxes({axes, size}: TrialPlan): string {
  if (axes.length === 0) return '';
  const rows = axes.map(({name, values}) => [
    `  ${name}`,
    String(values.length),
    shorten(values.slice(0, 50).join(', '), 70),
  ]);
  const sizes = axes.map(({values}) => values.length);
  const product = sizes.reduce((a, b) => a * b, 1);
  const sum = axes.length > 1 && product === size ? `  ${sizes.join(' × ')} = ${size}\n` : '';
  return `${formatTable([['  varies', 'values', ''], ...rows])}${sum}\n`;
}

function renderTrials({trials}: TrialPlan, all: boolean): string {
  const shown = all ? trials : trials.slice(0, LISTED);
  const rows = shown.map(({index, trial}) => [
    `  [${index}]`,
    trial.id,
    trial.seed === null ? '' : `seed ${trial.seed}`,
    shorten(describeRunner(trial.runner), 90),
    ...(trial.timeout_seconds === null ? [] : [`at most ${trial.timeout_seconds} s`]),
  ]);
  const left = trials.length - shown.length;
  return `${formatTable(rows)}${left > 0 ? `  … and ${left} more (--all)\n` : ''}`;
}

function describeRunner(runner: TrialRunner): string {
  switch (runner.kind) {
    case 'command':
      return runner.argv.join(' ');
    case 'module':
      return runner.argv?.join(' ') ?? runner.file;
    case 'optimize':
      return `${String(runner.job['task'])} by ${String(runner.job['trainer'])}`;
    case 'reuse':
      return `reuses ${runner.source}`;
  }
}

/** Returns a plan of trials as JSON (`mac.plan/1`), with every trial. */
export function renderTrialPlanJson({plan, problems, toRun, kept, cluster, scripts}: TrialPlanView): string {
  const describe = (problem: Problem) => ({...problem, tasks: 1, message: describeProblem(problem)});
  const answer = {
    schema: 'mac.plan/1',
    frontend: plan.frontend,
    name: plan.name,
    source: plan.source,
    set: plan.set,
    run_name: plan.runName,
    tasks: plan.size,
    to_run: toRun,
    done: kept,
    axes: plan.axes,
    policy: plan.policy,
    services: plan.services,
    array_modes: plan.groupings,
    ...(cluster ? {cluster: describeArrays(cluster, scripts)} : {}),
    problems: problems.map(describe),
    warnings: plan.warnings.map(describe),
    task_list: plan.trials.map(describeTrial),
  };
  return `${JSON.stringify(answer, null, 2)}\n`;
}

function describeTrial({index, key, trial}: PlannedTrial): object {
  return {task_id: index, task_key: key, ...trial};
}
