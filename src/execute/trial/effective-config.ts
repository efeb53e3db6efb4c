import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';

import {systemErrorCode} from '../../core/errors.ts';
import {cannotRead} from '../../record/disk/read-file.ts';

/**
 * Returns the SHA-256 of the `effective_config.yaml` that a run wrote into its folder; null when it wrote none.
 *
 * @throws UserError `cannot-read`.
 */
export async function hashEffectiveConfig(folder: string): Promise<string | null> {
  const path = join(folder, 'effective_config.yaml');
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
    return hash.digest('hex');
  } catch (error) {
    if (['ENOENT', 'EISDIR'].includes(systemErrorCode(error) ?? '')) return null;
    throw cannotRead(path, error);
  }
}
