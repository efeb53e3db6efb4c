import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {PAGE_MARK} from '../../src/analyze/report/render-page.ts';
import {checkTargets} from '../../src/cli/output/report-files.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

function targets() {
  const folder = temporaryFolder();
  return {page: join(folder, 'report.html'), figures: join(folder, 'figures'), force: false};
}

test('an earlier report may be replaced, any other file only with force', async () => {
  const {page} = targets();
  const check = (force: boolean) => checkTargets({page, figures: null, force});
  expect(await check(false)).toEqual([]);
  writeFileSync(page, `<!doctype html>${PAGE_MARK}`);
  expect(await check(false)).toEqual([]);
  writeFileSync(page, 'notes of mine');
  await expect(check(false)).rejects.toMatchObject({code: 'report-exists'});
  expect(await check(true)).toEqual([]);
});

test('figures go to a new or empty folder, or over those of an earlier report, which are returned', async () => {
  const request = targets();
  expect(await checkTargets(request)).toEqual([]);
  mkdirSync(request.figures);
  expect(await checkTargets(request)).toEqual([]);
  writeFileSync(join(request.figures, 'mine.png'), '');
  await expect(checkTargets(request)).rejects.toMatchObject({code: 'report-exists'});
  const figures = [{files: ['accuracy.svg', '../../etc/passwd', 'accuracy.data.csv']}];
  writeFileSync(join(request.figures, 'figures.json'), JSON.stringify({schema: 'mac.figures/1', figures}));
  // A list that names a file outside the folder must not make us remove it.
  expect(await checkTargets(request)).toEqual(['accuracy.svg', 'accuracy.data.csv']);
});

test('a folder where the page goes, or a file where the figures go, is refused even with force', async () => {
  const {page, figures} = targets();
  mkdirSync(page);
  await expect(checkTargets({page, figures: null, force: true})).rejects.toMatchObject({code: 'report-target'});
  writeFileSync(figures, '');
  const other = `${page}.other`;
  await expect(checkTargets({page: other, figures, force: true})).rejects.toMatchObject({code: 'report-target'});
});
