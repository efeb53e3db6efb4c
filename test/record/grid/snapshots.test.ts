import fc from 'fast-check';
import {readFileSync, readdirSync} from 'node:fs';
import {basename} from 'node:path';
import {expect, test} from 'vitest';
import {parse} from 'yaml';

import {
  parseSubmissionTime,
  renderSnapshotYaml,
  writeGridSnapshot,
  writeTaskSnapshot,
} from '../../../src/record/grid/snapshots.ts';
import {createLayout} from '../../../src/record/layout.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const CONFIG = {experiment_metadata: {experiment_name: 'e', benchmark_subcategory: 'b'}};
const MS = Date.UTC(2025, 11, 10, 9, 8, 7, 123);

test('tasks of one experiment that start in one millisecond have snapshots of their own', async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  const both = await Promise.all([writeTaskSnapshot(layout, CONFIG, MS), writeTaskSnapshot(layout, CONFIG, MS)]);
  expect(both.map(({submittedAtMs}) => submittedAtMs).sort()).toEqual([MS, MS + 1]);
  for (const {path, submittedAtMs} of both) {
    expect(parseSubmissionTime(path)).toBe(submittedAtMs);
    expect(parse(readFileSync(path, 'utf8'))).toEqual(CONFIG);
  }
  expect(parseSubmissionTime('e.yaml')).toBeUndefined();
});

test("a grid's config is kept byte by byte, under its name without the last suffix", async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  for (const name of ['grid.v2.yaml', 'grid', '.hidden']) {
    const {path} = await writeGridSnapshot(layout, `somewhere/${name}`, 'a:   1 # kept\n', MS);
    expect(readFileSync(path, 'utf8')).toBe('a:   1 # kept\n');
  }
  const {path: second} = await writeGridSnapshot(layout, 'grid.yaml', 'b: 2\n', MS);
  expect(basename(second)).toBe('grid_20251210T090807.124Z.yaml');
  expect(readdirSync(layout.gridSnapshots).sort()).toEqual([
    '.hidden_20251210T090807.123Z.yaml',
    'grid.v2_20251210T090807.123Z.yaml',
    'grid_20251210T090807.123Z.yaml',
    'grid_20251210T090807.124Z.yaml',
  ]);
});

const tricky = fc.constantFrom(
  ...[
    'yes',
    'No',
    'on',
    'y',
    '~',
    'null',
    '',
    '12:30:00',
    '1_000',
    '0o17',
    '0x1F',
    '1e3',
    '.inf',
    '2025-12-10',
    '=',
    '<<',
  ],
  ...[
    '- a',
    '# b',
    'c: d',
    ' lead',
    'trail ',
    'é',
    '😀',
    '\u2028',
    '"',
    "'",
    '{',
    '[',
    '*a',
    '&b',
    '!c',
    '%d',
    '@e',
    '`',
  ],
);

test('texts are texts and numbers numbers for readers of YAML 1.1 and 1.2, and all is ASCII', () => {
  const text = fc.oneof(tricky, fc.string({unit: 'binary'}));
  const value = fc.letrec(tie => ({
    node: fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), tie('list'), tie('map')),
    list: fc.array(tie('node'), {maxLength: 4}),
    map: fc.dictionary(text, tie('node'), {maxKeys: 4, noNullPrototype: true}),
  })).map;
  fc.assert(
    fc.property(value, config => {
      const yaml = renderSnapshotYaml(config);
      expect(yaml).toMatch(/^[\n\x20-\x7e]*$/);
      expect(parse(yaml, {version: '1.2'})).toEqual(config);
      expect(parse(yaml, {version: '1.1'})).toEqual(config);
    }),
  );
});
