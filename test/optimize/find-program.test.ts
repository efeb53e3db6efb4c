import {chmodSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {explainMissingProgram} from '../../src/optimize/external/find-program.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

test('a program is looked for on PATH, or where its path says', () => {
  const cwd = temporaryFolder('mac-program-');
  mkdirSync(join(cwd, 'bin'));
  const program = join(cwd, 'bin/mine');
  writeFileSync(program, '#!/bin/sh\n');
  const env = {PATH: join(cwd, 'bin')};
  // It may not be executed yet.
  expect(explainMissingProgram(['mine'], {env, cwd})).toBe('there is no program mine on PATH');
  chmodSync(program, 0o755);
  expect(explainMissingProgram(['mine', '-x'], {env, cwd})).toBeUndefined();
  expect(explainMissingProgram(['bin/mine'], {env, cwd})).toBeUndefined();
  expect(explainMissingProgram(['bin/other'], {env, cwd})).toBe('there is no program bin/other');
  expect(explainMissingProgram(['./bin'], {env, cwd})).toBe('there is no program ./bin');
});
