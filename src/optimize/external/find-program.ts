import {accessSync, constants, statSync} from 'node:fs';
import {delimiter, join, resolve} from 'node:path';

import {fillPython} from './program-words.ts';

/**
 * Says why a command cannot be started: its program is in no folder of PATH, or not the file that it names.
 *
 * @param argv with `{python}`, as in a matrix.
 * @param cwd folder in which the command is started.
 * @returns undefined where it can be.
 */
export function explainMissingProgram(
  argv: readonly string[],
  {env, cwd}: {readonly env: Readonly<Record<string, string | undefined>>; readonly cwd: string},
): string | undefined {
  const [name = ''] = fillPython(argv, env);
  if (name.includes('/')) return isProgram(resolve(cwd, name)) ? undefined : `there is no program ${name}`;
  const folders = (env['PATH'] ?? '').split(delimiter).filter(folder => folder !== '');
  return folders.some(folder => isProgram(join(folder, name))) ? undefined : `there is no program ${name} on PATH`;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
