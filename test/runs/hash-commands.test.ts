import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {parse} from 'yaml';

import {hashCommands} from '../../src/runs/open/hash-commands.ts';
import {expandBench} from '../plan/bench/a-matrix.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const TEXT = 'tasks:\n  - {id: mine, command: [node, task.mjs]} # one\ntrainers: [NoOpTrainer]\n';

test('a program that was changed makes other jobs, with the same file the same ones', async () => {
  const workspace = temporaryFolder();
  const jobs = async (program: string): Promise<string[]> => {
    writeFileSync(join(workspace, 'task.mjs'), program);
    return expandBench(await hashCommands(TEXT, workspace)).jobs.map(({id}) => id);
  };
  const first = await jobs('1');
  expect(await jobs('1')).toEqual(first);
  expect(await jobs('2')).not.toEqual(first);
});

test('a text is changed only where a command names a file, and a stale hash is replaced', async () => {
  const workspace = temporaryFolder();
  const plain = 'tasks: [internal:code_param]\n';
  expect(await hashCommands(plain, workspace)).toBe(plain);
  expect(parse(await hashCommands(TEXT, workspace))).toEqual(parse(TEXT));
  writeFileSync(join(workspace, 'task.mjs'), '1');
  const stamped = await hashCommands(TEXT, workspace);
  expect(stamped).toContain('# one');
  expect(await hashCommands(stamped, workspace)).toBe(stamped);
  writeFileSync(join(workspace, 'task.mjs'), '2');
  expect(await hashCommands(stamped, workspace)).not.toBe(stamped);
});

test('study files, whose evaluators have commands too, are left alone', async () => {
  const study = 'schema_version: 1\nhypotheses: []\ndefaults: {execution: {command: [node, x.mjs]}}\n';
  expect(await hashCommands(study, temporaryFolder())).toBe(study);
});
