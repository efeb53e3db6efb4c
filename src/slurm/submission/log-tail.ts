import {open} from 'node:fs/promises';

const TAIL_BYTES = 8_192;

/** Reads the last lines of a log without a progress bar's control characters; undefined when there is none. */
export async function readLogTail(path: string, lines = 8): Promise<string | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return undefined;
  try {
    const {size} = await file.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const {buffer, bytesRead} = await file.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, start);
    return lastLines(buffer.subarray(0, bytesRead).toString('utf8'), lines);
  } finally {
    await file.close();
  }
}

/** Returns the last `count` lines as a terminal would show them: the last version of a rewritten one (`\r`). */
export function lastLines(text: string, count: number): string {
  const lines = text
    .split('\n')
    .map(line => (line.replace(/\r+$/, '').split('\r').at(-1) ?? '').replace(/\x1b\[[0-9;?]*[A-Za-z]/g, ''))
    .map(line => line.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '').trimEnd());
  while (lines.at(-1) === '') lines.pop();
  return lines.slice(-count).join('\n');
}
