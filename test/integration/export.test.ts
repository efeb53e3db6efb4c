import {existsSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {runMac} from '../support/mac.ts';
import {quickstartRun} from '../support/quickstart.ts';

test('mac export: one table to stdout, all to a folder, and nothing is replaced without --force', async () => {
  const cwd = await quickstartRun(['--limit', '4']);
  const one = await runMac(['export', '--table', 'messages', '--format', 'jsonl'], {cwd});
  expect(one.exitCode, one.stderr).toBe(0);
  expect(one.stderr).toBe('');
  // 9 tasks, 4 questions, 2 agents, 3 rounds
  expect(one.stdout.trimEnd().split('\n')).toHaveLength(9 * 4 * 2 * 3);

  for (const format of ['csv', 'parquet']) {
    const all = await runMac(['export', 'all', '--format', format, '-o', 'out'], {cwd});
    expect(all.exitCode, all.stderr).toBe(0);
    expect(all.stderr).toContain(`messages.${format}: 216 rows`);
  }
  expect(readdirSync(join(cwd, 'out'))).toHaveLength(10);
  const csv = readFileSync(join(cwd, 'out/conversations.csv'), 'utf8');
  expect(csv).toMatch(/^task_id,transcript_id,questions_file,question_id,status,/);

  const again = await runMac(['export', '--table', 'tasks', '-o', 'out/tasks.csv'], {cwd});
  expect(again.exitCode).toBe(2);
  expect(again.stderr).toMatch(/tasks\.csv is there already\n {2}→ replace it with --force/);
  const forced = await runMac(['export', '--table', 'tasks', '-o', 'out/tasks.csv', '--force'], {cwd});
  expect(forced.exitCode, forced.stderr).toBe(0);

  rmSync(join(cwd, 'data/sample/diffAware_sample.jsonl'));
  const partial = await runMac(['export', '--table', 'questions'], {cwd});
  expect(partial.exitCode).toBe(0);
  expect(partial.stderr).toContain('1 × questions-missing');
});

test('mac export --json prints the tables as one document, or what was written', async () => {
  const cwd = await quickstartRun(['--limit', '1']);
  const all = await runMac(['export', '--json'], {cwd});
  expect(all.exitCode, all.stderr).toBe(0);
  const {schema, tables} = JSON.parse(all.stdout);
  expect(schema).toBe('mac.export/1');
  expect(Object.keys(tables)).toEqual(['tasks', 'conversations', 'messages', 'questions', 'agents']);
  expect(tables.tasks).toHaveLength(9);
  expect(tables.messages[0]).toMatchObject({agent_id: expect.any(String)});
  const one = await runMac(['export', '--table', 'tasks', '--json'], {cwd});
  expect(JSON.parse(one.stdout)).toEqual({schema, tables: {tasks: tables.tasks}});

  const files = await runMac(['export', '-o', 'out', '--json'], {cwd});
  expect(JSON.parse(files.stdout).files[0]).toEqual({table: 'tasks', path: join(cwd, 'out/tasks.csv'), rows: 9});
  const both = await runMac(['export', '--json', '--format', 'csv'], {cwd});
  expect([both.exitCode, JSON.parse(both.stdout)]).toMatchObject([
    2,
    {schema: 'mac.error/1', code: 'output-ambiguous'},
  ]);
});

test('mac export says what it needs and where it cannot write', async () => {
  const cwd = await quickstartRun(['--limit', '1', '--tasks', '0']);
  const refusals: [string[], RegExp][] = [
    [[], /several tables need a folder: -o FOLDER/],
    [['--table', 'tasks', '--format', 'parquet'], /Parquet needs a file: -o FILE/],
    [['--table', 'task'], /Allowed choices are tasks/],
    [['--table', 'tasks', '-o', 'data'], /data is a folder/],
    [['--table', 'tasks', '-o', '/dev/null', '--force'], /\/dev\/null is not a file/],
    [['--table', 'tasks', '-o', 'config/quickstart.yaml/x.csv'], /cannot write .*x\.csv: not a directory/],
    [
      ['--table', 'tasks', '-o', '/proc/x/y.csv'],
      /cannot write \/proc\/x\/y\.csv: no such file.*\n {2}→ .*name another place/,
    ],
    [['-o', '/sys/out'], /cannot write \/sys\/out\/tasks\.csv: .*\n {2}→ .*name another place/],
    [['-o', '/sys/out', '--format', 'parquet'], /cannot write \/sys\/out\/tasks\.parquet: /],
    [
      ['--table', 'tasks', '-o', 'x.xlsx'],
      /no format is known for the ending \.xlsx.*\n.*\.csv, \.jsonl, \.parquet, or say --format/,
    ],
    [['-o', 'x.txt'], /x\.txt names a file, and several tables need a folder/],
    [['-o', '-'], /several tables need a folder/],
    [['nothing', '--table', 'tasks'], /no grid, experiment or benchmark "nothing"/],
  ];
  for (const [args, message] of refusals) {
    const {exitCode, stdout, stderr} = await runMac(['export', ...args], {cwd});
    expect(stderr).toMatch(message);
    expect([exitCode, stdout]).toEqual([2, '']);
  }
  expect(existsSync(join(cwd, 'out'))).toBe(false);
  expect(existsSync(join(cwd, 'x.txt'))).toBe(false);

  const piped = await runMac(['export', '--table', 'tasks', '-o', '-'], {cwd});
  expect(piped.stdout).toMatch(/^task_id,/);
  expect(existsSync(join(cwd, '-'))).toBe(false);
  const named = await runMac(['export', '--table', 'tasks', '-o', 'x.xlsx', '--format', 'csv'], {cwd});
  const folder = await runMac(['export', '-o', 'run.2'], {cwd});
  expect([named.exitCode, folder.exitCode]).toEqual([0, 0]);
  expect(readFileSync(join(cwd, 'x.xlsx'), 'utf8')).toBe(piped.stdout);
  expect(readFileSync(join(cwd, 'run.2/tasks.csv'), 'utf8')).toBe(piped.stdout);
});

test('tasks of a grid that have no record yet are named', async () => {
  const cwd = await quickstartRun(['--limit', '1']);
  const index = join(cwd, 'bookkeeping/quickstart_2agent_as-human_index.jsonl');
  const lines = readFileSync(index, 'utf8').split('\n');
  writeFileSync(index, lines.filter(line => !line.includes('diffAware')).join('\n'));
  const {exitCode, stdout, stderr} = await runMac(['export', '--table', 'tasks'], {cwd});
  expect(exitCode, stderr).toBe(0);
  expect(stdout.trimEnd().split('\n')).toHaveLength(1 + 6);
  expect(stderr).toMatch(/^3 × task-without-records: not in the tables\n {4}task 2: diffAware_sample\/quickstart/);
});
