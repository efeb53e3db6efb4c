import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {parse} from 'yaml';

import {readBench} from '../../src/runs/open/read-bench.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

test('a file that extends none is returned as it is', async () => {
  const text = 'tasks: [a:b] # mine\n';
  expect(await readBench('/nowhere/m.yaml', text)).toBe(text);
});

test('bases are found beside the file that names them, and may have bases', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'shared'));
  writeFileSync(join(folder, 'shared/root.yaml'), 'tasks: [internal:code_param]\nmax_workers: 2\nseeds: [1]\n');
  writeFileSync(join(folder, 'shared/base.json'), '{"extends": "root.yaml", "max_workers": 3, "llm": {"model": "a"}}');
  const text = await readBench(join(folder, 'v.yaml'), 'extends: shared/base.json\nllm: {model: b}\n');
  expect(parse(text)).toEqual({tasks: ['internal:code_param'], max_workers: 3, seeds: [1], llm: {model: 'b'}});
});

test('bases in a circle, and a base that is not there, are refused', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a.yaml'), 'extends: b.yaml\n');
  writeFileSync(join(folder, 'b.yaml'), 'extends: a.yaml\n');
  await expect(readBench(join(folder, 'a.yaml'), 'extends: b.yaml\n')).rejects.toThrow('leads back');
  await expect(readBench(join(folder, 'a.yaml'), 'extends: c.yaml\n')).rejects.toThrow('no such config');
});
