import {readFileSync} from 'node:fs';
import {open} from 'node:fs/promises';
import {join} from 'node:path';

import {systemErrorCode} from '../../core/errors.ts';
import {appendSharedLines} from '../disk/json-lines.ts';
import {withLock} from '../disk/shared-lock.ts';

/**
 * The second process of `checkFilesystem`, started with the name of a part and a folder. It says `ready`, waits for a
 * line on stdin, plays its part and prints the result as JSON.
 */
export const CHILD_CHECKS: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
  create: createExclusively,
  append: folder => appendUnderLock(folder, 'b'),
  read: readWhileReplaced,
  hold: holdLock,
};

export const NAME_COUNT = 100;
export const LINE_COUNT = 60;

/** Tries to be the creator of each of a hundred files. @returns which it was. */
export async function createExclusively(folder: string): Promise<number[]> {
  const won: number[] = [];
  for (let i = 0; i < NAME_COUNT; i++) {
    try {
      await (await open(join(folder, `exclusive-${i}`), 'wx')).close();
      won.push(i);
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') throw error;
    }
  }
  return won;
}

/** Appends lines to a shared file, each under the lock. */
export async function appendUnderLock(folder: string, who: string): Promise<void> {
  const path = join(folder, 'shared.jsonl');
  for (let i = 0; i < LINE_COUNT; i++) {
    await withLock(path, async hold => {
      await appendSharedLines(path, [{who, i, filling: 'x'.repeat(300)}], () => hold.requireHeld());
    });
  }
}

/**
 * Reads a file that is replaced all the time, until it says `end`. @returns how often it was absent, and how often
 * torn.
 */
async function readWhileReplaced(folder: string): Promise<{absent: number; torn: number; reads: number}> {
  const seen = {absent: 0, torn: 0, reads: 0};
  for (;;) {
    try {
      const {state, filling} = JSON.parse(readFileSync(join(folder, 'replaced.json'), 'utf8')) as {
        state: string;
        filling: string;
      };
      seen.reads++;
      if (filling.length !== 20_000) seen.torn++;
      if (state === 'end') return seen;
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') seen.absent++;
      else seen.torn++;
    }
    await new Promise(resolve => setImmediate(resolve));
  }
}

/** Takes the lock, says so, and keeps it until it is killed. */
async function holdLock(folder: string): Promise<void> {
  await withLock(join(folder, 'held'), async () => {
    process.stdout.write('held\n');
    await new Promise(resolve => setTimeout(resolve, 60_000));
  });
}
