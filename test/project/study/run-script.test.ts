import {execFileSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {renderRunScript} from '../../../src/project/study/run-script.ts';
import {aTrial} from '../../plan/a-trial.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

/** Words that a shell would take apart or for commands. */
const HOSTILE = [
  'two words',
  "it's",
  '"',
  '$HOME',
  '`id`',
  '$(id)',
  'a\nb',
  '\\',
  '*',
  '#',
  ';',
  '&&',
  '',
  'x=y z',
  '-n',
  'é',
];

function runScript(trials: Parameters<typeof renderRunScript>[0], env: Record<string, string> = {}): string {
  const workspace = temporaryFolder();
  const script = join(workspace, 'run.sh');
  writeFileSync(script, renderRunScript(trials, {studyId: 's', workspace, env}));
  execFileSync('bash', ['-n', script]);
  execFileSync('bash', [script]);
  return workspace;
}

const PRINT =
  'require("fs").writeFileSync(process.env.MAC_OUTPUT_DIR + ".json", JSON.stringify([process.argv.slice(1), process.env.MAC_SEED, process.cwd()]))';

test('arguments reach the program as they are, whatever they hold', () => {
  const trial = aTrial({
    id: 'a\nrm -rf x',
    seed: 3,
    runner: {kind: 'command', argv: [process.execPath, '-e', PRINT, '--', ...HOSTILE], output: 'announced'},
    output_dir: 'runs/a b/run',
  });
  const workspace = runScript([trial]);
  const [argv, seed] = JSON.parse(readFileSync(join(workspace, 'runs/a b/run.json'), 'utf8'));
  expect(argv).toEqual(HOSTILE);
  expect(seed).toBe('3');
});

test('a row runs in its working directory, and the next one in the workspace again', () => {
  const make = (id: string, cwd: string) =>
    aTrial({id, cwd, runner: {kind: 'command', argv: ['{python}', '-e', PRINT], output: 'announced'}});
  const workspace = runScript(
    [
      aTrial({id: 'first', runner: {kind: 'command', argv: ['mkdir', 'deep'], output: 'announced'}}),
      make('a', 'deep'),
      make('b', '.'),
    ],
    {
      MAC_PYTHON: process.execPath,
    },
  );
  const cwdOf = (id: string): string => JSON.parse(readFileSync(join(workspace, `runs/${id}.json`), 'utf8'))[2];
  expect(cwdOf('a')).toBe(join(cwdOf('b'), 'deep'));
});
