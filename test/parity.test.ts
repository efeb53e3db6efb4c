import {existsSync, readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {expect, test} from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const PAGE = readFileSync(resolve(ROOT, 'docs/parity.md'), 'utf8');

const STATUSES = ['works', 'differs', 'left out'];

/** The checklist has so many promises of each part, and so many of each need. */
const PARTS = {T: 82, S: 86, E: 37};
const NEEDS = {M: 142, U: 36, F: 27};

interface Row {
  readonly id: string;
  readonly need: string;
  readonly status: string;
  /** Of the last cell: `file › title`, and what is no test. */
  readonly tests: readonly {readonly file: string; readonly title: string}[];
  readonly reason: string;
}

function splitCells(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map(cell => cell.trim().replaceAll('\\|', '|'));
}

/** Splits the last cell of a row into the tests that it names, and the rest. */
function readEvidence(cell: string): Pick<Row, 'tests' | 'reason'> {
  const lines = cell.split('<br>');
  const tests = lines.flatMap(each => {
    const [, file, title] = /^`(test\/[^`]+)` › (.+)$/.exec(each) ?? [];
    return file !== undefined && title !== undefined ? [{file, title}] : [];
  });
  return {tests, reason: lines.filter(each => !/^`test\//.test(each)).join(' ')};
}

const ROWS: readonly Row[] = PAGE.split('\n')
  .filter(line => /^\| [TSE]\d\d /.test(line))
  .map(line => {
    const [id = '', , need = '', status = '', last = ''] = splitCells(line);
    return {id, need, status, ...readEvidence(last)};
  });

test('every promise of the checklist is there once', () => {
  const ids = Object.entries(PARTS).flatMap(([part, many]) =>
    Array.from({length: many}, (_, i) => `${part}${String(i + 1).padStart(2, '0')}`),
  );
  expect(ROWS.map(({id}) => id)).toEqual(ids);
  for (const [need, many] of Object.entries(NEEDS)) expect(ROWS.filter(row => row.need === need)).toHaveLength(many);
});

/** Defects of the older systems: the part, the defect, the tests. */
const DEFECTS = PAGE.split('\n')
  .filter(line => /^\| (?:bench|study|suite) /.test(line))
  .map(line => {
    const [part = '', defect = '', last = ''] = splitCells(line);
    return {id: `${part}: ${defect}`, ...readEvidence(last)};
  });

test('every defect of the older systems has a test', () => {
  expect(DEFECTS.length).toBeGreaterThan(20);
  expect(DEFECTS.filter(({tests}) => tests.length === 0)).toEqual([]);
});

test('every test that is named is in its file', () => {
  const missing = [...ROWS, ...DEFECTS].flatMap(({id, tests}) =>
    tests.filter(({file, title}) => !hasTest(file, title)).map(({file, title}) => `${id}: ${file} › ${title}`),
  );
  expect(missing).toEqual([]);
});

function hasTest(file: string, title: string): boolean {
  const path = resolve(ROOT, file);
  if (!existsSync(path)) return false;
  const source = readFileSync(path, 'utf8');
  // As the title of a test, not in its body: behind a quote.
  return ["'", '"', '`'].some(quote =>
    source.includes(`${quote}${title.replaceAll("'", quote === "'" ? "\\'" : "'")}${quote}`),
  );
}

test('what works names a test; what differs or is left out has a reason', () => {
  expect(ROWS.filter(({status}) => !STATUSES.includes(status))).toEqual([]);
  expect(ROWS.filter(({status, tests}) => status === 'works' && tests.length === 0).map(({id}) => id)).toEqual([]);
  expect(ROWS.filter(({status, reason}) => status !== 'works' && reason.length < 10).map(({id}) => id)).toEqual([]);
});

test('the counts at the top are those of the rows', () => {
  const count = (rows: readonly Row[]): number[] => [
    ...STATUSES.map(status => rows.filter(row => row.status === status).length),
    rows.length,
  ];
  const byPart = Object.keys(PARTS).map(part => count(ROWS.filter(({id}) => id.startsWith(part))));
  const byNeed = Object.keys(NEEDS).map(need => count(ROWS.filter(row => row.need === need)));
  const tables = PAGE.split('\n')
    .filter(line => /^\|(?: [^|]+\|)(?: \d+ \|){4}$/.test(line))
    .map(line => splitCells(line).slice(1).map(Number));
  expect(tables).toEqual([...byPart, count(ROWS), ...byNeed]);
});
