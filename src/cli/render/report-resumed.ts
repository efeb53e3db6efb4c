import {count} from '../../core/text/amounts.ts';
import type {Layout} from '../../record/layout.ts';
import type {Resumed} from '../../runs/slurm/resume-on-slurm.ts';
import type {CommandIo, ExitCode} from '../io.ts';
import {describeSubmission, isAllSubmitted, renderProblems, renderSubmission} from './render-submission.ts';
import {renderTree} from './render-tree.ts';

interface ResumeReportOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Prints what was submitted of each grid run, or would be. */
export async function reportResumed(
  resumed: readonly Resumed[],
  {options, layout, io}: {readonly options: ResumeReportOptions; readonly layout: Layout; readonly io: CommandIo},
): Promise<ExitCode> {
  const isDry = options.dryRun === true;
  const isComplete = resumed.every(({submission}) => submission === undefined || isDry || isAllSubmitted(submission));
  const exitCode = isComplete ? 0 : 1;
  if (options.json === true) {
    const grids = resumed.map(({run, submission, notes, counts}) => ({
      ...(submission ? describeSubmission(submission) : {grid_id: run.grid_id, submission: null}),
      tasks: counts,
      notes,
    }));
    const answer = {schema: 'mac.submit/1', exit_code: exitCode, ...(isDry ? {dry_run: true} : {}), grids};
    io.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
    return exitCode;
  }
  for (const each of resumed) {
    const {run, submission, notes, counts, tasks} = each;
    const queued = counts.live === 0 ? '' : `, ${counts.live} queued or running and left alone`;
    io.stdout.write(`${run.grid_id}: ${counts.done} of ${counts.total} tasks done${queued}\n`);
    for (const note of notes) io.stderr.write(`note: ${note}\n`);
    if (!submission) {
      io.stdout.write('  nothing to submit\n');
      continue;
    }
    if (isDry) for await (const text of renderTree(layout, tasks)) io.stdout.write(text);
    io.stdout.write(renderSubmission(submission, run.config_name));
    if (isDry) io.stdout.write(`dry run: ${count(counts.chosen, 'task')} would be submitted, nothing was changed\n`);
    else io.stderr.write(renderProblems(submission));
  }
  return exitCode;
}
