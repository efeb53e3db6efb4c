import {join} from 'node:path';
import {writeFileSync} from 'node:fs';
import {DuckDBInstance} from '@duckdb/node-api';
import fc from 'fast-check';
import {expect, test} from 'vitest';

import {csvLine} from '../../../src/analyze/tables/row-sink.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

test('nothing is an empty cell, an empty text is quoted, words and numbers stand as they are', () => {
  expect(csvLine([null, '', 'a b', 1.5, -3, true, false])).toBe(',"",a b,1.5,-3,TRUE,FALSE\n');
  expect(csvLine(['a,b', 'say "no"', 'two\nlines', ' space'])).toBe('"a,b","say ""no""","two\nlines"," space"\n');
});

test('texts that a spreadsheet would take for formulas get an apostrophe; numbers, also written as texts, do not', () => {
  expect(csvLine(['=1+1', '@SUM(A1)', '+cmd', '-x', '\tx', '\rx'])).toBe(`'=1+1,'@SUM(A1),'+cmd,'-x,'\tx,"'\rx"\n`);
  expect(csvLine([-1, 1e-7, '-12', '+3.5', '-1e5', '1=1'])).toBe('-1,1e-7,-12,+3.5,-1e5,1=1\n');
  expect(csvLine(['=HYPERLINK("http://x","y")'])).toBe(`"'=HYPERLINK(""http://x"",""y"")"\n`);
});

test('whatever a text holds, a reader of CSV gets it back', async () => {
  const folder = temporaryFolder();
  const database = await DuckDBInstance.create(':memory:');
  const connection = await database.connect();
  const text = fc.string({unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', '\\', 'é', '😀', '\t')});
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.option(text), text), {minLength: 1}), async rows => {
      const path = join(folder, `${run++}.csv`);
      writeFileSync(path, csvLine(['one', 'two']) + rows.map(csvLine).join(''));
      const reader = await connection.runAndReadAll(
        `FROM read_csv('${path}', header = true, all_varchar = true, allow_quoted_nulls = false, delim = ',', quote = '"', escape = '"', new_line = '\\n')`,
      );
      const plain = (cell: string | null): string | null => cell?.replace(/^(?=[\t\r\n])/, "'") ?? null;
      expect(reader.getRows()).toEqual(rows.map(row => row.map(plain)));
    }),
    {numRuns: 50},
  );
  connection.closeSync();
  database.closeSync();
});
