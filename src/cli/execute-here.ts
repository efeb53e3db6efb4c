import {wantsLiveStatus} from '../config/workspace.ts';
import {StopSwitch} from '../execute/guards/stop.ts';
import {runHere} from '../runs/here/run-here.ts';
import type {PreparedTasks} from '../runs/prepared-tasks.ts';
import type {ExecuteRequest} from '../runs/request.ts';
import type {RunWatcher} from '../runs/watcher.ts';
import {toCaller, type CommandIo, type ExitCode} from './io.ts';
import {ProgressReporter} from './progress/reporter.ts';
import {renderOutcome, renderOutcomeJson} from './render/render-outcome.ts';
import {stopOnSignals} from './signals.ts';

export interface ExecuteOptions extends ExecuteRequest {
  readonly json?: boolean;
}

/** Runs tasks in this process, shows their progress, handles signals, and prints where the results are. */
export async function executeHere(
  prepared: PreparedTasks,
  options: ExecuteOptions,
  io: CommandIo,
  makeWatcher: () => RunWatcher = () =>
    new ProgressReporter({output: io.stderr, clock: io.clock, detailed: wantsLiveStatus(io.env)}),
): Promise<ExitCode> {
  const stop = new StopSwitch();
  let reporter: RunWatcher | undefined;
  const signals = stopOnSignals(stop, () => {
    reporter?.close();
    io.stderr.write(`left at once; what was recorded is safe. To go on: ${prepared.resumeCommand}\n`);
  });
  const watch = (): RunWatcher => (reporter = makeWatcher());
  try {
    const run = await runHere(prepared, options, {stop, caller: toCaller(io), watch});
    io.stdout.write(options.json === true ? renderOutcomeJson(run) : renderOutcome(run));
    // The report first: it says what was done and how to go on.
    if (run.unfinished && !run.result.stopped) throw run.unfinished;
    return run.exitCode;
  } finally {
    signals.restore();
  }
}
