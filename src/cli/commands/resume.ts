import type {Command} from 'commander';

import {mapConcurrently, MAX_OPEN_FILES} from '../../core/concurrency.ts';
import {UserError} from '../../core/errors.ts';
import {count} from '../../core/text/amounts.ts';
import {findActiveRuns} from '../../record/sets/find-runs.ts';
import type {GridRun} from '../../record/grid/run-file.ts';
import type {Layout} from '../../record/layout.ts';
import {findResumable, prepareResume, type ResumableRun} from '../../runs/open/prepare-resume.ts';
import {hasProfile, type ProfileOptions} from '../../slurm/profile/profile-flags.ts';
import type {Escalation} from '../../slurm/submit/escalate.ts';
import {belongsToSlurm} from '../../slurm/submit/submit-lease.ts';
import {GRID_HELP, type RunAction} from '../declare.ts';
import type {ExecuteOptions} from '../execute-here.ts';
import {openLayout, toCaller, type CommandIo, type ExitCode} from '../io.ts';
import {escalation, taskList} from '../options/arguments.ts';
import {addExecuteOptions, addJobOrderOptions, addProfileOptions} from '../options/run-options.ts';
import {reportResumed} from '../render/report-resumed.ts';
import {describeTree, renderTree} from '../render/render-tree.ts';

export interface ResumeOptions extends ExecuteOptions {
  readonly dryRun?: boolean;
}

export interface ResumeGridOptions extends ResumeOptions, ProfileOptions {
  /** Runs a grid here that was submitted to Slurm. */
  readonly local?: boolean;
  readonly escalate?: Escalation;
  readonly afterAll?: string;
  readonly dependency?: string;
}

export function declareResume(program: Command, run: RunAction): void {
  addJobOrderOptions(addProfileOptions(addExecuteOptions(program.command('resume [grid]'))))
    .description(`Run the unfinished questions of a grid where it ran before (here or on Slurm); ${GRID_HELP}`)
    .option('--dry-run', 'list the unfinished tasks with their missing questions; change nothing')
    .option('--tasks <list>', 'resume only these tasks, e.g. 3,7-12', taskList)
    .option('--local', 'run a grid here that was submitted to Slurm')
    .option(
      '--escalate <factors>',
      'give more to tasks that ran out of memory or time, e.g. mem=1.5x,time=2x',
      escalation,
    )
    .action((grid: string | undefined, options: ResumeGridOptions) =>
      run(io => resumeCommand(grid ?? 'latest', options, io)),
    );
}

/**
 * Runs `mac resume [GRID]`: runs the unfinished questions, and only those, where the grid ran before: here or on Slurm.
 */
export async function resumeCommand(selector: string, options: ResumeGridOptions, io: CommandIo): Promise<ExitCode> {
  try {
    const layout = openLayout(io);
    const submitted = options.local === true ? [] : await findSubmitted(layout, selector, options);
    refuseInapplicableFlags(options, submitted.length > 0 ? 'slurm' : 'here');
    if (submitted.length > 0) {
      const {resumeOnSlurm} = await import('../../runs/slurm/resume-on-slurm.ts');
      const resumed = await resumeOnSlurm(submitted, options, toCaller(io));
      return await reportResumed(resumed, {options, layout, io});
    }
    if (options.dryRun === true) return await printTree(layout, selector, options, io);
    const prepared = await prepareResume(selector, options, toCaller(io));
    const {executeHere} = await import('../execute-here.ts');
    return await executeHere(prepared, options, io);
  } catch (error) {
    // "Resume until it says done" must be able to stop.
    const finished = await toGridFinishedError(error, selector, io);
    if (!finished) throw error;
    io.stdout.write(`nothing to resume: ${finished.message}\n`);
    return 0;
  }
}

/** Refuses options that would be ignored where the grid runs. @throws UserError `resume-usage`. */
function refuseInapplicableFlags(options: ResumeGridOptions, where: 'slurm' | 'here'): void {
  const given = (flags: Readonly<Record<string, unknown>>): string[] =>
    Object.keys(flags).filter(flag => flags[flag] !== undefined);
  const {maxParallel, failFast, escalate, dependency, afterAll} = options;
  const misplaced =
    where === 'slurm'
      ? given({'--max-parallel': maxParallel, '--fail-fast': failFast})
      : given({'--escalate': escalate, '--dependency': dependency, '--after-all': afterAll});
  if (misplaced.length === 0) return;
  const [place, hint] =
    where === 'slurm'
      ? ['for runs on this machine, and this grid is on Slurm', 'leave it out, or run what is missing here: --local']
      : ['for jobs on Slurm, and this grid runs here', 'leave it out, or submit what is missing: --profile NAME'];
  throw new UserError('resume-usage', `${misplaced.join(', ')}: ${place}`, {hint});
}

/** Returns the error for a finished grid, even if the last executor archived the grid meanwhile. */
async function toGridFinishedError(error: unknown, selector: string, io: CommandIo): Promise<UserError | undefined> {
  if (!(error instanceof UserError)) return undefined;
  if (error.code === 'grid-finished') return error;
  if (error.code !== 'snapshot-missing') return undefined;
  try {
    await findActiveRuns(openLayout(io), selector);
    return undefined;
  } catch (now) {
    return now instanceof UserError && now.code === 'grid-finished' ? now : undefined;
  }
}

/**
 * Returns the runs that belong on Slurm: submitted there, or given a profile. The runs of a config start the same way.
 */
async function findSubmitted(layout: Layout, selector: string, options: ResumeGridOptions): Promise<GridRun[]> {
  const runs = await findActiveRuns(layout, selector);
  if (hasProfile(options)) return runs;
  const submitted: GridRun[] = [];
  for (const run of runs) if (await belongsToSlurm(layout, run)) submitted.push(run);
  return submitted;
}

async function printTree(layout: Layout, selector: string, options: ResumeOptions, io: CommandIo): Promise<ExitCode> {
  const runs = await findResumable(layout, selector, options.tasks, toCaller(io));
  if (options.json === true) {
    const grids = await mapConcurrently(runs, MAX_OPEN_FILES, run => describeRun(layout, run));
    io.stdout.write(`${JSON.stringify({schema: 'mac.resume/1', dry_run: true, grids}, null, 2)}\n`);
    return 0;
  }
  for (const run of runs) {
    io.stdout.write(renderRunLine(run));
    for await (const text of renderTree(layout, run.tasks)) io.stdout.write(text);
  }
  const left = runs.reduce((sum, {tasks}) => sum + tasks.length, 0);
  io.stdout.write(`dry run: ${count(left, 'task')} would be resumed, nothing was changed\n`);
  return 0;
}

async function describeRun(layout: Layout, {run, tasks, succeeded, total}: ResumableRun): Promise<object> {
  return {
    grid_id: run.grid_id,
    repetition: run.repetition,
    repetitions: run.repetitions,
    tasks: {total, done: succeeded, left: tasks.length},
    unfinished: await describeTree(layout, tasks),
  };
}

function renderRunLine({run, tasks, succeeded, total}: ResumableRun): string {
  const repetition = run.repetitions > 1 ? `, repetition ${run.repetition} of ${run.repetitions}` : '';
  return `${run.grid_id} (${run.config_name}${repetition}): ${succeeded} of ${total} tasks done, ${tasks.length} to resume\n`;
}
