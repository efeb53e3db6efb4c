import {describeProblem} from '../../config/problem.ts';
import {count, formatInteger} from '../../core/text/amounts.ts';
import type {CheckedPlan, CountedProblem} from '../../plan/checked-plan.ts';
import {shortPath} from '../../plan/path.ts';
import type {Plan} from '../../plan/plan.ts';
import type {PlanSummary} from '../../plan/summary.ts';
import type {ClusterView} from '../../runs/slurm/plan-cluster.ts';
import {formatTable} from './format.ts';
import {shorten} from '../../core/text/amounts.ts';
import {describeArrays, renderArrays} from './render-arrays.ts';

/** Everything that `mac plan` shows. */
export interface PlanView {
  readonly plan: Plan;
  readonly checked: CheckedPlan;
  /** Null when there are problems. */
  readonly summary: PlanSummary | null;
  /** Null unless a cluster is asked for. */
  readonly cluster: ClusterView | null;
  /** True to show the scripts. */
  readonly scripts: boolean;
  readonly repetitions: number;
  readonly limit: number | null;
}

/** Most question files that are listed one by one. */
const MAX_LISTED_FILES = 30;
/** Number of tasks written at a time: the text of a million does not fit into memory. */
const BATCH_SIZE = 2_000;

/** Yields a plan as text. */
export function* renderPlan(view: PlanView, all: boolean): Generator<string> {
  const {plan, checked, summary, repetitions} = view;
  yield `${plan.name}: ${count(plan.size, 'task')}${repetitions > 1 ? ` × ${repetitions} repetitions` : ''}\n\n`;
  yield renderAxes(plan);
  if (summary) yield renderSummary(summary, view);
  if (view.cluster) yield* renderArrays(view.cluster, view);
  if (all) yield* renderTasks(plan);
  const lines = [...checked.warnings.map(renderCounted('warning')), ...checked.problems.map(renderCounted('problem'))];
  if (!checked.isComplete) {
    lines.push(`checked: one task for every value of every dimension, not all ${formatInteger(plan.size)}`);
  }
  if (checked.problems.length > 0) lines.push(`${count(checked.problems.length, 'problem')}: nothing can run yet`);
  yield lines.map(text => `${text}\n`).join('');
}

function renderAxes({axes, derived}: Plan): string {
  const rows = axes.map(axis => {
    const labels = axis.labels();
    return [`  ${axis.name}`, axis.kind, String(labels.length), shorten(labels.slice(0, 50).join(', '), 70)];
  });
  const table = rows.length > 0 ? `${formatTable([['  varies', 'by', 'values', ''], ...rows])}\n` : '';
  const rules = derived.map(({path, reads}) => `  ${path} is derived from ${reads.join(', ') || 'a fixed text'}\n`);
  return `${table}${rules.join('')}${rules.length > 0 ? '\n' : ''}`;
}

function renderSummary(summary: PlanSummary, {repetitions, limit}: PlanView): string {
  const times = (value: number): string => formatInteger(value * repetitions);
  const rows = [
    ['  tasks', times(summary.tasks)],
    ['  questions', `${times(summary.questions)}${limit === null ? '' : ` (at most ${limit} a task)`}`],
    ['  conversations', times(summary.questions)],
    ['  model requests', `${times(summary.requests)} (without repeated ones)`],
    ...Object.entries(summary.requestsByModel).map(([model, requests]) => [`    ${model}`, times(requests)]),
  ];
  const files = summary.questionFiles
    .slice(0, MAX_LISTED_FILES)
    .map(({file, questions, tasks}) => [`  ${file}`, count(questions, 'question'), count(tasks, 'task')]);
  const left = summary.questionFiles.length - files.length;
  return `${formatTable(rows)}\n${formatTable(files)}${left > 0 ? `  … and ${count(left, 'more file')}\n` : ''}\n`;
}

function* renderTasks(plan: Plan): Generator<string> {
  const columns = plan.axes.map(axis => ({name: shortPath(axis.name), labels: axis.labels()}));
  const describe = (index: number): string => {
    const digits = plan.digitsAt(index);
    const cells = columns.map(({name, labels}, i) => `  ${name}=${shorten(labels[digits[i] ?? 0] ?? '', 40)}`);
    return `  [${index}]${cells.join('')}\n`;
  };
  yield* renderInBatches(plan.size, describe);
  yield '\n';
}

function* renderInBatches(size: number, describe: (index: number) => string): Generator<string> {
  for (let start = 0; start < size; start += BATCH_SIZE) {
    const length = Math.min(BATCH_SIZE, size - start);
    yield Array.from({length}, (_, i) => describe(start + i)).join('');
  }
}

function renderCounted(kind: string): (counted: CountedProblem) => string {
  return ({problem, tasks}) => `${kind}: ${describeProblem(problem)}${tasks > 1 ? ` (${tasks} tasks)` : ''}`;
}

/** Yields a plan as JSON (`mac.plan/1`), with every task when asked for. */
export function* renderPlanJson(view: PlanView, all: boolean): Generator<string> {
  const text = JSON.stringify(describePlan(view), null, 2);
  if (!all) {
    yield `${text}\n`;
    return;
  }
  const {plan, checked} = view;
  const isValid = checked.problems.length === 0;
  yield `${text.slice(0, text.lastIndexOf('\n}'))},\n  "task_list": [`;
  yield* renderInBatches(plan.size, index => {
    const {key = null, seed = null} = isValid ? plan.taskAt(index) : {};
    const task = {task_id: index, task_key: key, seed, grid_sweep_specs: plan.sweepSpecsAt(index)};
    return `${index === 0 ? '' : ','}\n    ${JSON.stringify(task)}`;
  });
  yield '\n  ]\n}\n';
}

function describePlan({plan, checked, summary, cluster, scripts, repetitions, limit}: PlanView): object {
  const describe = ({problem, tasks}: CountedProblem) => ({...problem, tasks, message: describeProblem(problem)});
  return {
    schema: 'mac.plan/1',
    frontend: plan.frontend,
    name: plan.name,
    source: plan.source,
    tasks: plan.size,
    repetitions,
    question_limit: limit,
    axes: plan.axes.map(({kind, name, paths, values}) => ({kind, name, paths, values})),
    derived: plan.derived,
    summary: summary && {
      tasks: summary.tasks,
      questions: summary.questions,
      conversations: summary.questions,
      requests: summary.requests,
      requests_by_model: summary.requestsByModel,
      question_files: summary.questionFiles,
    },
    ...(cluster ? {cluster: describeArrays(cluster, scripts)} : {}),
    problems: checked.problems.map(describe),
    warnings: checked.warnings.map(describe),
    all_tasks_checked: checked.isComplete,
  };
}
