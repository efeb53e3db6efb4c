import type {FileHandle} from 'node:fs/promises';

import {renderJsonLine} from './json-text.ts';

/**
 * Appends records as whole lines in one write and syncs them. The file must be open for reading and appending.
 *
 * @throws what the disk says; nothing of a failed write stays, so that a full disk leaves no half line behind.
 */
export async function appendLines(file: FileHandle, records: readonly object[]): Promise<void> {
  const {size} = await file.stat();
  // A writer that was killed may have left half a line: ours start on a fresh one, readers skip the torn one.
  const start = (await endsInsideLine(file, size)) ? '\n' : '';
  try {
    await file.appendFile(start + records.map(record => `${renderJsonLine(record)}\n`).join(''));
    await file.datasync();
  } catch (error) {
    // Making a file shorter needs no space. Lines of a second writer that this could take are the journal's to restore.
    await file.truncate(size).catch(() => undefined);
    throw error;
  }
}

async function endsInsideLine(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false;
  const {buffer} = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== 0x0a;
}
