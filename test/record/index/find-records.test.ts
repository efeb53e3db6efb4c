import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {findIndexes, findManifestFolders} from '../../../src/record/index/find-records.ts';
import {createLayout} from '../../../src/record/layout.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

/** The experiments `names` (`benchmark experiment`) in a new workspace. */
function workspaceWith(...names: [benchmark: string, experiment: string][]) {
  const layout = createLayout({workspace: temporaryFolder()});
  for (const [benchmark, experiment] of names) {
    for (const folder of Object.values(layout.task(benchmark, experiment))) mkdirSync(folder, {recursive: true});
    mkdirSync(join(layout.index(experiment), '..'), {recursive: true});
    writeFileSync(layout.index(experiment), '');
  }
  return layout;
}

test('experiments are found whatever slashes their names have', async () => {
  const names: [string, string][] = [
    ['bbq', 'plain'],
    ['bbq', 'plain/inside'],
    ['bbq', 'study/one'],
    ['family/age', 'deep/er/still'],
    ['transcript', 'task_summary'],
  ];
  const layout = workspaceWith(...names);
  const expected = names.map(([benchmark, experiment]) => layout.task(benchmark, experiment).manifests).sort();
  expect(await findManifestFolders(layout)).toEqual(expected);
  expect(await findIndexes(layout)).toEqual(names.map(([, experiment]) => layout.index(experiment)).sort());
});

test('transcripts are not looked at, and neither are the books of grids', async () => {
  const layout = workspaceWith(['bbq', 'e']);
  mkdirSync(join(layout.task('bbq', 'e').transcripts, 'not/task_manifest'), {recursive: true});
  mkdirSync(layout.leases('g'), {recursive: true});
  writeFileSync(join(layout.leases('g'), 'not_index.jsonl'), '');
  mkdirSync(layout.serverLogs);
  writeFileSync(join(layout.serverLogs, 'not_index.jsonl'), '');
  expect(await findManifestFolders(layout)).toEqual([layout.task('bbq', 'e').manifests]);
  expect(await findIndexes(layout)).toEqual([layout.index('e')]);
});

test('links are followed, round in circles once', async () => {
  const elsewhere = workspaceWith(['bbq', 'e']);
  const layout = createLayout({workspace: temporaryFolder()});
  mkdirSync(layout.experimentRoot);
  symlinkSync(join(elsewhere.experimentRoot, 'bbq'), join(layout.experimentRoot, 'linked'));
  symlinkSync(elsewhere.experimentRoot, join(elsewhere.experimentRoot, 'bbq/round'));
  expect(await findManifestFolders(layout)).toContain(join(layout.experimentRoot, 'linked/e/task_manifest'));
});

test('nothing is found in an empty workspace', async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  expect([await findManifestFolders(layout), await findIndexes(layout)]).toEqual([[], []]);
});
