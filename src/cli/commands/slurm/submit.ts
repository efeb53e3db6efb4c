import type {Command} from 'commander';

import type {SubmitRequest} from '../../../runs/request.ts';
import {prepareSubmit, previewSubmit, submitGrid, type IntendedSubmit} from '../../../runs/slurm/submit-grid.ts';
import type {Submission} from '../../../slurm/submission/submission-file.ts';
import type {RunAction} from '../../declare.ts';
import {toCaller, type CommandIo, type ExitCode} from '../../io.ts';
import {addGridOptions, addGuardOptions, addJobOrderOptions, addProfileOptions} from '../../options/run-options.ts';
import {describeSubmission, isAllSubmitted, renderProblems, renderSubmission} from '../../render/render-submission.ts';

export interface SubmitOptions extends SubmitRequest {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function declareSubmit(program: Command, run: RunAction): void {
  const command = addGridOptions(program.command('submit <config>'), 'submit');
  addJobOrderOptions(addGuardOptions(addProfileOptions(command)))
    .description('Submit the tasks of a config to Slurm, as job arrays')
    .option('--dry-run', 'show what would be submitted; write nothing')
    .option('--json', 'print the submission as JSON')
    .action((config: string, options: SubmitOptions) => run(io => submitCommand(config, options, io)));
}

/** Runs `mac submit CONFIG`: plans as `mac run` does, and gives the tasks to Slurm. */
export async function submitCommand(configPath: string, options: SubmitOptions, io: CommandIo): Promise<ExitCode> {
  const caller = toCaller(io);
  const intended = await prepareSubmit(configPath, options, caller);
  if (options.dryRun === true) return dryRun(intended, options, io);
  const submissions = await submitGrid(configPath, intended, options, caller);
  return report(submissions, {configPath, json: options.json === true}, io);
}

function dryRun(intended: IntendedSubmit, options: SubmitOptions, io: CommandIo): ExitCode {
  const {submission, arrays} = previewSubmit(intended, options, toCaller(io));
  for (const {message} of arrays.warnings) io.stderr.write(`warning: ${message}\n`);
  if (options.json === true) {
    const report = {schema: 'mac.submit/1', dry_run: true, grids: [describeSubmission(submission)]};
    io.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return 0;
  }
  io.stdout.write(renderSubmission(submission, intended.checked.config.path));
  const times = (options.rep ?? 1) > 1 ? `, ${options.rep} times over` : '';
  io.stdout.write(
    `dry run: this would be submitted${times}; nothing was written (mac plan --scripts shows the scripts)\n`,
  );
  return 0;
}

function report(
  submissions: readonly Submission[],
  {configPath, json}: {readonly configPath: string; readonly json: boolean},
  io: CommandIo,
): ExitCode {
  const exitCode = submissions.every(isAllSubmitted) ? 0 : 1;
  if (submissions.length === 0 && !json) io.stdout.write('nothing to submit: every trial is done\n');
  if (json) {
    const answer = {schema: 'mac.submit/1', exit_code: exitCode, grids: submissions.map(describeSubmission)};
    io.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
    return exitCode;
  }
  for (const submission of submissions) {
    io.stdout.write(renderSubmission(submission, configPath));
    io.stderr.write(renderProblems(submission));
  }
  const [first] = submissions;
  if (first) io.stdout.write(`watch it: mac status ${submissions.length > 1 ? 'latest' : first.grid_id} --watch\n`);
  return exitCode;
}
