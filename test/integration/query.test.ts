import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {runMac} from '../support/mac.ts';
import {quickstartRun} from '../support/quickstart.ts';

test('mac query: an aligned table, other formats, files, errors that say what there is', async () => {
  const cwd = await quickstartRun(['--limit', '2']);
  const query = (...args: string[]): ReturnType<typeof runMac> => runMac(['query', ...args], {cwd});

  const table = await query(
    'SELECT dataset, count(*) AS n FROM messages JOIN questions USING (questions_file, question_id) GROUP BY ALL ORDER BY ALL',
  );
  expect([table.exitCode, table.stderr]).toEqual([0, '']);
  expect(table.stdout).toBe('dataset      n\nBBQ          36\nDiffAware    36\nDiscrimEval  36\n');

  const json = await query('SELECT count(*) AS n, NULL AS x FROM agents', 'bbq_sample', '--format', 'json');
  expect(JSON.parse(json.stdout)).toEqual({
    schema: 'mac.query/1',
    columns: [
      {name: 'n', type: 'BIGINT'},
      {name: 'x', type: expect.any(String)},
    ],
    rows: [{n: 6, x: null}],
  });

  expect((await query('SELECT count(*) AS n, NULL AS x FROM agents', 'bbq_sample', '--json')).stdout).toBe(json.stdout);
  const told = await query('FROM range(3)', '-o', 'told.csv', '--json');
  expect(JSON.parse(told.stdout)).toEqual({schema: 'mac.query/1', path: join(cwd, 'told.csv'), row_count: 3});
  const both = await query('SELECT 1', '--json', '--format', 'csv');
  expect([both.exitCode, JSON.parse(both.stdout).code]).toEqual([2, 'output-ambiguous']);
  expect(JSON.parse((await query('--schema', '--json')).stdout).tables[0]).toMatchObject({name: 'tasks'});

  const long = await query('FROM range(300)');
  expect(long.stdout.trimEnd().split('\n').at(-1)).toMatch(/^… and 100 more rows: --format csv/);

  const file = await query("SELECT '=1' AS a, true AS b FROM range(2)", '-o', 'r.csv');
  expect([file.exitCode, file.stderr]).toEqual([0, `${join(cwd, 'r.csv')}: 2 rows\n`]);
  expect(readFileSync(join(cwd, 'r.csv'), 'utf8')).toBe("a,b\n'=1,TRUE\n'=1,TRUE\n");
  expect((await query('SELECT 1', '-o', 'r.csv')).stderr).toContain('r.csv is there already');
  expect((await query('FROM agents', '-o', 'r.parquet')).stderr).toContain('18 rows');

  for (const [path, message] of [
    ['r.xlsx', /no format is known for the ending \.xlsx/],
    ['/sys/r.csv', /cannot write \/sys\/r\.csv: .*\n {2}→ .*name another place/],
    ['/sys/r.parquet', /cannot write \/sys\/r\.parquet: .*\n {2}→ .*name another place/],
    ['/dev/full', /\/dev\/full is not a file/],
  ] as const) {
    const unwritten = await query('SELECT 1', '-o', path);
    expect(unwritten.stderr).toMatch(message);
    expect(unwritten.exitCode).toBe(2);
  }
  expect((await query('SELECT 1 AS a', '-o', '-', '--format', 'csv')).stdout).toBe('a\n1\n');

  const wrong = await query('SELECT nope FROM messages');
  expect(wrong.exitCode).toBe(2);
  expect(wrong.stderr).toMatch(/LINE 1: SELECT nope[^]*messages has task_id, .*\n {2}→ tables: tasks, conversations/);
  const refused = await query(`COPY messages TO '${join(cwd, 'stolen')}'`);
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain('mac query only reads');
  expect(existsSync(join(cwd, 'stolen'))).toBe(false);
  expect((await query()).stderr).toContain('no SQL was given');

  const schema = await query('--schema');
  expect(schema.stdout).toMatch(
    /^messages: a row is what one agent said[^]*\n {2}is_correct +boolean +whether it is right/m,
  );
});
