import {join, resolve} from 'node:path';

import {pathInside} from '../../core/path-inside.ts';
import type {Trial, TrialSet} from '../../core/trial.ts';
import type {Layout} from '../../record/layout.ts';
import {trialFileName} from '../../record/trial/trial-record.ts';

/** Absolute paths of what a trial reads and writes. */
export interface TrialPlaces {
  readonly output: string;
  readonly cwd: string;
  readonly log: string;
  /** Folder of this attempt alone, removed when it has ended. */
  readonly scratch: string;
  /** `$MAC_RESULT_FILE` */
  readonly result: string;
}

/** Finds the places of a trial. Its log is in its folder only where that folder is its own and known beforehand. */
export function findPlaces(layout: Layout, set: TrialSet, trial: Trial, attempt: number): TrialPlaces {
  const at = (path: string): string => resolve(layout.workspace, path);
  const records = layout.trialRecords(set.kind, set.id);
  const name = trialFileName(trial.id);
  const output = at(trial.output_dir);
  const scratch = join(records, '.work', `${name}.${attempt}`);
  const chosenLog = trial.details['log_path'];
  const log =
    typeof chosenLog === 'string'
      ? at(chosenLog)
      : ownsOutput(trial)
        ? join(output, 'trial.log')
        : join(records, `${name}.log`);
  return {output, cwd: at(trial.cwd), log, scratch, result: join(scratch, 'result.json')};
}

/** Returns whether a trial's folder is its own and there before it begins. */
export function ownsOutput({runner}: Trial): boolean {
  switch (runner.kind) {
    case 'command':
      return runner.output === 'planned';
    case 'module':
      return !runner.inspect;
    case 'optimize':
      return true;
    case 'reuse':
      return false;
  }
}

/** Returns a path as records have it: relative to the workspace where it is in it, else absolute. */
export function toRecordedPath(layout: Layout, path: string): string {
  const inside = pathInside(layout.workspace, path);
  return inside === '' ? '.' : (inside ?? path);
}
