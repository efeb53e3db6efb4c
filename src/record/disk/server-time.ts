import {randomUUID} from 'node:crypto';
import {open, unlink} from 'node:fs/promises';
import {join} from 'node:path';

/**
 * Returns the time of the file server that keeps a folder, in milliseconds since the epoch: that of a file written now.
 * Clocks of nodes differ from it.
 *
 * @throws what the disk says, when nothing can be written there.
 */
export async function serverTime(folder: string): Promise<number> {
  const probe = join(folder, `.probe.${randomUUID()}.tmp`);
  const file = await open(probe, 'wx');
  try {
    await file.writeFile('now');
    return (await file.stat()).mtimeMs;
  } finally {
    await file.close();
    await unlink(probe).catch(() => undefined);
  }
}
