import {existsSync, mkdirSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {DuckDBInstance} from '@duckdb/node-api';
import {describe, expect, test} from 'vitest';

import {Problems} from '../../../src/analyze/records/problems.ts';
import {readSelection} from '../../../src/analyze/select/select-tasks.ts';
import {exportTables} from '../../../src/analyze/tables/export.ts';
import {EXPORT_FORMATS, type ExportFormat} from '../../../src/analyze/tables/write-tables.ts';
import {SCHEMA} from '../../../src/analyze/tables/schema.ts';
import {TABLE_NAMES, type TableName} from '../../../src/analyze/tables/table.ts';
import {aQuestion, bbqQuestion, discrimEvalQuestion} from '../a-question.ts';
import {RecordedWorkspace, type ConversationRecord} from '../recorded-workspace.ts';

type Row = Record<string, any>;

const READERS: Record<ExportFormat, (path: string) => string> = {
  // Texts that look like numbers are texts.
  csv: path => `read_csv('${path}', header = true, all_varchar = true, allow_quoted_nulls = false)`,
  jsonl: path => `read_json('${path}', format = 'newline_delimited')`,
  parquet: path => `read_parquet('${path}')`,
};

/** Rows of an exported file as another program reads them; values as texts. */
async function readBack(path: string, format: ExportFormat): Promise<Row[]> {
  const database = await DuckDBInstance.create(':memory:');
  const connection = await database.connect();
  try {
    const reader = await connection.runAndReadAll(`SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ${READERS[format](path)}`);
    return reader.getRowObjects();
  } finally {
    connection.closeSync();
    database.closeSync();
  }
}

/** All tables as their rows, and what was wrong. */
async function tablesOf(
  workspace: RecordedWorkspace,
  selector = 'all',
): Promise<Record<TableName, Row[]> & {problems: Record<string, number>}> {
  const problems = new Problems();
  const {tasks} = await readSelection(workspace.layout, selector, problems);
  const folder = join(workspace.folder, 'out');
  const targets = TABLE_NAMES.map(table => ({table, path: join(folder, `${table}.jsonl`)}));
  const counts = await exportTables(workspace.layout, tasks, targets, {format: 'jsonl', problems});
  const rows = targets.map(({path}) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as Row),
  );
  expect(rows.map(({length}) => length)).toEqual(counts);
  return {
    ...(Object.fromEntries(TABLE_NAMES.map((name, i) => [name, rows[i]])) as Record<TableName, Row[]>),
    problems: Object.fromEntries(problems.list().map(({kind, count}) => [kind, count])),
  };
}

const QUESTIONS = [
  aQuestion('q0', {context: '=cmd|"x"', texts: ['Yes, sure', 'No']}),
  bbqQuestion({
    id: 'b0',
    context: 'ambig',
    polarity: 'neg',
    stereotyped: ['old'],
    groups: ['old', 'young', 'unknown'],
    gold: 2,
  }),
  discrimEvalQuestion('d0', {decision: 7, age: 40, gender: 'female', race: 'Black'}),
];

const CONVERSATIONS: ConversationRecord[] = [
  {question: 'q0', answers: {a: ['A', 'A'], b: ['B', 'perhaps']}},
  {question: 'b0', answers: {a: ['A', 'C'], b: ['B', 'C']}},
  {question: 'd0', answers: {a: ['A', 'B'], b: ['B', 'B']}},
];

test('names and types of the columns stay: scripts of others rely on them', () => {
  expect(
    Object.fromEntries(SCHEMA.map(({name, columns}) => [name, columns.map(column => `${column.name} ${column.type}`)])),
  ).toMatchSnapshot();
  for (const {key, columns} of SCHEMA) {
    const names = columns.map(({name}) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining([...key]));
    for (const {name, meaning} of columns) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(meaning.length).toBeGreaterThan(3);
    }
  }
});

test('messages: choices, what is right, the role of BBQ answers, the yes of DiscrimEval', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  workspace.addTask({conversations: CONVERSATIONS});
  const {messages, conversations, questions, problems} = await tablesOf(workspace);
  expect(problems).toEqual({});
  expect(messages).toHaveLength(12);
  const said = (question: string, round: number, agent: string): Row =>
    messages.find(row => row['question_id'] === question && row['round'] === round && row['agent_id'] === agent)!;
  expect(said('q0', 0, 'a')).toMatchObject({
    opinion: 'A',
    opinion_text: 'Yes, sure',
    is_correct: true,
    answer_role: null,
    yes: null,
    persona: 'doctor',
    seat: 0,
    is_last_round: false,
    visible_to_count: 1,
    tokens_prompt: 10,
    attempt_count: 1,
    latency_s: null,
  });
  expect(said('q0', 1, 'b')).toMatchObject({
    opinion: null,
    opinion_raw: 'perhaps',
    is_valid: false,
    is_correct: null,
    is_last_round: true,
  });
  expect(
    [said('b0', 0, 'a'), said('b0', 0, 'b'), said('b0', 1, 'a')].map(row => [row['answer_role'], row['is_correct']]),
  ).toEqual([
    ['biased', false],
    ['counter', false],
    ['unknown', true],
  ]);
  expect([said('d0', 0, 'a'), said('d0', 0, 'b')].map(row => [row['yes'], row['is_correct']])).toEqual([
    [1, null],
    [0, null],
  ]);
  expect(
    conversations.map(row => [
      row['question_id'],
      row['is_consensus'],
      row['majority_opinion'],
      row['majority_is_correct'],
      row['majority_answer_role'],
    ]),
  ).toEqual([
    ['q0', false, 'A', true, null],
    ['b0', true, 'C', true, 'unknown'],
    ['d0', true, 'B', null, null],
  ]);
  expect(questions.find(row => row['question_id'] === 'd0')).toMatchObject({
    decision_question_id: '7',
    age: 40,
    gender: 'female',
    race: 'Black',
    yes_answer: 'A',
    correct_answer: null,
  });
  expect(questions.find(row => row['question_id'] === 'b0')).toMatchObject({
    dataset: 'BBQ',
    category: 'Age',
    context_condition: 'ambig',
    polarity: 'neg',
    biased_answer: 'A',
    counter_answer: 'B',
    unknown_answer: 'C',
    correct_answer: 'C',
  });
});

test('tasks have a column for every parameter in which they differ, agents stand by task and seat', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  workspace.addGrid({
    tasks: ['nurse', 'judge'].map((persona, i) => ({
      task_id: i,
      experiment_name: 'e',
      benchmark_subcategory: 'b',
      grid_sweep_specs: {'agent_definitions.0.persona': persona},
    })),
  });
  const first = workspace.addTask({conversations: CONVERSATIONS, persona: 'nurse'});
  const second = workspace.addTask({conversations: CONVERSATIONS.slice(0, 1), persona: 'judge', reveal: false});
  const {tasks, agents, problems} = await tablesOf(workspace);
  expect(problems).toEqual({});
  expect(tasks).toMatchObject([
    {
      task_id: first,
      'agent_definitions.0.persona': 'nurse',
      'identity_reveal_config.reveal_persona': true,
      question_count: 3,
      conversation_count: 3,
      succeeded_count: 3,
      grid: 'g',
    },
    {
      task_id: second,
      'agent_definitions.0.persona': 'judge',
      'identity_reveal_config.reveal_persona': false,
      question_count: 3,
      conversation_count: 1,
    },
  ]);
  expect(agents.map(row => [row['task_id'], row['seat'], row['agent_id'], row['persona']])).toEqual([
    [first, 0, 'a', 'nurse'],
    [first, 1, 'b', 'nurse'],
    [second, 0, 'a', 'judge'],
    [second, 1, 'b', 'nurse'],
  ]);
});

describe('every record has its row, whatever is wrong with it', () => {
  const one = (fields: Partial<ConversationRecord>): ConversationRecord[] => [
    {...CONVERSATIONS[0]!, ...fields},
    ...CONVERSATIONS.slice(1),
  ];

  test.each<[string, Partial<ConversationRecord>]>([
    ['transcript-missing', {text: null}],
    ['transcript-corrupt', {text: '{"transcript_id": "torn'}],
    ['transcript-of-another-question', {fields: {experiment_metadata: {question_id: 'q9'}}}],
  ])('%s', async (kind, fields) => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    const id = workspace.addTask({conversations: one(fields)});
    const {conversations, messages, problems} = await tablesOf(workspace);
    expect(problems).toEqual({[kind]: 1});
    expect(conversations).toHaveLength(3);
    expect(conversations[0]).toMatchObject({
      record_problem: kind,
      question_id: 'q0',
      status: 'succeeded',
      transcript_id: `${id}-q0`,
      round_count: null,
    });
    expect(messages).toHaveLength(8);
  });

  test('partial and failed conversations, with their status and error', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    const summary = {
      status: 'failed',
      total_rounds: 0,
      final_answers: {},
      error_info: {error_class: 'E', error_code: 'CODE', message: 'gone'},
    };
    workspace.addTask({
      conversations: [
        {...CONVERSATIONS[0]!, status: 'partial'},
        {...CONVERSATIONS[1]!, status: 'failed', fields: {conversation_rounds: [], conversation_summary: summary}},
        CONVERSATIONS[2]!,
      ],
    });
    const {tasks, conversations, messages, problems} = await tablesOf(workspace);
    expect(problems).toEqual({});
    expect(tasks[0]).toMatchObject({conversation_count: 3, succeeded_count: 1, partial_count: 1, failed_count: 1});
    expect(conversations.map(row => [row['status'], row['error_code']])).toEqual([
      ['partial', null],
      ['failed', 'CODE'],
      ['succeeded', null],
    ]);
    expect(messages.map(row => row['conversation_status'])).toEqual([
      ...Array(4).fill('partial'),
      ...Array(4).fill('succeeded'),
    ]);
  });

  test('questions that are unknown or have other choices now: answers stay, nothing is said of what is right', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    const recorded = {
      task_key: 'k',
      attempt: 1,
      questions_sha256: 'old',
      choices: [
        {id: 'A', text: 'No'},
        {id: 'B', text: 'Yes'},
      ],
    };
    workspace.addTask({
      conversations: [
        {...CONVERSATIONS[0]!, fields: {provenance: recorded}},
        {...CONVERSATIONS[1]!, question: 'q9'},
      ],
    });
    const {conversations, messages, problems} = await tablesOf(workspace);
    expect(problems).toEqual({'question-changed': 1, 'question-unknown': 1});
    expect(conversations.map(row => row['record_problem'])).toEqual(['question-changed', 'question-unknown']);
    expect(messages[0]).toMatchObject({
      question_id: 'q0',
      opinion: 'A',
      opinion_text: 'No',
      is_valid: true,
      is_correct: null,
    });
    expect(messages.at(-1)).toMatchObject({question_id: 'q9', opinion: null, opinion_raw: 'C', is_correct: null});
  });

  test('a question file that is gone is named once; the tables are there without it', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    workspace.addTask({conversations: CONVERSATIONS, questionsFile: 'gone.jsonl'});
    const {tasks, questions, messages, problems} = await tablesOf(workspace);
    expect(problems).toEqual({'questions-missing': 1});
    expect(tasks[0]).toMatchObject({question_count: null, task_questions_file: 'gone.jsonl'});
    expect([questions.length, messages.length]).toEqual([0, 12]);
  });

  test('what other systems record by other types is null where it does not fit', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    const message = {
      agent_id: 'zed',
      structured_response: {response_type: 'judge', verdict: 'A', rationale: ['because']},
      visible_to: [],
    };
    workspace.addTask({
      conversations: [
        {
          ...CONVERSATIONS[0]!,
          fields: {created_at: 'yesterday', conversation_rounds: [{round_id: 0, messages: [message]}]},
        },
      ],
    });
    const {messages, conversations} = await tablesOf(workspace);
    expect(messages).toMatchObject([
      {
        agent_id: 'zed',
        seat: null,
        persona: null,
        opinion: null,
        is_valid: null,
        attempt_count: null,
        rationale: '["because"]',
        other_fields_json: '{"verdict":"A"}',
      },
    ]);
    expect(conversations[0]).toMatchObject({created_at_utc: null, majority_opinion: null, is_consensus: null});
  });
});

test('csv, jsonl and parquet hold the same, row by row', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  workspace.addTask({conversations: CONVERSATIONS, persona: '=1+1'});
  workspace.addTask({
    conversations: [
      {...CONVERSATIONS[1]!, text: null},
      {...CONVERSATIONS[2]!, fields: {created_at: '2026-01-01T10:00:00.123456Z'}},
    ],
  });
  const {tasks} = await readSelection(workspace.layout, 'all', new Problems());
  const read: Record<string, Row[][]> = {};
  for (const format of EXPORT_FORMATS) {
    const targets = TABLE_NAMES.map(table => ({table, path: join(workspace.folder, 'out', `${table}.${format}`)}));
    await exportTables(workspace.layout, tasks, targets, {format, problems: new Problems()});
    read[format] = await Promise.all(targets.map(({path}) => readBack(path, format)));
  }
  // CSV and JSON have times as the records do and no number is written with more digits than it has.
  const plainValue = (name: string, value: any): unknown => {
    if (value === null) return null;
    if (name.endsWith('_utc')) return new Date(`${value.replace(' ', 'T').replace('Z', '')}Z`).getTime();
    if (/^(TRUE|FALSE)$/.test(value)) return value.toLowerCase();
    return /^-?\d+\.\d+$/.test(value) ? String(Number(value)) : value;
  };
  const plain = (row: Row): Row =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(name, value)]));
  const withoutApostrophes = (row: Row): Row =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value?.replace(/^'(?==)/, '') ?? value]));
  expect(read['parquet']!.map(rows => rows.length)).toEqual([2, 5, 16, 3, 4]);
  expect(read['jsonl']!.map(rows => rows.map(plain))).toEqual(read['parquet']!.map(rows => rows.map(plain)));
  expect(read['csv']!.map(rows => rows.map(withoutApostrophes).map(plain))).toEqual(
    read['parquet']!.map(rows => rows.map(plain)),
  );
  expect(read['csv']![2]!.filter(row => row['persona'] === "'=1+1")).toHaveLength(6);
});

test('files appear when all are whole, and nothing is left of an export that ended early', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  workspace.addTask({conversations: CONVERSATIONS});
  const {tasks} = await readSelection(workspace.layout, 'all', new Problems());
  const folder = join(workspace.folder, 'out');
  mkdirSync(folder);
  for (const format of EXPORT_FORMATS) {
    const targets = [
      {table: 'tasks' as const, path: join(folder, 'tasks')},
      {table: 'messages' as const, path: join(folder, 'messages')},
    ];
    const stop = AbortSignal.abort();
    await expect(
      exportTables(workspace.layout, tasks, targets, {format, problems: new Problems(), signal: stop}),
    ).rejects.toThrow('abort');
    expect(readdirSync(folder), format).toEqual([]);
  }
  const nowhere = [{table: 'tasks' as const, path: join(workspace.folder, 'q.jsonl', 'tasks')}];
  await expect(
    exportTables(workspace.layout, tasks, nowhere, {format: 'csv', problems: new Problems()}),
  ).rejects.toMatchObject({code: 'cannot-write'});
  expect(existsSync(join(workspace.folder, 'q.jsonl'))).toBe(true);
});
