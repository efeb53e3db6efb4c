import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {isDebugging, readEnvironment, wantsLiveStatus} from '../../src/config/workspace.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

test('the workspace is the folder that the variable names, relative to the current one', () => {
  const folder = temporaryFolder('a "quoted" folder\'s ');
  mkdirSync(join(folder, 'my work'));
  symlinkSync(join(folder, 'my work'), join(folder, 'link'));
  const workspaceOf = (named: string) => readEnvironment({MAC_FAIRNESS_WORKSPACE: named}, folder).workspace;
  expect(workspaceOf(join(folder, 'my work'))).toBe(join(folder, 'my work'));
  expect(workspaceOf('my work')).toBe(join(folder, 'my work'));
  expect(workspaceOf('link')).toBe(join(folder, 'link'));
});

test('without the variable it is the current folder, if that holds config/', () => {
  const folder = temporaryFolder();
  expect(() => readEnvironment({}, folder)).toThrow('has no config/ folder');
  writeFileSync(join(folder, 'config'), 'a file');
  expect(() => readEnvironment({MAC_FAIRNESS_WORKSPACE: ''}, folder)).toThrow('MAC_FAIRNESS_WORKSPACE is not set');
  const other = temporaryFolder();
  mkdirSync(join(other, 'config'));
  expect(readEnvironment({}, other).workspace).toBe(other);
});

test('a workspace that is not there is refused with a way out', () => {
  const folder = temporaryFolder();
  expect(() => readEnvironment({MAC_FAIRNESS_WORKSPACE: 'gone'}, folder)).toThrow(
    expect.objectContaining({code: 'workspace-missing', hint: expect.stringContaining('create it')}),
  );
});

test('switches are on for exactly 1', () => {
  const read = (value: string | undefined) => [
    isDebugging({MAC_FAIRNESS_DEBUG_FLAG: value}),
    wantsLiveStatus({MAC_FAIRNESS_LIVE_STATUS: value}),
  ];
  expect(read('1')).toEqual([true, true]);
  for (const value of [undefined, '', '0', 'true', '11', ' 1']) expect(read(value)).toEqual([false, false]);
});

test('the experiment root is kept as it was given; an empty one is none', () => {
  const folder = temporaryFolder();
  const rootOf = (value: string) =>
    readEnvironment({MAC_FAIRNESS_WORKSPACE: folder, MAC_FAIRNESS_EXPERIMENT_ROOT: value}, folder).experimentRoot;
  expect(rootOf('/big disk/x')).toBe('/big disk/x');
  expect(rootOf('x')).toBe('x');
  expect(rootOf('')).toBeUndefined();
});
