import {mkdirSync, writeFileSync} from 'node:fs';
import {expect, test} from 'vitest';

import {isArchived, listArchivedGrids, readArchivedGrid} from '../../../src/record/grid/archive.ts';
import {createLayout} from '../../../src/record/layout.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const MANIFEST = {
  grid_config_snapshot_path: 's.yaml',
  pid: 1,
  submission_timestamp: '',
  num_tasks_planned: 0,
  num_tasks_succeeded: 0,
  tasks: [],
  created_at: '',
};

function layoutWithArchive(archives: Readonly<Record<string, unknown>>) {
  const layout = createLayout({workspace: temporaryFolder()});
  mkdirSync(layout.gridArchive, {recursive: true});
  for (const [gridId, content] of Object.entries(archives)) {
    writeFileSync(layout.archivedGrid(gridId), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return layout;
}

const archive = (manifest: object) => ({schema: 'mac.grid-archive/1', completed_at: '', manifest, config: 'a: 1\n'});

test('finished runs are listed, oldest first; one that was being archived in a crash is still active', async () => {
  const layout = layoutWithArchive({
    '20260102T000000.000Z_1': archive({...MANIFEST, grid_id: 'newer'}),
    '20260101T000000.000Z_1': archive({...MANIFEST, grid_id: 'older'}),
    '20260103T000000.000Z_1': '{"schema": "mac.gr',
    '20260104T000000.000Z_1': {...archive(MANIFEST), schema: 'mac.grid-archive/2'},
  });
  writeFileSync(`${layout.gridArchive}/notes.txt`, '');
  expect((await listArchivedGrids(layout)).map(({manifest}) => manifest.grid_id)).toEqual(['older', 'newer']);
});

test("a manifest of the older system, which has no id, has the file's name", async () => {
  const layout = layoutWithArchive({g: archive(MANIFEST)});
  expect((await readArchivedGrid(layout.archivedGrid('g')))?.manifest.grid_id).toBe('g');
  expect(await readArchivedGrid(layout.archivedGrid('h'))).toBeUndefined();
});

test('a run is archived when its file is there', async () => {
  const layout = layoutWithArchive({g: ''});
  expect(await isArchived(layout, 'g')).toBe(true);
  expect(await isArchived(layout, 'h')).toBe(false);
  expect(await isArchived(createLayout({workspace: temporaryFolder()}), 'g')).toBe(false);
});
