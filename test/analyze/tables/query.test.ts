import {mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';

import {Problems} from '../../../src/analyze/records/problems.ts';
import {readSelection} from '../../../src/analyze/select/select-tasks.ts';
import {queryTables, type QueryResult} from '../../../src/analyze/tables/query.ts';
import {aQuestion} from '../a-question.ts';
import {RecordedWorkspace, type ConversationRecord} from '../recorded-workspace.ts';

const CONVERSATIONS: ConversationRecord[] = ['q0', 'q1'].map(question => ({
  question,
  answers: {a: ['A', 'A'], b: ['B', 'A']},
}));

function aWorkspace(): RecordedWorkspace {
  const workspace = new RecordedWorkspace(['q0', 'q1', 'q2'].map(id => aQuestion(id)));
  workspace.addTask({conversations: CONVERSATIONS, persona: 'nurse'});
  workspace.addTask({conversations: CONVERSATIONS, persona: 'judge'});
  return workspace;
}

async function ask<Answer>(
  {layout}: RecordedWorkspace,
  sql: string,
  use: (result: QueryResult) => Promise<Answer>,
  {fresh = false} = {},
): Promise<Answer> {
  const {tasks} = await readSelection(layout, 'all', new Problems());
  return queryTables(layout, tasks, {sql, signal: new AbortController().signal, fresh}, use);
}

async function rowsOf(workspace: RecordedWorkspace, sql: string, options?: {fresh: boolean}): Promise<unknown[]> {
  const collect = async ({rows}: QueryResult): Promise<unknown[]> => {
    const all: unknown[] = [];
    for await (const row of rows()) all.push(row);
    return all;
  };
  return ask(workspace, sql, collect, options);
}

test('answers over all five tables, joined by their keys and grouped by swept parameters', async () => {
  const workspace = aWorkspace();
  expect(
    await rowsOf(
      workspace,
      `SELECT "agent_definitions.0.persona", round, count(*), avg(is_correct::INT)
       FROM messages JOIN tasks USING (task_id) JOIN questions USING (questions_file, question_id)
       JOIN conversations USING (task_id, transcript_id, questions_file, question_id) JOIN agents USING (task_id, seat)
       GROUP BY ALL ORDER BY ALL`,
    ),
  ).toEqual([
    ['judge', 0, 4, 0.5],
    ['judge', 1, 4, 1],
    ['nurse', 0, 4, 0.5],
    ['nurse', 1, 4, 1],
  ]);
});

test('values of every kind become numbers, texts or JSON; PIVOT, DESCRIBE and several statements work', async () => {
  const workspace = aWorkspace();
  expect(
    await rowsOf(workspace, "SELECT 1::BIGINT, 2^70::HUGEINT, 1.25::DECIMAL(4,2), 'x', NULL, [1, 2], {a: 'b'}, true"),
  ).toEqual([[1, 2 ** 70, 1.25, 'x', null, [1, 2], {a: 'b'}, true]]);
  expect(await rowsOf(workspace, 'PIVOT messages ON opinion USING count(*) GROUP BY round ORDER BY round')).toEqual([
    [0, 4, 4],
    [1, 8, 0],
  ]);
  expect(await rowsOf(workspace, 'CREATE TABLE t AS FROM agents; SELECT count(*) FROM t; -- done')).toEqual([[4]]);
  expect(await rowsOf(workspace, 'SHOW TABLES')).toHaveLength(5);
  expect(await rowsOf(workspace, 'DESCRIBE messages')).toContainEqual(
    expect.arrayContaining(['is_correct', 'BOOLEAN']),
  );
});

test('only tables that the SQL names are made, once as long as nothing changes', async () => {
  const workspace = aWorkspace();
  const cache = workspace.layout.tablesCache;
  const kept = (): Record<string, string[]> =>
    Object.fromEntries(readdirSync(cache).map(state => [state, readdirSync(join(cache, state)).sort()]));
  expect(await rowsOf(workspace, 'SELECT count(*) FROM tasks')).toEqual([[2]]);
  const [[state, files]] = Object.entries(kept()) as [[string, string[]]];
  expect(files).toEqual(['tasks.parquet', 'tasks.problems.json']);
  const made = statSync(join(cache, state, 'tasks.parquet'), {bigint: true}).mtimeNs;
  expect(await rowsOf(workspace, 'SELECT count(*) FROM tasks, messages')).toEqual([[32]]);
  expect(statSync(join(cache, state, 'tasks.parquet'), {bigint: true}).mtimeNs).toBe(made);
  expect(kept()[state]).toContain('messages.parquet');

  workspace.addTask({conversations: CONVERSATIONS});
  expect(await rowsOf(workspace, 'SELECT count(*) FROM tasks')).toEqual([[3]]);
  workspace.writeQuestions([aQuestion('q0', {question: 'Another one?'})]);
  expect(await rowsOf(workspace, 'SELECT question FROM questions')).toEqual([['Another one?']]);
  expect(readdirSync(cache)).toHaveLength(3);
});

test('what was wrong with records is told again when their tables are at hand', async () => {
  const workspace = new RecordedWorkspace([aQuestion('q0'), aQuestion('q1')]);
  workspace.addTask({conversations: [{...CONVERSATIONS[0]!, text: null}, CONVERSATIONS[1]!]});
  for (const sql of ['FROM messages', 'FROM conversations', 'FROM messages, conversations']) {
    const problems = await ask(workspace, sql, result => Promise.resolve(result.problems));
    expect(problems).toMatchObject([{kind: 'transcript-missing', count: 1}]);
  }
  expect(await ask(workspace, 'FROM tasks', result => Promise.resolve(result.problems))).toEqual([]);
});

test('a transcript that is taken away or put back rebuilds the tables', async () => {
  const workspace = aWorkspace();
  const sql = 'SELECT count(*) FROM conversations WHERE record_problem IS NULL';
  expect(await rowsOf(workspace, sql)).toEqual([[4]]);
  const {tasks} = await readSelection(workspace.layout, 'all', new Problems());
  const {path} = tasks[0]!.references[0]!;
  const file = workspace.layout.resolve(path);
  const text = readFileSync(file);
  rmSync(file);
  expect(await rowsOf(workspace, sql)).toEqual([[3]]);
  writeFileSync(file, text);
  expect(await rowsOf(workspace, sql)).toEqual([[4]]);
});

test('a workspace that cannot be written, or a cache that is damaged, is queried nonetheless', async () => {
  const workspace = aWorkspace();
  writeFileSync(workspace.layout.tablesCache, 'a file where a folder belongs');
  expect(await rowsOf(workspace, 'SELECT count(*) FROM messages')).toEqual([[16]]);
  rmSync(workspace.layout.tablesCache);
  expect(await rowsOf(workspace, 'SELECT count(*) FROM messages')).toEqual([[16]]);
  const [state = ''] = readdirSync(workspace.layout.tablesCache);
  const kept = join(workspace.layout.tablesCache, state, 'messages.parquet');
  rmSync(kept);
  expect(await rowsOf(workspace, 'SELECT count(*) FROM messages')).toEqual([[16]]);
  writeFileSync(kept, 'no longer Parquet');
  await expect(rowsOf(workspace, 'FROM messages')).rejects.toMatchObject({code: 'tables-damaged'});
  expect(await rowsOf(workspace, 'SELECT count(*) FROM messages', {fresh: true})).toEqual([[16]]);
});

describe('the SQL reads the tables and nothing else', () => {
  test('files, settings and other statements are refused, tables that are kept stay as they are', async () => {
    const workspace = aWorkspace();
    await rowsOf(workspace, 'FROM messages');
    const {tablesCache: cache} = workspace.layout;
    const kept = join(cache, readdirSync(cache)[0]!, 'messages.parquet');
    const before = readFileSync(kept);
    const outside = join(workspace.folder, 'out');
    mkdirSync(outside);
    const secret = join(workspace.folder, 'q.jsonl');
    for (const sql of [
      `COPY messages TO '${outside}/m.csv'`,
      `COPY (SELECT 1) TO '${kept}' (USE_TMP_FILE false)`,
      `EXPLAIN ANALYZE COPY (SELECT 1) TO '${kept}' (USE_TMP_FILE false)`,
      `FROM messages; COPY messages TO '${outside}/m.csv'`,
      `SELECT * FROM read_text('${secret}')`,
      `SELECT * FROM read_csv('${secret}')`,
      `FROM '${secret}'`,
      `FROM glob('${workspace.folder}/*')`,
      `ATTACH '${outside}/x.db'`,
      `EXPORT DATABASE '${outside}/all'`,
      'INSTALL httpfs',
      'LOAD httpfs',
      'SET enable_external_access = true',
      'SET threads = 1',
      'DROP VIEW messages',
      'PREPARE p AS SELECT 1',
      'DELETE FROM messages',
      'INSERT INTO messages (round) VALUES (1)',
      'UPDATE messages SET round = 1',
    ]) {
      await expect(rowsOf(workspace, sql), sql).rejects.toMatchObject({code: 'sql-refused'});
    }
    const messageOf = (sql: string): Promise<string> =>
      rowsOf(workspace, sql).then(String, (thrown: unknown) => (thrown instanceof Error ? thrown.message : ''));
    expect(await messageOf(`FROM '${secret}'`)).toContain('no other file or address can be read');
    expect(await messageOf('INSERT INTO messages (round) VALUES (1)')).toContain('mac query only reads');
    expect(readdirSync(outside)).toEqual([]);
    expect(readFileSync(kept).equals(before)).toBe(true);
  });

  test.each([
    ['SELECT nope FROM messages', /"nope" not found[^]*LINE 1: SELECT nope[^]*\^/, /messages has task_id, .*opinion/],
    ['SELEC 1', /^Parser Error: syntax error at or near "SELEC"[^]*LINE 1/, /^tables: tasks, conversations/],
    ['FROM message', /Table with name message does not exist!\nDid you mean "messages"/, /^tables: tasks/],
    ['FROM nosuch', /^(?!.*Did you mean)[^]*Table with name nosuch does not exist!\n\nLINE 1/, /^tables: tasks/],
    ['', /the SQL is empty/, /^tables:/],
    ['-- only words;', /the SQL is empty/, /^tables:/],
    ["SELECT 'x'::INT FROM tasks", /Could not convert string 'x'/, /^tables:/],
  ])('%s: the error with its place, and what there is', async (sql, message, hint) => {
    const error: any = await rowsOf(aWorkspace(), sql).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({name: 'UserError', code: 'sql-error'});
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });
});

test('a result of any types becomes Parquet', async () => {
  const workspace = aWorkspace();
  const path = join(workspace.folder, 'r.parquet');
  const sql =
    'SELECT agent_id, agent_id, list(round) AS rounds, {n: count(*)} AS s, now() AS t FROM messages GROUP BY ALL';
  expect(await ask(workspace, sql, ({writeParquet}) => writeParquet(path))).toBe(2);
  expect(readFileSync(path).subarray(0, 4).toString()).toBe('PAR1');
});
