import {resolve} from 'node:path';

import {describeProblem} from '../../config/problem.ts';
import {readGridConfig} from '../../config/read-config.ts';
import {readEnvironment} from '../../config/workspace.ts';
import {UserError} from '../../core/errors.ts';
import type {CheckedPlan} from '../../plan/check.ts';
import type {Plan} from '../../plan/plan.ts';
import {summarisePlan, type PlanSummary} from '../../plan/summary.ts';
import {createLayout} from '../../record/layout.ts';
import {renderSnapshotYaml} from '../../record/snapshots.ts';
import type {CommandIo, ExitCode} from '../io.ts';
import {checkConfig, compileConfig, KnownFiles, validTask} from '../plan-config.ts';
import {formatTable, shorten} from '../progress/format.ts';

export interface PlanOptions {
  readonly task?: number | undefined;
  readonly json?: boolean | undefined;
  readonly all?: boolean | undefined;
  readonly rep?: number | undefined;
  readonly limit?: number | undefined;
}

/** `mac plan CONFIG`: what would run, and what is wrong with it; exit 2 when something is. */
export async function planCommand(configPath: string, options: PlanOptions, io: CommandIo): Promise<ExitCode> {
  const layout = createLayout(readEnvironment(io.env, io.cwd));
  const config = await readGridConfig(resolve(io.cwd, configPath));
  const files = new KnownFiles(layout);
  const plan = compileConfig(config, {submittedAtMs: io.clock.now(), repetition: 1, files, name: configPath});
  if (options.task !== undefined) {
    io.stdout.write(renderSnapshotYaml(validatedTask(plan, options.task)));
    return 0;
  }
  const checked = await checkConfig(config, plan, files);
  const summary = checked.problems.length > 0 ? null : summarise(plan, files, options);
  const view: PlanView = {plan, checked, summary, repetitions: options.rep ?? 1, limit: options.limit ?? null};
  if (options.json === true) io.stdout.write(`${JSON.stringify(planJson(view, options.all ?? false), null, 2)}\n`);
  else io.stdout.write(renderPlan(view, options.all ?? false));
  return checked.problems.length > 0 ? 2 : 0;
}

function validatedTask(plan: Plan, index: number): unknown {
  if (index >= plan.size) {
    throw new UserError('no-such-task', `there is no task ${index}`, {
      hint: `tasks are numbered 0 to ${plan.size - 1}`,
    });
  }
  return validTask(plan.rawAt(index));
}

function summarise(plan: Plan, files: KnownFiles, {limit}: PlanOptions): PlanSummary {
  return summarisePlan(plan, {
    validate: validTask,
    questionCount: file => Math.min(files.require(file).questions, limit ?? Infinity),
  });
}

interface PlanView {
  readonly plan: Plan;
  readonly checked: CheckedPlan;
  readonly summary: PlanSummary | null;
  readonly repetitions: number;
  readonly limit: number | null;
}

function renderPlan({plan, checked, summary, repetitions, limit}: PlanView, all: boolean): string {
  const lines = [
    `${plan.name}: ${count(plan.size, 'task')}${repetitions > 1 ? ` × ${repetitions} repetitions` : ''}`,
    '',
  ];
  if (plan.axes.length > 0) {
    const rows = plan.axes.map(({kind, name, values}) => [
      `  ${name}`,
      kind,
      String(values.length),
      describeValues(values),
    ]);
    lines.push(formatTable([['  varies', 'by', 'values', ''], ...rows]));
  }
  for (const {path, reads} of plan.derived)
    lines.push(`  ${path} is derived from ${reads.join(', ') || 'a fixed text'}`);
  if (plan.derived.length > 0) lines.push('');
  if (summary) lines.push(renderSummary(summary, repetitions, limit));
  if (all) lines.push(...[...new Array<undefined>(plan.size).keys()].map(index => describeTaskLine(plan, index)), '');
  for (const {problem, tasks} of checked.warnings)
    lines.push(`warning: ${describeProblem(problem)}${tasks > 1 ? ` (${tasks} tasks)` : ''}`);
  for (const {problem, tasks} of checked.problems)
    lines.push(`problem: ${describeProblem(problem)}${tasks > 1 ? ` (${tasks} tasks)` : ''}`);
  if (!checked.isComplete) {
    lines.push(`checked: one task for every value of every dimension, not all ${plan.size}`);
  }
  if (checked.problems.length > 0) lines.push(`${count(checked.problems.length, 'problem')}: nothing can run yet`);
  return `${lines.join('\n').trimEnd()}\n`;
}

function renderSummary(summary: PlanSummary, repetitions: number, limit: number | null): string {
  const rows = [
    ['  tasks', group(summary.tasks * repetitions)],
    ['  questions', `${group(summary.questions * repetitions)}${limit === null ? '' : ` (at most ${limit} a task)`}`],
    ['  conversations', group(summary.questions * repetitions)],
    ['  model requests', `${group(summary.requests * repetitions)} (without repeated ones)`],
    ...Object.entries(summary.requestsByModel).map(([model, requests]) => [
      `    ${model}`,
      group(requests * repetitions),
    ]),
  ];
  const files = summary.questionFiles.map(({file, questions, tasks}) => [
    `  ${file}`,
    `${group(questions)} questions`,
    count(tasks, 'task'),
  ]);
  return `${formatTable(rows)}\n${formatTable(files)}`;
}

function describeValues(values: readonly unknown[]): string {
  return shorten(values.map(value => (typeof value === 'string' ? value : JSON.stringify(value))).join(', '), 70);
}

function describeTaskLine(plan: Plan, index: number): string {
  const specs = Object.entries(plan.sweepSpecsAt(index)).map(
    ([name, value]) => `${shortName(name)}=${shorten(typeof value === 'string' ? value : JSON.stringify(value), 40)}`,
  );
  return `  [${index}] ${specs.join('  ')}`;
}

/** The last part of a dotted path says enough in a list. */
function shortName(name: string): string {
  return name.split('.').slice(-2).join('.');
}

function group(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

function count(value: number, noun: string): string {
  return `${group(value)} ${noun}${value === 1 ? '' : 's'}`;
}

function planJson({plan, checked, summary, repetitions, limit}: PlanView, all: boolean): object {
  return {
    schema: 'mac.plan/1',
    frontend: plan.frontend,
    name: plan.name,
    source: plan.source,
    tasks: plan.size,
    repetitions,
    question_limit: limit,
    axes: plan.axes,
    derived: plan.derived,
    summary,
    problems: checked.problems.map(({problem, tasks}) => ({...problem, tasks, message: describeProblem(problem)})),
    warnings: checked.warnings.map(({problem, tasks}) => ({...problem, tasks, message: describeProblem(problem)})),
    all_tasks_checked: checked.isComplete,
    ...(all
      ? {
          task_list: [...new Array<undefined>(plan.size).keys()].map(index => ({
            task_id: index,
            grid_sweep_specs: plan.sweepSpecsAt(index),
          })),
        }
      : {}),
  };
}
