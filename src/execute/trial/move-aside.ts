import {rename} from 'node:fs/promises';

import {cannotWrite, forgetFolder} from '../../record/disk/atomic-file.ts';
import {exists} from '../../record/disk/read-file.ts';

/**
 * Gives a folder another name beside its own: `run` of attempt 2 becomes `run.attempt-2`.
 *
 * @throws UserError `cannot-write`.
 */
export async function moveAside(folder: string, attempt: number): Promise<void> {
  const base = `${folder}.attempt-${attempt}`;
  let target = base;
  for (let number = 2; await exists(target); number++) target = `${base}-${number}`;
  try {
    await rename(folder, target);
    forgetFolder(folder);
  } catch (error) {
    throw cannotWrite(target, error);
  }
}
