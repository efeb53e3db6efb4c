import {resolve} from 'node:path';

import {UserError} from '../../core/errors.ts';
import {suggest} from '../../config/problem.ts';
import {SUITES, type SuiteEntry} from '../../optimize/catalog/tasks.ts';
import type {Availability} from '../../optimize/catalog/trainers.ts';
import {discoverFolderTasks} from '../../optimize/llm4ad/discover.ts';
import {findSuite, listTasks} from '../../optimize/registry.ts';
import {DEFAULT_ROOT} from '../../plan/bench/make-trial.ts';

/** A task that a matrix can name. */
export interface ListedTask {
  readonly id: string;
  readonly suite: string;
  readonly availability: Availability;
}

/**
 * Reads a choice of suites: names separated by `,` or `+`; without one all that are listed by default.
 *
 * @throws UserError `bench-suite-unknown`.
 */
export function readSuites(text: string | undefined): readonly SuiteEntry[] {
  if (text === undefined) return SUITES.filter(({optIn}) => !optIn);
  const names = text
    .split(/[,+]/)
    .map(name => name.trim())
    .filter(name => name !== '');
  return names.map(name => {
    const suite = findSuite(name);
    if (suite) return suite;
    const known = SUITES.map(each => each.name);
    throw new UserError('bench-suite-unknown', `there is no suite ${name}; allowed are ${known.join(', ')}`, {
      hint: suggest(name, known),
    });
  });
}

/**
 * Lists the tasks of suites, in their order; those of folders are found on the disk.
 *
 * @param root folder of LLM4AD-style tasks, relative to `base`; undefined: the usual one.
 * @throws UserError `cannot-read` for a folder that was named and is not there, and an index that is none.
 */
export async function findTasks(
  suites: readonly SuiteEntry[],
  root: string | undefined,
  base: string,
): Promise<ListedTask[]> {
  const tasks: ListedTask[] = [];
  for (const suite of suites) {
    if (suite.tasks === 'folder') tasks.push(...(await findInFolder(suite, root, base)));
    else tasks.push(...listTasks([suite.name]));
  }
  return tasks;
}

async function findInFolder(suite: SuiteEntry, root: string | undefined, base: string): Promise<ListedTask[]> {
  const found = await discoverFolderTasks(resolve(base, root ?? DEFAULT_ROOT));
  if (found) return found.map(({id}) => ({id, suite: suite.name, availability: suite.availability}));
  // The usual folder may be missing: nothing is installed then.
  if (root === undefined) return [];
  throw new UserError('cannot-read', `${root}: no such folder of tasks`, {
    hint: '--root names a folder that holds index.json, or a folder for each task',
  });
}
