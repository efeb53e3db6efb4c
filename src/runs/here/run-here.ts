import {UserError} from '../../core/errors.ts';
import type {PackResult} from '../../execute/pack/pack.ts';
import type {StopSwitch} from '../../execute/guards/stop.ts';
import {finishGridRun} from '../../record/grid/grid-run.ts';
import type {ProjectedFile} from '../../project/projector.ts';
import {projectSets} from '../project-sets.ts';
import type {ClusterProfile} from '../../slurm/profile/profile-schema.ts';
import type {ExecuteRequest} from '../request.ts';
import type {Caller, ExitCode} from '../caller.ts';
import {hasProfile, type ProfileOptions} from '../../slurm/profile/profile-flags.ts';
import type {RunWatcher} from '../watcher.ts';
import type {PreparedTasks} from '../prepared-tasks.ts';
import {limitHeapGrowth} from '../pack/assemble-pack.ts';
import {runPacks} from './run-packs.ts';

/** A run that has ended, finished or not. */
export interface FinishedRun extends PreparedTasks {
  readonly result: PackResult;
  readonly elapsedMs: number;
  readonly exitCode: ExitCode;
  /** The error of a disk that did not take the end of a grid; a run that was stopped has given the reason already. */
  readonly unfinished: UserError | null;
  /** Files that were made from the records of trials. */
  readonly derived: readonly ProjectedFile[];
}

/**
 * Executes tasks in this process until they are done or `stop` is requested. With a profile, models without an address
 * get servers of their own.
 */
export async function runHere(
  prepared: PreparedTasks,
  request: ExecuteRequest,
  {stop, caller, watch}: {readonly stop: StopSwitch; readonly caller: Caller; readonly watch: () => RunWatcher},
): Promise<FinishedRun> {
  const profile = await serverProfile(prepared, request, caller);
  limitHeapGrowth();
  const startMs = caller.clock.monotonic();
  // What a user looks at is there before the first trial begins.
  if (prepared.tasks.length > 0) await projectSets(prepared, caller);
  const result: PackResult =
    prepared.tasks.length === 0
      ? {outcomes: [], stopped: null}
      : await runPacks({prepared, request, profile, stop, caller, watch});
  // First: where a run is told to be done, its files are there.
  const derived = await projectSets(prepared, caller);
  const unfinished = await finishGridRuns(prepared, caller);
  const elapsedMs = caller.clock.monotonic() - startMs;
  return {...prepared, result, elapsedMs, exitCode: unfinished ? 1 : toExitCode(result), unfinished, derived};
}

/** Returns how a profile and its flags, or the last submission, start model servers; null when nothing says it. */
async function serverProfile(
  {layout, lastProfile}: PreparedTasks,
  options: ProfileOptions,
  caller: Caller,
): Promise<ClusterProfile | null> {
  if (!hasProfile(options)) return lastProfile ?? null;
  const {readProfileOptions} = await import('../slurm/submit-context.ts');
  return await readProfileOptions(options, layout, caller, lastProfile);
}

/** Archives the grid runs that are complete. @returns why the disk would not take it, if so. */
async function finishGridRuns({layout, gridIds}: PreparedTasks, caller: Caller): Promise<UserError | null> {
  try {
    for (const gridId of gridIds) await finishGridRun(layout, gridId, caller.clock.now());
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
