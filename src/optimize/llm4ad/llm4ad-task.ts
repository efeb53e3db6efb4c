import {join, resolve} from 'node:path';

import {PACKAGE_ROOT} from '../../core/version.ts';
import {openExternalTask, type ProgramPlace} from '../external/external-task.ts';
import type {OptimizeJob} from '../job.ts';
import {TaskUnavailable, type Bundle} from '../task/bundle.ts';
import {discoverFolderTasks} from './discover.ts';

const BRIDGE = join(PACKAGE_ROOT, 'templates', 'optimize', 'llm4ad_bridge.py');

/**
 * Opens a task of an LLM4AD-style folder: a program text, judged by the folder's own Python evaluator through a bridge.
 *
 * @throws TaskUnavailable where the folder, Python or a package of the evaluator is missing.
 */
export async function openLlm4adTask(key: string, job: OptimizeJob, place: ProgramPlace): Promise<Bundle> {
  const {tasks_root} = job;
  if (tasks_root === null) throw new TaskUnavailable('needs a folder of LLM4AD tasks (root)');
  const root = resolve(tasks_root);
  const task = (await discoverFolderTasks(root))?.find(each => each.key === key);
  if (!task) throw new TaskUnavailable(`there is no task ${key} in ${tasks_root}`);
  const argv = ['{python}', BRIDGE, '--root', root, '--module', task.module];
  return await openExternalTask(argv, {...job, task: key}, place);
}
