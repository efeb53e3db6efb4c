import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {main} from '../../src/cli/main.ts';
import {aCommandIo} from '../support/command-io.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {makeWorkspace} from '../support/workspace.ts';

async function mac(cwd: string, ...args: string[]) {
  const {io, written} = aCommandIo(cwd);
  return {exitCode: await main(args, io), ...written};
}

test('a wrong request exits with 2; its message and hint go to stderr, and to JSON where that was asked for', async () => {
  const cwd = makeWorkspace();
  const plain = await mac(cwd, 'schema', 'nothing');
  expect(plain).toMatchObject({exitCode: 2, stdout: ''});
  expect(plain.stderr).toMatch(/^mac: no schema "nothing"\n {2}→ there is: config, profile, /);
  const json = await mac(cwd, 'plan', 'missing.yaml', '--json');
  expect(json.exitCode).toBe(2);
  expect(JSON.parse(json.stdout)).toMatchObject({schema: 'mac.error/1', exit_code: 2, problems: []});
  expect(json.stderr).toContain('missing.yaml');
});

test('what cannot be seen in a message is escaped', async () => {
  const {stderr} = await mac(temporaryFolder(), 'schema', 'a\x1b[2Jb');
  expect(stderr).not.toContain('\x1b');
});

test('a bug exits with 70, with its stack and without the blame on the config', async () => {
  const {io, written} = aCommandIo('/');
  const broken = {
    ...io,
    get env(): never {
      throw new TypeError('broken');
    },
  };
  expect(await main(['ls'], broken)).toBe(70);
  expect(written.stderr).toMatch(/this is a bug in mac[^]*TypeError: broken\n {4}at /);
});

test('mac ls says what an empty workspace needs, and lists nothing as JSON', async () => {
  const workspace = makeWorkspace();
  expect(await mac(workspace, 'ls')).toMatchObject({exitCode: 0, stdout: 'no grids yet: mac run CONFIG starts one\n'});
  expect(JSON.parse((await mac(workspace, 'ls', '--json')).stdout)).toEqual({schema: 'mac.ls/1', grids: []});
});

test('mac show refuses an id that nothing has, and a transcript that is no JSON', async () => {
  const workspace = makeWorkspace();
  const unknown = await mac(workspace, 'show', 'q1');
  expect(unknown).toMatchObject({exitCode: 2, stderr: expect.stringContaining('no transcript or question "q1"')});
  mkdirSync(join(workspace, 'results'));
  writeFileSync(join(workspace, 'results/t.json'), '{');
  const damaged = await mac(workspace, 'show', join(workspace, 'results/t.json'));
  expect(damaged.exitCode).toBe(2);
  expect(damaged.stderr).toContain('mac resume or mac repair');
});

test.each([
  [['compare', 'a=1'], 'a comparison needs two sides, or a --factor'],
  [['compare', 'a=1', 'b=1', '--factor', 'model'], '--factor compares its own levels'],
  [['compare', 'a=1', 'b=1', '--baseline', 'x'], '--baseline is a level of a --factor'],
  [['query'], 'no SQL was given'],
  [['query', 'SELECT 1', '--schema'], '--schema lists the tables and takes no SQL'],
  [['query', 'SELECT 1', '--format', 'parquet'], 'Parquet needs a file'],
  [['export'], 'several tables need a folder'],
  [['export', '--output', 'tables.csv'], 'names a file, and several tables need a folder'],
  [['report', '-o', '-'], 'mac report needs a file'],
  [['data', 'format', 'constructor', '--input', '.', '--output', '.'], 'no formatter for "constructor"'],
  [['data', 'check', 'none.jsonl'], 'no such file'],
  [['serve-simulated', '--failure-rate', '1.5'], '--failure-rate 1.5: expected a probability'],
  [['serve-simulated', '--bias', 'nurse'], 'expected WORDS=STRENGTH'],
  [['results', '--unit', 'all'], "argument 'all' is invalid"],
  [['results', '--draws', '5'], 'expected a whole number ≥ 99'],
])('mac %j is refused before anything is done', async (args, message) => {
  const {exitCode, stdout, stderr} = await mac(makeWorkspace(), ...args);
  expect(stderr).toContain(message);
  expect({exitCode, stdout}).toEqual({exitCode: 2, stdout: ''});
});
