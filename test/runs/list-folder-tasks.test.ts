import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {parse} from 'yaml';

import {listFolderTasks} from '../../src/runs/open/list-folder-tasks.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

function aFolder(): string {
  const workspace = temporaryFolder();
  mkdirSync(join(workspace, 'mine/one'), {recursive: true});
  mkdirSync(join(workspace, 'mine/two'));
  return workspace;
}

test('llm4ad:all is every task of the folder, each with its arguments', async () => {
  const text = 'root: mine\ntasks: [internal:code_param, {key: all, eval_kwargs: {a: 1}}] # these\n';
  const listed = await listFolderTasks('m.yaml', text, aFolder());
  expect(parse(listed)).toEqual({
    root: 'mine',
    tasks: ['internal:code_param', {id: 'llm4ad:one', eval_kwargs: {a: 1}}, {id: 'llm4ad:two', eval_kwargs: {a: 1}}],
  });
  expect(listed).toContain('# these');
});

test('a text without it is left alone, and a folder that is not there is a problem', async () => {
  const text = 'tasks: [internal:all]\n';
  expect(await listFolderTasks('m.yaml', text, aFolder())).toBe(text);
  await expect(listFolderTasks('m.yaml', 'tasks: [llm4ad:all]\n', aFolder())).rejects.toThrow('no tasks in');
});

test('an index of the folder names its tasks', async () => {
  const workspace = aFolder();
  writeFileSync(join(workspace, 'mine/index.json'), '[{"key": "a/b", "module": "one"}]');
  const listed = await listFolderTasks('m.yaml', 'tasks_root: mine\ntasks: [llm4ad:all]\n', workspace);
  expect(parse(listed)).toMatchObject({tasks: ['llm4ad:a/b']});
});
