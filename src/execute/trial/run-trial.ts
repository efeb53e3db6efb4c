import type {TrialRecord} from '../../record/trial/trial-record.ts';
import type {RunTrialOptions} from './trial-options.ts';
import {TrialRun} from './trial-run.ts';

/**
 * Runs a trial to its end: its process in a process tree of its own, then its evaluators in order. Every step that
 * others could ask for is in its record before the next begins.
 *
 * @returns its record as written. One that was stopped before it began is `cancelled`, and its record stays as it was.
 * @throws UserError `lease-lost`, `cannot-write`, `packages-missing`.
 */
export async function runTrial(options: RunTrialOptions): Promise<TrialRecord> {
  return await new TrialRun(options).run();
}
