import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {readConfigText} from '../../src/config/read-config.ts';
import {UserError} from '../../src/core/errors.ts';
import {sha256} from '../../src/core/seeds/hash.ts';
import {parseConfig} from '../../src/plan/front-ends.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const readConfig = async (path: string) => parseConfig(await readConfigText(path));

async function refusal(path: string): Promise<{code: string; message: string}> {
  const error: unknown = await readConfig(path).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

test('a config is read with its text and the hash of its bytes', async () => {
  const path = join(temporaryFolder("it's a folder "), 'my "config".yaml');
  writeFileSync(path, 'a: 1\n');
  const config = await readConfig(path);
  expect(config).toMatchObject({path, text: 'a: 1\n', sha256: sha256('a: 1\n')});
  expect(config.document.value).toEqual({a: 1});
});

test('what is no config says what it is', async () => {
  const folder = temporaryFolder();
  const write = (name: string, bytes: string | Uint8Array): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  mkdirSync(join(folder, 'sub.yaml'));
  expect(await refusal(join(folder, 'missing.yaml'))).toMatchObject({code: 'config-missing'});
  expect((await refusal(join(folder, 'sub.yaml'))).message).toContain('is a folder');
  expect((await refusal(write('empty.yaml', ''))).message).toContain('an empty file');
  expect((await refusal(write('latin1.yaml', Uint8Array.of(0x61, 0x3a, 0x20, 0xe4)))).message).toContain('not UTF-8');
  expect((await refusal(write('binary.yaml', 'a: \0\n'))).message).toContain('binary');
  expect(await refusal(write('file.txt', 'a: 1\n') + '/x.yaml')).toMatchObject({code: 'config-unreadable'});
});

test('a file of ten megabytes is refused unread', async () => {
  const path = join(temporaryFolder(), 'big.yaml');
  writeFileSync(path, `a: "${'x'.repeat(10 * 1024 * 1024)}"\n`);
  const {code, message} = await refusal(path);
  expect(code).toBe('config-too-large');
  expect(message).toContain('10.0 MB');
});
