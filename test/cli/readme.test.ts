import {readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {expect, test} from 'vitest';

import {planCommand} from '../../src/cli/commands/plan.ts';
import {aCommandIo} from '../support/command-io.ts';

const ROOT = resolve(import.meta.dirname, '../..');

test('what the README shows of mac plan is what mac plan shows', async () => {
  const {io, written} = aCommandIo(ROOT, {PATH: ''});
  expect(await planCommand('config/quickstart.yaml', {}, io)).toBe(0);
  const indented = written.stdout.trimEnd().replaceAll(/^(?=.)/gm, '    ');
  expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain(
    `    $ mac plan config/quickstart.yaml\n${indented}\n`,
  );
});
