import type {Command} from 'commander';

import {StopSwitch} from '../../../execute/guards/stop.ts';
import {cancelDoomedElements} from '../../../runs/element/cancel-doomed-elements.ts';
import {type ElementJob, type ElementOptions, readElementJob} from '../../../runs/element/element-job.ts';
import {ElementRecorder} from '../../../runs/element/element-recorder.ts';
import {stopOnJobSignals} from '../../../runs/element/job-signals.ts';
import {requeueElement} from '../../../runs/element/requeue-element.ts';
import {classifyError, type ElementEnd, runElement} from '../../../runs/element/run-element.ts';
import {readTerminationCause} from '../../../runs/element/termination-cause.ts';
import {changedPackages} from '../../../slurm/submit/freeze-code.ts';
import type {RunAction} from '../../declare.ts';
import {toCaller, type CommandIo, type ExitCode} from '../../io.ts';
import {natural} from '../../options/arguments.ts';
import {ProgressReporter} from '../../progress/reporter.ts';

/** A job's log is read after hours or days. */
const PROGRESS_LINE_MS = 30_000;

export function declareSlurmElement(program: Command, run: RunAction): void {
  program
    .command('slurm-element', {hidden: true})
    .description('Run one element of an array (called by job scripts)')
    .requiredOption('--submission <file>', 'the submission it belongs to')
    .requiredOption('--array <k>', 'the index of its array in the submission', natural)
    .requiredOption('--element <n>', 'its number in the array', natural)
    .action((options: ElementOptions) => run(io => slurmElementCommand(options, io)));
}

/**
 * `mac slurm-element`: what the job of an array element does. Hidden, because only job scripts call it.
 *
 * @throws UserError `submission-damaged`, `not-a-slurm-job`, `job-is-twin`, `cannot-write`, and what keeps tasks from
 * running.
 */
export async function slurmElementCommand(options: ElementOptions, io: CommandIo): Promise<ExitCode> {
  const stop = new StopSwitch();
  const job = await readElementJob(options, io.env);
  for (const change of await changedPackages(job.submission.code.path)) {
    io.stderr.write(`warning: a package is not what it was when this job was submitted: ${change}\n`);
  }
  const recorder = await ElementRecorder.begin(job, io.env, io.clock);
  const signals = stopOnJobSignals(stop, signal => {
    const cause = signal === 'USR2' ? 'time-limit' : 'preempted-or-cancelled';
    void recorder.update({signal, cause}).catch(() => undefined);
  });
  try {
    const end = await run({job, recorder, stop, io});
    const reason = end.cause === 'preempted-or-cancelled' ? await readTerminationCause(job) : undefined;
    const cause = reason === 'time limit' ? 'time-limit' : end.cause;
    await recorder.end({...end, cause, ...(reason === undefined ? {} : {detail: reason})});
    const {attempt} = recorder;
    const {done, total} = attempt.questions;
    io.stderr.write(`ended: ${attempt.cause ?? ''}; ${done} of ${total} done\n`);
    if (end.exit_code === 0) return 0;
    // Only before the time limit: after TERM it is either Slurm that requeues (preemption), or somebody who wants the
    // job gone.
    if (job.profile.requeue !== false && attempt.signal === 'USR2') await requeueElement(job, toCaller(io));
    else await cancelDoomedElements(job, toCaller(io));
    return end.exit_code;
  } finally {
    signals.restore();
  }
}

async function run(options: {
  job: ElementJob;
  recorder: ElementRecorder;
  stop: StopSwitch;
  io: CommandIo;
}): Promise<ElementEnd> {
  const {job, recorder, io} = options;
  try {
    const watch = (): ProgressReporter =>
      new ProgressReporter({output: io.stderr, clock: io.clock, detailed: false, lineMs: PROGRESS_LINE_MS});
    return await runElement({...options, caller: toCaller(io), watch});
  } catch (error) {
    await recorder.end(classifyError(error)).catch(() => undefined);
    await cancelDoomedElements(job, toCaller(io)).catch(() => undefined);
    throw error;
  }
}
