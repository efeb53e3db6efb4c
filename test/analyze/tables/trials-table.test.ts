import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {querySource} from '../../../src/analyze/tables/query.ts';
import {exportTrials, streamTrials, trialSource} from '../../../src/analyze/tables/trial-tables.ts';
import {trialsTable} from '../../../src/analyze/tables/trials-table.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';
import {makeRows} from '../trials/recorded-trials.ts';

const ROWS = makeRows([
  {labels: {task: 't', size: 7, on: true}, seed: 1, metrics: {score: 0.5, Status: 3}},
  {labels: {task: '=SUM(A1)', size: 70, on: false, score: 'x'}, seed: 2, status: 'failed', metrics: {score: 99}},
]);

const query = (sql: string) =>
  querySource(
    trialSource(ROWS, new AbortController().signal),
    {sql, signal: new AbortController().signal},
    async result => {
      const rows: unknown[] = [];
      for await (const row of result.rows()) rows.push(row);
      return rows;
    },
  );

test('every trial has a row, with its labels and its metrics under their own names where these are free', () => {
  const {columns, toRow} = trialsTable(ROWS);
  const own = columns.slice(trialsTable().columns.length).map(({name, type}) => `${name} ${type}`);
  expect(own).toEqual([
    'task text',
    'size integer',
    'on boolean',
    'score text',
    'metric_score number',
    'metric_Status number',
  ]);
  const [first = [], second = []] = ROWS.map(row => toRow(row).slice(-own.length));
  expect(first).toEqual(['t', 7, true, null, 0.5, 3]);
  expect(second).toEqual(['=SUM(A1)', 70, false, 'x', 99, null]);
});

test('CSV, JSON lines and Parquet hold the same rows', async () => {
  const folder = temporaryFolder('mac-trials-table-');
  for (const format of ['csv', 'jsonl', 'parquet'] as const) {
    await exportTrials(ROWS, {path: join(folder, `t.${format}`), format});
  }
  let text = '';
  await streamTrials(ROWS, {format: 'jsonl', take: piece => Promise.resolve(void (text += piece))});
  expect(await readFile(join(folder, 't.jsonl'), 'utf8')).toBe(text);
  const [, ...lines] = (await readFile(join(folder, 't.csv'), 'utf8')).trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  // No formula for a spreadsheet.
  expect(lines[1]).toContain("'=SUM(A1)");
  expect((await readFile(join(folder, 't.parquet'))).subarray(0, 4).toString()).toBe('PAR1');
});

test('SQL sees the trials and nothing else', async () => {
  expect(await query('SELECT trial_id, metric_score FROM trials WHERE is_scored')).toEqual([
    ['t__7__true__seed1', 0.5],
  ]);
  expect(await query('SELECT 1')).toEqual([[1]]);
  await expect(query('SELECT scored FROM trials')).rejects.toMatchObject({
    code: 'sql-error',
    hint: expect.stringContaining('trials has kind, set, trial_id'),
  });
  await expect(query('FROM messages')).rejects.toMatchObject({code: 'sql-error'});
  await expect(query("FROM read_text('/etc/hostname')")).rejects.toMatchObject({code: 'sql-refused'});
  await expect(query('DROP VIEW trials')).rejects.toMatchObject({code: 'sql-refused'});
});
