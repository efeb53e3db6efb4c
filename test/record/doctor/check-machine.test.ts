import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {checkConfigFolder, checkNode, existingFolder} from '../../../src/record/doctor/check-machine.ts';
import {createLayout} from '../../../src/record/layout.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

test('the nearest existing folder stands for one that is still to be made; a file is none', async () => {
  const folder = temporaryFolder();
  expect(await existingFolder(join(folder, 'a/b'))).toBe(folder);
  writeFileSync(join(folder, 'a'), '');
  expect(await existingFolder(join(folder, 'a'))).toBe(folder);
  expect(await existingFolder('/')).toBe('/');
});

test('configs are counted where the examples expect them', async () => {
  const workspace = temporaryFolder();
  const layout = createLayout({workspace});
  expect(await checkConfigFolder(layout)).toMatchObject([{check: 'config', status: 'warn'}]);
  mkdirSync(join(workspace, 'config'));
  for (const name of ['a.yaml', 'b.yml', 'notes.txt']) writeFileSync(join(workspace, 'config', name), '');
  expect(await checkConfigFolder(layout)).toMatchObject([
    {status: 'ok', found: expect.stringMatching(/^2 configs in /)},
  ]);
});

test('this Node.js is new enough; one that does not run, or is too old, fails with advice', async () => {
  expect(await checkNode(process.execPath, false)).toMatchObject([{check: 'node', status: 'ok'}]);
  expect(await checkNode('/no/such/node', false)).toMatchObject([
    {status: 'fail', advice: expect.stringContaining('node_path')},
  ]);
  const old = join(temporaryFolder(), 'node');
  writeFileSync(old, '#!/bin/sh\necho v18.19.1\n', {mode: 0o755});
  expect(await checkNode(old, false)).toMatchObject([{status: 'fail', found: `${old} is v18.19.1`}]);
});
