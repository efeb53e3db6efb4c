import type {Command} from 'commander';

import type {OpenOptions} from '../../runs/open/open-config.ts';
import {type CheckedRequest, checkRequest} from '../../runs/open/check-request.ts';
import {openFreshRun} from '../../runs/open/prepare-run.ts';
import type {RunRequest} from '../../runs/request.ts';
import type {RunAction} from '../declare.ts';
import {toCaller, type CommandIo, type ExitCode} from '../io.ts';
import {addExecuteOptions, addGridOptions, addProfileOptions} from '../options/run-options.ts';
import {showPlan, showTrialPlan} from './plan.ts';

export interface RunOptions extends RunRequest, Pick<OpenOptions, 'edit' | 'runName'> {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function declareRun(program: Command, run: RunAction): void {
  const command = addGridOptions(program.command('run <config>'), 'run');
  addProfileOptions(addExecuteOptions(command), {onlyOfServers: true})
    .description('Run the tasks of a config on this machine')
    .option('--dry-run', 'show what would run; write nothing')
    .action((config: string, options: RunOptions) => run(io => runCommand(config, options, io)));
}

/** Runs `mac run CONFIG`: plans, checks everything, then runs the tasks here. */
export async function runCommand(configPath: string, options: RunOptions, io: CommandIo): Promise<ExitCode> {
  const caller = toCaller(io);
  const checked = await checkRequest(configPath, options, caller);
  if (options.dryRun === true) return await showDryRun(checked, options, io);
  if (checked.indices.length === 0 && options.json !== true) io.stdout.write(`nothing to run: ${sayWhy(checked)}\n`);
  const {executeHere} = await import('../execute-here.ts');
  return await executeHere(await openFreshRun(configPath, checked, options, caller), options, io);
}

/** Says why no trial runs. */
function sayWhy({kept}: CheckedRequest): string {
  return kept.length > 0 ? 'every trial is done' : 'no trial fits what was asked for';
}

async function showDryRun(request: CheckedRequest, options: RunOptions, io: CommandIo): Promise<ExitCode> {
  const {layout, shown, indices, kept} = request;
  const {rep, limit, json} = options;
  const showing = {all: true, here: true, rep, limit, json};
  const exitCode =
    shown.makes === 'trials'
      ? await showTrialPlan({layout, plan: shown.plan, problems: [], decided: {run: indices, kept}}, showing, io)
      : await showPlan(shown.checked, showing, {layout, files: shown.files, io});
  const note = `dry run: ${indices.length * (rep ?? 1)} tasks would run, nothing was written\n`;
  (json === true ? io.stderr : io.stdout).write(note);
  return exitCode;
}
