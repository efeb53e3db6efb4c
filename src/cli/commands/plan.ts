import type {Command} from 'commander';

import {UserError} from '../../core/errors.ts';
import type {Problem} from '../../config/problem.ts';
import type {CheckedPlan} from '../../plan/checked-plan.ts';
import type {Plan} from '../../plan/plan.ts';
import type {TrialPlan} from '../../plan/trial-plan.ts';
import {type PlanSummary, summarisePlan} from '../../plan/summary.ts';
import {renderSnapshotYaml} from '../../record/grid/snapshots.ts';
import type {QuestionFiles} from '../../questions/question-files.ts';
import type {Layout} from '../../record/layout.ts';
import {modelWarnings} from '../../runs/open/check-models.ts';
import {openFile, type OpenedTrials, type OpenOptions} from '../../runs/open/open-config.ts';
import {chooseTrials} from '../../runs/open/check-request.ts';
import type {TrialOptions} from '../../runs/request.ts';
import type {ClusterView} from '../../runs/slurm/plan-cluster.ts';
import type {ProfileOptions} from '../../slurm/profile/profile-flags.ts';
import {packConversations} from '../../slurm/submit/pack-conversations.ts';
import {packTrials} from '../../slurm/submit/pack-trials.ts';
import type {RunAction} from '../declare.ts';
import {toCaller, type CommandIo, type ExitCode} from '../io.ts';
import {natural, positive} from '../options/arguments.ts';
import {addProfileOptions, addTrialOptions} from '../options/run-options.ts';
import {wrapProse} from '../render/format.ts';
import {renderTrialPlan, renderTrialPlanJson} from '../render/render-trial-plan.ts';
import {type PlanView, renderPlan, renderPlanJson} from '../render/render-plan.ts';

export interface PlanOptions extends ProfileOptions, TrialOptions, OpenOptions {
  readonly scripts?: boolean | undefined;
  readonly task?: number | undefined;
  readonly json?: boolean | undefined;
  readonly all?: boolean | undefined;
  readonly rep?: number | undefined;
  /** The tasks are to run on this machine: no arrays. */
  readonly here?: boolean | undefined;
}

export function declarePlan(program: Command, run: RunAction): void {
  addProfileOptions(addTrialOptions(program.command('plan <config>')))
    .description(
      'Show what would run (dimensions, tasks, questions, requests) and what is wrong; with a profile also arrays, GPUs and scripts',
    )
    .option('--task <n>', 'print the whole config of one task, as YAML or with --json as JSON', natural)
    .option('--json', 'print everything as JSON')
    .option('--all', 'list every task')
    .option('--scripts', 'print the job scripts')
    .option('--rep <n>', 'count this many repetitions', positive)
    .option('--limit <n>', 'count only the first n questions of each task', positive)
    .action((config: string, options: PlanOptions) => run(io => planCommand(config, options, io)));
}

/** Shows what `mac plan CONFIG` would run and submit, and what is wrong with it; exit code 2 when something is. */
export async function planCommand(configPath: string, options: PlanOptions, io: CommandIo): Promise<ExitCode> {
  const opened = await openFile(configPath, io, options);
  if (opened.makes === 'trials') return await planTrialsCommand(opened, options, io);
  const {layout, files, compile, check} = opened;
  if (options.task !== undefined) {
    const task = compile().configAt(options.task);
    io.stdout.write(options.json === true ? `${JSON.stringify(task, null, 2)}\n` : renderSnapshotYaml(task));
    return 0;
  }
  return await showPlan(await check(), options, {layout, files, io});
}

async function planTrialsCommand(opened: OpenedTrials, options: PlanOptions, io: CommandIo): Promise<ExitCode> {
  const {layout} = opened;
  const {plan, problems} = await opened.check();
  if (options.task !== undefined) {
    const planned = plan.trials[options.task];
    if (!planned) {
      throw new UserError('no-such-task', `there is no task ${options.task}`, {
        hint: `tasks are numbered 0 to ${plan.size - 1}`,
      });
    }
    io.stdout.write(
      options.json === true ? `${JSON.stringify(planned.trial, null, 2)}\n` : renderSnapshotYaml(planned.trial),
    );
    return 0;
  }
  const decided = problems.length > 0 ? null : await chooseTrials(layout, plan, options, toCaller(io));
  return await showTrialPlan({layout, plan, problems, decided}, options, io);
}

/** Shows a plan of trials, as `mac plan` and dry runs do. */
export async function showTrialPlan(
  {
    layout,
    plan,
    problems,
    decided,
  }: {
    readonly layout: Layout;
    readonly plan: TrialPlan;
    readonly problems: readonly Problem[];
    readonly decided: {readonly run: readonly number[]; readonly kept: readonly number[]} | null;
  },
  options: PlanOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const isForSlurm = decided !== null && decided.run.length > 0 && options.here !== true;
  const view = {
    plan,
    problems,
    toRun: decided?.run ?? null,
    kept: decided?.kept ?? [],
    cluster: isForSlurm ? await planTrialsOnCluster(plan, decided.run, {layout, options, io}) : null,
    scripts: options.scripts ?? false,
  };
  if (options.json === true) io.stdout.write(renderTrialPlanJson(view));
  else {
    for (const text of renderTrialPlan(view, options.all ?? false)) {
      io.stdout.write(options.scripts === true ? text : wrapProse(text, io.stdout));
    }
  }
  return problems.length === 0 ? 0 : 2;
}

async function planTrialsOnCluster(
  plan: TrialPlan,
  tasks: readonly number[],
  {layout, options, io}: {layout: Layout; options: PlanOptions; io: CommandIo},
): Promise<ClusterView> {
  const {planCluster} = await import('../../runs/slurm/plan-cluster.ts');
  const pack = packTrials(plan, options.arrayMode);
  const view = await planCluster((batch, limit) => pack({...batch, tasks}, limit), {
    layout,
    options,
    caller: toCaller(io),
  });
  const isTimed = tasks.every(index => plan.trials[index]?.trial.timeout_seconds !== null);
  return {...view, untimed: isTimed ? null : 'not every trial has a time-out', isBound: true};
}

/** Shows a checked plan, as `mac plan` and dry runs do. */
export async function showPlan(
  sound: CheckedPlan,
  options: PlanOptions,
  {layout, files, io}: {readonly layout: Layout; readonly files: QuestionFiles; readonly io: CommandIo},
): Promise<ExitCode> {
  const {plan} = sound;
  const isValid = sound.problems.length === 0;
  const isForSlurm = options.here !== true;
  const ofModels = isValid ? modelWarnings(plan, {env: io.env, isForSlurm}) : [];
  const checked = {...sound, warnings: [...sound.warnings, ...ofModels]};
  const summary = isValid ? summarise(plan, files, options) : null;
  const isPlannable = isValid || sound.onlyFiles;
  const cluster = isPlannable && isForSlurm ? await planOnCluster(plan, {layout, options, io, files}) : null;
  const view: PlanView = {
    plan,
    checked,
    summary,
    cluster,
    scripts: options.scripts ?? false,
    repetitions: options.rep ?? 1,
    limit: options.limit ?? null,
  };
  const render = options.json === true ? renderPlanJson : renderPlan;
  // Machines read JSON, and people copy scripts.
  const isExact = options.json === true || options.scripts === true;
  for (const text of render(view, options.all ?? false)) io.stdout.write(isExact ? text : wrapProse(text, io.stdout));
  return isValid ? 0 : 2;
}

function summarise(plan: Plan, files: QuestionFiles, {limit}: PlanOptions): PlanSummary {
  return summarisePlan(plan, {
    questionCount: file => limited(files.require(file).questions, limit),
  });
}

async function planOnCluster(
  plan: Plan,
  {files, options, layout, io}: {layout: Layout; options: PlanOptions; io: CommandIo; files: QuestionFiles},
): Promise<ClusterView> {
  // Only here: templates and Slurm's client are not needed to print a task.
  const {planCluster} = await import('../../runs/slurm/plan-cluster.ts');
  let untimed: string | null = null;
  const questionCount = (name: string): number => {
    const file = files.get(name);
    if (!(file instanceof UserError)) return limited(file.questions, options.limit);
    untimed = 'question files are missing';
    return 0;
  };
  const view = await planCluster(packConversations(plan, questionCount), {layout, options, caller: toCaller(io)});
  return {...view, untimed};
}

function limited(questions: number, limit: number | undefined): number {
  return Math.min(questions, limit ?? Infinity);
}
