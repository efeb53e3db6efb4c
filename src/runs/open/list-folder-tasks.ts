import {resolve} from 'node:path';

import {ConfigError} from '../../config/problem.ts';
import {discoverFolderTasks} from '../../optimize/llm4ad/discover.ts';
import {expandFolderShorthand, findFolderShorthand} from '../../plan/bench/expand-shorthand.ts';
import {DEFAULT_ROOT} from '../../plan/bench/make-trial.ts';

/**
 * Returns the text of a benchmark matrix with the tasks of a folder where it says `llm4ad:all`.
 *
 * @param workspace that the folder is relative to.
 * @throws ConfigError when there is no such folder; UserError `cannot-read` for an index that is none.
 */
export async function listFolderTasks(path: string, text: string, workspace: string): Promise<string> {
  const root = findFolderShorthand(text);
  if (root === undefined) return text;
  const folder = resolve(workspace, root ?? DEFAULT_ROOT);
  const tasks = (await discoverFolderTasks(folder)) ?? [];
  if (tasks.length > 0)
    return expandFolderShorthand(
      text,
      tasks.map(({id}) => id),
    );
  const found = `llm4ad:all, but no tasks in ${folder}`;
  throw new ConfigError([{file: path, path: ['tasks'], found, expected: 'a folder of tasks', hint: 'root names it'}]);
}
