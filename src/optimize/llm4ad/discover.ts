import {readdir} from 'node:fs/promises';
import {join} from 'node:path';

import {z} from 'zod';

import {errorMessage, systemErrorCode, UserError} from '../../core/errors.ts';
import {describeIssues} from '../../core/text/describe-issues.ts';
import {cannotRead, readIfExists} from '../../record/disk/read-file.ts';

const indexSchema = z.array(
  z.object({key: z.string().min(1), module: z.string().optional(), wrapper: z.string().optional()}),
);

/** A task of an LLM4AD-style folder. */
export interface FolderTask {
  /** `llm4ad:{key}`; keys may contain `/`. */
  readonly id: string;
  readonly key: string;
  /** Folder or Python file below the root. */
  readonly module: string;
}

/**
 * Finds the tasks of a folder: those that its `index.json` names, else every folder in it, in the order of their names.
 *
 * @returns undefined where there is no such folder.
 * @throws UserError `cannot-read`, also for an `index.json` that is not a list of tasks.
 */
export async function discoverFolderTasks(root: string): Promise<readonly FolderTask[] | undefined> {
  const index = await readIndex(join(root, 'index.json'));
  if (index) return index.map(({key, module, wrapper}) => makeTask(key, module ?? wrapper ?? key));
  try {
    const entries = await readdir(root, {withFileTypes: true});
    const folders = entries.filter(entry => entry.isDirectory() && !/^[._]/.test(entry.name));
    return folders.map(({name}) => makeTask(name, name)).sort((a, b) => (a.key < b.key ? -1 : 1));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw cannotRead(root, error);
  }
}

function makeTask(key: string, module: string): FolderTask {
  return {id: `llm4ad:${key}`, key, module};
}

async function readIndex(path: string): Promise<z.output<typeof indexSchema> | undefined> {
  const text = await readIfExists(path, {lookTwice: false});
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError('cannot-read', `${path} is not JSON: ${errorMessage(error)}`);
  }
  const parsed = indexSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UserError('cannot-read', `${path} is no list of {key, module}: ${describeIssues(parsed.error, value)}`);
}
