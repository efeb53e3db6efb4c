import {mkdir} from 'node:fs/promises';
import {dirname} from 'node:path';

import {systemErrorCode} from '../../core/errors.ts';
import type {TrialSet} from '../../core/trial.ts';
import {cannotWrite, ensureFolder} from '../../record/disk/atomic-file.ts';
import type {Layout} from '../../record/layout.ts';

/**
 * Takes the name of a new run for this process alone, by making the folder of its records.
 *
 * @returns false when another run has it: two that begin in one second have one name.
 * @throws UserError `cannot-write`.
 */
export async function claimRun(layout: Layout, {kind, id}: Pick<TrialSet, 'kind' | 'id'>): Promise<boolean> {
  const folder = layout.trialRecords(kind, id);
  try {
    await ensureFolder(dirname(folder));
    await mkdir(folder);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw cannotWrite(folder, error);
  }
}
