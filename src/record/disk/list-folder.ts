import {readdir} from 'node:fs/promises';

import {systemErrorCode} from '../../core/errors.ts';

/** Lists the names in a folder, sorted; none when it does not exist. */
export async function listFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return [];
    throw error;
  }
}
