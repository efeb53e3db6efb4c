import {setFlagsFromString} from 'node:v8';

import {UserError} from '../../core/errors.ts';
import type {PackResult} from '../../execute/pack/pack.ts';
import type {PackTask} from '../../execute/pack-task.ts';
import {StopSwitch} from '../../execute/guards/stop.ts';
import {finishGridRun} from '../../record/grid/grid-run.ts';
import type {Layout} from '../../record/layout.ts';
import type {ClusterProfile} from '../../slurm/profile/profile-schema.ts';
import type {ExecuteOptions} from '../../cli/commands/run.ts';
import type {CommandIo, ExitCode} from '../../cli/io.ts';
import {renderOutcome, renderOutcomeJson} from '../../cli/render/render-outcome.ts';
import {hasProfile, type ProfileOptions} from '../../slurm/profile/profile-flags.ts';
import type {ProgressReporter} from '../../cli/progress/reporter.ts';
import {runPacks} from './run-packs.ts';
import {stopOnSignals} from '../../cli/signals.ts';

/** Tasks of one or several grid runs, ready to be executed by this process. */
export interface PreparedTasks {
  readonly layout: Layout;
  readonly debug: boolean;
  readonly liveStatus: boolean;
  readonly tasks: readonly PackTask[];
  /** The grid runs they belong to; those that are complete afterwards are archived. */
  readonly gridIds: readonly string[];
  /** The profile of their last submission to Slurm, if there was one: what flags say is laid over it. */
  readonly lastProfile?: ClusterProfile | undefined;
  /** What to type to go on after an interruption. */
  readonly resumeCommand: string;
  /** Tasks of the config that were left out because they are invalid; they are no part of the run. */
  readonly skippedTasks: number;
}

/**
 * How much the heap may grow between two full collections. V8's own choice triples the memory of a run for a twentieth
 * of its time.
 */
export const HEAP_GROWTH = '--heap-growing-percent=80';

/**
 * Executes tasks in this process, shows progress, handles signals, and says where the results are. With a profile,
 * models without an address get servers of their own.
 */
export async function executeLocally(
  prepared: PreparedTasks,
  options: ExecuteOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const profile = await serverProfile(prepared, options, io);
  setFlagsFromString(HEAP_GROWTH);
  const stop = new StopSwitch();
  let reporter: ProgressReporter | undefined;
  const signals = stopOnSignals(stop, () => {
    reporter?.close();
    io.stderr.write(`left at once; what was recorded is safe. To go on: ${prepared.resumeCommand}\n`);
  });
  const startMs = io.clock.monotonic();
  let result: PackResult;
  try {
    const onReporter = (current: ProgressReporter): void => void (reporter = current);
    result = await runPacks({prepared, options, profile, stop, io, onReporter});
  } finally {
    signals.restore();
  }
  const unfinished = await finishGridRuns(prepared, io);
  const elapsedMs = io.clock.monotonic() - startMs;
  const render = options.json ? renderOutcomeJson : renderOutcome;
  const exitCode = unfinished ? 1 : toExitCode(result);
  io.stdout.write(render({...prepared, result, elapsedMs, exitCode}));
  // The report first: it says what was done and how to go on. A stopped run has told the reason already.
  if (unfinished && !result.stopped) throw unfinished;
  return exitCode;
}

/** What a profile and its flags, or the last submission, say of model servers; null when nothing was said. */
async function serverProfile(
  {layout, lastProfile}: PreparedTasks,
  options: ProfileOptions,
  io: CommandIo,
): Promise<ClusterProfile | null> {
  if (!hasProfile(options)) return lastProfile ?? null;
  const {readProfileOptions} = await import('../slurm/submit-context.ts');
  return await readProfileOptions(options, layout, io, lastProfile);
}

/** Archives the grid runs that are complete. @returns why the disk would not take it, if so. */
async function finishGridRuns({layout, gridIds}: PreparedTasks, io: CommandIo): Promise<UserError | null> {
  try {
    for (const gridId of gridIds) await finishGridRun(layout, gridId, io.clock.now());
    return null;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

function toExitCode({outcomes, stopped}: PackResult): ExitCode {
  if (stopped?.kind === 'signal') return stopped.signal === 'SIGINT' ? 130 : 143;
  return !stopped && outcomes.every(({outcome}) => outcome.kind === 'done') ? 0 : 1;
}
