import {join} from 'node:path';

import {PACKAGE_ROOT} from '../../core/version.ts';
import {splitCommand} from '../../plan/study/split-command.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** Words of the programs that plans name by a token, so that they hold no places of one machine. */
type ProgramWords = Readonly<Record<'mac' | 'python', readonly string[]>>;

/**
 * Fills `{mac}` (this Node and this mac) and `{python}` (`$MAC_PYTHON`, the older `$RUN_STUDY_PYTHON`, else `python3`;
 * both may hold several words, e.g. `uv run python`) in a command. A word that is nothing else becomes as many words as
 * it takes.
 */
export function fillProgramTokens(argv: readonly [string, ...string[]], env: Variables): [string, ...string[]] {
  const words: ProgramWords = {
    mac: [process.execPath, join(PACKAGE_ROOT, 'bin/mac.js')],
    python: findPython(env),
  };
  const [program = '', ...args] = argv.flatMap(word => {
    if (word === '{mac}') return words.mac;
    if (word === '{python}') return words.python;
    return word.replaceAll('{mac}', words.mac.join(' ')).replaceAll('{python}', words.python.join(' '));
  });
  return [program, ...args];
}

function findPython(env: Variables): readonly string[] {
  const named = (env['MAC_PYTHON'] ?? '') || (env['RUN_STUDY_PYTHON'] ?? '');
  const words = splitCommand(named) ?? [named];
  return words.length > 0 ? words : ['python3'];
}
