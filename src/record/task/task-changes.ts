import {randomBytes} from 'node:crypto';
import {mkdir, open} from 'node:fs/promises';
import {join} from 'node:path';

import {MAX_OPEN_FILES, mapConcurrently} from '../../core/concurrency.ts';
import {systemErrorCode} from '../../core/errors.ts';
import {cannotWrite, removeIfExists} from '../disk/atomic-file.ts';
import type {Layout} from '../layout.ts';
import {listFolder} from '../disk/list-folder.ts';

/**
 * A note that a task's record changed and the grid manifest does not say so yet: an empty file whose name tells all.
 */
export interface TaskChange {
  readonly path: string;
  readonly taskId: number;
  /**
   * The attempt that the record has by now, or a later one; a client of a network filesystem can read an older record
   * for a while.
   */
  readonly attempt: number;
  readonly succeeded: boolean;
}

function changesFolder(layout: Layout, gridId: string): string {
  return join(layout.taskRecords(gridId), 'changed');
}

/**
 * Leaves a note, after the record is written. A note lost by a power failure costs nothing: resume compares all.
 * @throws UserError `cannot-write`.
 */
export async function noteChange(
  layout: Layout,
  gridId: string,
  {task_id, attempt, status}: {readonly task_id: number; readonly attempt: number; readonly status: string},
): Promise<void> {
  const folder = changesFolder(layout, gridId);
  const nonce = randomBytes(6).toString('hex');
  const path = join(folder, `${task_id}.${attempt}.${status === 'succeeded' ? 's' : 'b'}.${nonce}`);
  try {
    await create(path).catch(async (error: unknown) => {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
      // Not with parents: a grid run that was finished and removed meanwhile must not come back.
      await mkdir(folder).catch((again: unknown) => {
        if (systemErrorCode(again) !== 'EEXIST') throw again;
      });
      await create(path);
    });
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw cannotWrite(path, error);
  }
}

async function create(path: string): Promise<void> {
  await (await open(path, 'wx', 0o644)).close();
}

/** Lists the notes that are not in the manifest yet. */
export async function listChanges(layout: Layout, gridId: string): Promise<TaskChange[]> {
  const folder = changesFolder(layout, gridId);
  const changes: TaskChange[] = [];
  for (const name of await listFolder(folder)) {
    const match = /^(\d+)\.(\d+)\.([sb])\.[0-9a-f]+$/.exec(name);
    if (!match) continue;
    const [, taskId, attempt, status] = match;
    changes.push({
      path: join(folder, name),
      taskId: Number(taskId),
      attempt: Number(attempt),
      succeeded: status === 's',
    });
  }
  return changes;
}

/** Returns whether a record is as new as a note says. */
export function isReflectedIn(
  {attempt, succeeded}: TaskChange,
  record: {readonly attempt: number; readonly status: string} | undefined,
): boolean {
  if (!record) return false;
  return record.attempt > attempt || (record.attempt === attempt && (!succeeded || record.status === 'succeeded'));
}

/** Throws notes away whose changes are in the manifest. @throws UserError `cannot-write`. */
export async function removeChanges(changes: readonly TaskChange[]): Promise<void> {
  await mapConcurrently(changes, MAX_OPEN_FILES, ({path}) => removeIfExists(path));
}
