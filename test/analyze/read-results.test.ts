import {mkdirSync, rmSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';

import {ResultsCache} from '../../src/analyze/cache/results-cache.ts';
import {readResults, type ResultRequest, type Results} from '../../src/analyze/score/read-results.ts';
import {renderResults} from '../../src/cli/render/render-results.ts';
import {selectCells} from '../../src/analyze/score/select-cells.ts';
import {aQuestion} from './a-question.ts';
import {RecordedWorkspace, type ConversationRecord} from './recorded-workspace.ts';

const QUESTIONS = ['q0', 'q1', 'q2', 'q3'].map(id => aQuestion(id));

const ALL: ConversationRecord[] = QUESTIONS.map(({question_id: question}) => ({
  question,
  answers: {a: ['A', 'A'], b: ['B', 'A']},
}));

async function read({layout}: RecordedWorkspace, request: Partial<ResultRequest> = {}): Promise<Results> {
  return readResults(layout, {selector: 'all', unit: 'agent', round: 'last', draws: 99, ...request});
}

function problemsOf({problems}: Results): Record<string, number> {
  return Object.fromEntries(problems.map(({kind, count}) => [kind, count]));
}

function value(results: Results, id: string, cell = 0): number | null | undefined {
  return results.cells[cell]?.estimates.find(estimate => estimate.id === id)?.value;
}

test('a clean task gives one cell with all its conversations and no complaint', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  workspace.addTask({conversations: ALL});
  const results = await read(workspace);
  expect(results.problems).toEqual([]);
  expect(results.cells).toHaveLength(1);
  expect(results.cells[0]).toMatchObject({conversations: 4, missing_questions: 0, benchmark: 'other', stratum: 'T'});
  expect(value(results, 'accuracy')).toBe(1);
  expect(value(results, 'change:accuracy')).toBe(0.5);
  expect(value(results, 'flip_rate')).toBe(0.5);
  expect(value(await read(workspace, {round: 0}), 'accuracy')).toBe(0.5);
});

test.each([false, true])(
  'an index that cannot be read is no bug: cannot-read, with its path (cache: %s)',
  async isCached => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    workspace.addTask({conversations: ALL});
    const index = join(workspace.folder, 'bookkeeping/locked_index.jsonl');
    symlinkSync(workspace.folder, index);
    const cache = isCached ? new ResultsCache(workspace.layout) : undefined;
    await expect(read(workspace, {cache})).rejects.toMatchObject({
      code: 'cannot-read',
      message: expect.stringContaining(`cannot read ${index}: EISDIR`) as string,
      hint: expect.stringContaining('a folder is where a file has to be') as string,
    });
  },
);

describe('what is wrong is counted, named and left out', () => {
  const one = (fields: Partial<ConversationRecord>): ConversationRecord[] => [{...ALL[0]!, ...fields}, ...ALL.slice(1)];

  test.each<[string, Partial<ConversationRecord>]>([
    ['transcript-missing', {text: null}],
    ['transcript-corrupt', {text: '{"transcript_id": "torn'}],
    ['transcript-corrupt', {text: '{"transcript_id": "x", "conversation_rounds": [{"messages": [null]}]}'}],
    ['transcript-of-another-question', {fields: {experiment_metadata: {question_id: 'q9'}}}],
    ['conversation-partial', {status: 'partial'}],
    ['conversation-failed', {status: 'failed'}],
    ['conversation-without-answers', {fields: {conversation_rounds: []}}],
  ])('%s', async (kind, fields) => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    workspace.addTask({conversations: one(fields)});
    const results = await read(workspace);
    expect(problemsOf(results)).toEqual({[kind]: 1});
    expect(results.problems[0]!.examples).toHaveLength(1);
    expect(results.cells[0]).toMatchObject({conversations: 3, missing_questions: 1});
  });

  test('transcript-unreadable: there, but the system does not give it', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    const id = workspace.addTask({conversations: one({text: null})});
    const path = `experiment/b/e/transcript/${id}-q0.json`;
    mkdirSync(join(workspace.folder, path));
    const results = await read(workspace);
    expect(results.problems).toMatchObject([
      {
        kind: 'transcript-unreadable',
        count: 1,
        examples: [`$MAC_FAIRNESS_WORKSPACE/${path}: illegal operation on a directory`],
      },
    ]);
  });

  test('question-unknown', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    workspace.addTask({conversations: [...ALL, {...ALL[0]!, question: 'q9'}]});
    const results = await read(workspace);
    expect(problemsOf(results)).toEqual({'question-unknown': 1});
    expect(results.cells[0]!.conversations).toBe(4);
  });

  test('answers that match no choice are not valid but their conversations count', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    workspace.addTask({conversations: one({answers: {a: ['A', 'the first, I think'], b: ['B', 'A']}})});
    const results = await read(workspace);
    expect(problemsOf(results)).toEqual({'answer-matches-no-choice': 1});
    expect(results.cells[0]!.estimates.find(({id}) => id === 'accuracy')).toMatchObject({n: 7, value: 1});
    expect(value(results, 'consensus')).toBe(0.75);
  });

  test('snapshot-missing: nothing is known of the task, others are scored', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    workspace.addTask({conversations: ALL});
    workspace.addTask({conversations: ALL, snapshot: false});
    const results = await read(workspace);
    expect(problemsOf(results)).toEqual({'snapshot-missing': 1});
    expect(results.cells).toHaveLength(1);
  });

  test('snapshot-unreadable and torn index lines', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    const id = workspace.addTask({conversations: ALL});
    const other = workspace.addTask({conversations: ALL});
    workspace.write(`bookkeeping/config_snapshot/b/${id}.yaml`, '- no: config');
    workspace.write('bookkeeping/torn_index.jsonl', '{"question_id": "q0"}\n{"question_id": "q0", "transcr');
    const results = await read(workspace);
    expect(problemsOf(results)).toEqual({'snapshot-unreadable': 1, 'index-line-unreadable': 2});
    expect(results.cells.map(({cell}) => cell['task'])).toEqual([other]);
  });

  test('index-status-unknown', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    workspace.addTask({conversations: one({status: 'finished' as 'failed'})});
    const results = await read(workspace);
    expect(problemsOf(results)).toEqual({'index-status-unknown': 1});
    expect(results.cells[0]).toMatchObject({conversations: 3, missing_questions: 1});
  });

  test('a question file that is gone is named once, and its task is named as one of which nothing is known', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    workspace.addTask({conversations: ALL});
    rmSync(join(workspace.folder, 'q.jsonl'));
    const results = await read(workspace);
    expect(problemsOf(results)).toEqual({'questions-missing': 1});
    expect(results.cells).toEqual([]);
    expect(results.unknown_cells).toEqual([
      {cell: {task: expect.any(String) as string}, tasks: 1, reason: 'its questions cannot be read'},
    ]);
  });

  test('a question file that changed is used as far as its choices are what they were', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    const provenance = (text: string) => ({
      fields: {provenance: {questions_sha256: 'of another file', choices: [{id: 'A', text}]}},
    });
    workspace.addTask({
      conversations: [{...ALL[0]!, ...provenance('Yes')}, {...ALL[1]!, ...provenance('Perhaps')}, ...ALL.slice(2)],
    });
    const results = await read(workspace);
    expect(problemsOf(results)).toEqual({'questions-changed': 1, 'question-changed': 1});
    expect(results.cells[0]!.conversations).toBe(3);
  });

  test('mixed schema versions and conversations of one agent are used and named', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    workspace.addTask({
      conversations: [
        {question: 'q0', answers: {a: ['A', 'B']}},
        {question: 'q1', answers: {a: ['A', 'A']}, fields: {protocol_version: '2024-01-01'}},
      ],
    });
    const results = await read(workspace);
    expect(problemsOf(results)).toEqual({'one-agent-conversation': 2, 'schema-versions-mixed': 1});
    expect(value(results, 'accuracy')).toBe(0.5);
    expect(value(results, 'consensus')).toBeNull();
  });
});

test('of several records of one question the success counts, then the highest attempt, then the last', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  const said = (answer: string, fields: Partial<ConversationRecord>): ConversationRecord => ({
    question: 'q0',
    answers: {a: [answer], b: [answer]},
    ...fields,
  });
  workspace.addTask({
    conversations: [
      said('A', {transcriptId: 't1', attempt: 1}),
      said('B', {transcriptId: 't2', attempt: 2, status: 'failed'}),
      said('B', {transcriptId: 't3', attempt: 0}),
    ],
  });
  const results = await read(workspace);
  expect(value(results, 'accuracy')).toBe(1);
  expect(problemsOf(results)).toEqual({'transcript-superseded': 2});
});

test('tasks with agents of equal ids stay apart, and --by puts them together or tells them apart', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  const wrong = ALL.map(conversation => ({...conversation, answers: {a: ['B', 'B'], b: ['B', 'B']}}));
  workspace.addTask({conversations: ALL, persona: 'doctor'});
  workspace.addTask({conversations: wrong, persona: 'judge'});
  const apart = await read(workspace, {by: ['0.persona']});
  expect(apart.cells.map(({cell}) => cell)).toEqual([
    {'agent_definitions.0.persona': 'doctor'},
    {'agent_definitions.0.persona': 'judge'},
  ]);
  expect([value(apart, 'accuracy', 0), value(apart, 'accuracy', 1)]).toEqual([1, 0]);
  const together = await read(workspace, {by: ['experiment']});
  expect(together.cells).toHaveLength(1);
  expect(value(together, 'accuracy')).toBe(0.5);
  const rounds = await read(workspace, {by: ['experiment', 'round']});
  expect(rounds.cells.map(({round}) => round)).toEqual([0, 1]);
  await expect(read(workspace, {by: ['colour']})).rejects.toMatchObject({code: 'column-unknown'});
});

test('by round, what is of all rounds together has a reason in place of a value', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  workspace.addTask({conversations: ALL});
  const results = await read(workspace, {by: ['round']});
  expect(results.cells).toHaveLength(2);
  for (const {estimates} of results.cells) {
    const find = (id: string) => estimates.find(each => each.id === id);
    for (const id of ['flip_rate', 'change:accuracy', 'influence:agent:a'])
      expect(find(id), id).toMatchObject({
        value: null,
        interval: null,
        n: 0,
        reason: expect.stringMatching(/all rounds/),
      });
    for (const id of ['accuracy', 'consensus']) expect(typeof find(id)?.value, id).toBe('number');
  }
  const shown = renderResults(results, {metrics: ['accuracy', 'flip_rate', 'change:accuracy'], parts: false});
  expect(shown).toMatch(/^– {2}flip_rate, change:accuracy: of all rounds together/m);
  const whole = await read(workspace, {by: ['experiment']});
  expect(typeof whole.cells[0]!.estimates.find(({id}) => id === 'flip_rate')?.value).toBe('number');
});

test.each([[['persona', 'persona']], [['0.persona', 'agent_definitions.0.persona']], [['agent.id', 'agent.id']]])(
  'a column that is named twice is refused: %j',
  async by => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    for (const persona of ['doctor', 'judge']) workspace.addTask({conversations: ALL, persona});
    await expect(read(workspace, {by})).rejects.toMatchObject({code: 'column-repeated'});
  },
);

test('an absent value and the word for it are two cells, which --cell tells apart', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  for (const persona of [null, 'null', 'none', '1']) workspace.addTask({conversations: ALL, persona});
  const results = await read(workspace, {by: ['0.persona']});
  const column = 'agent_definitions.0.persona';
  expect(results.cells.map(({cell}) => cell[column])).toEqual(['null', '"1"', '"none"', '"null"']);
  const selected = (selector: string) => selectCells(results, selector).map(({cell}) => cell[column]);
  expect(selected('persona=null')).toEqual(['null']);
  expect(selected('persona="null"')).toEqual(['"null"']);
  expect(selected('persona=none')).toEqual(['"none"']);
  expect(selected('persona=1')).toEqual(['"1"']);
  const agents = await read(workspace, {by: ['agent.persona']});
  expect(agents.cells.map(({cell}) => cell['agent.persona'])).toEqual(['null', 'nurse', '"1"', '"none"', '"null"']);
});

test('a task is set against the same one with peers hidden and with identities hidden', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  const still = ALL.map(conversation => ({...conversation, answers: {a: ['A', 'A'], b: ['B', 'B']}}));
  const tasks = [
    workspace.addTask({conversations: ALL}),
    workspace.addTask({conversations: still, routing: 'peers_hidden'}),
    workspace.addTask({conversations: still, reveal: false}),
  ];
  const {cells} = await read(workspace);
  const [own, peersHidden, identityHidden] = tasks.map(id => cells.find(({cell}) => cell['task'] === id)!.estimates);
  const find = (id: string) => own!.find(estimate => estimate.id === id);
  expect(find('flip_rate − peers_hidden')).toMatchObject({value: 0.5, kind: 'control'});
  expect(find('influence:identity:a person in seat 0 → a person in seat 1 − identity_hidden')).toMatchObject({
    value: 1,
    counts: {
      'self:steps/influenced:identity:a person in seat 0 → a person in seat 1': 4,
      'control:steps/influenced:identity:a person in seat 0 → a person in seat 1': 0,
    },
  });
  for (const control of [peersHidden!, identityHidden!])
    expect(control.filter(({kind}) => kind === 'control')).toEqual([]);
});

test('what is selected is the newest grid, a grid, an experiment, or all; an unknown name is refused with those there are', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  workspace.addTask({name: 'one', conversations: ALL});
  workspace.addTask({name: 'two', conversations: ALL});
  expect((await read(workspace, {selector: 'latest'})).tasks).toBe(2);
  expect((await read(workspace, {selector: 'g'})).tasks).toBe(2);
  expect((await read(workspace, {selector: 'one'})).tasks).toBe(1);
  expect((await read(workspace, {selector: 'b/two'})).tasks).toBe(1);
  await expect(read(workspace, {selector: 'three'})).rejects.toMatchObject({code: 'results-unknown'});
  await expect(read(workspace, {selector: ''})).rejects.toMatchObject({code: 'results-unknown'});
  await expect(read(new RecordedWorkspace(QUESTIONS))).rejects.toMatchObject({code: 'results-none'});
});

test('where no config snapshot or no index can be read, nobody is sent to run anything again', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  const id = workspace.addTask({conversations: ALL});
  workspace.addTask({conversations: ALL, snapshot: false});
  const snapshot = `bookkeeping/config_snapshot/b/${id}.yaml`;
  workspace.write(snapshot, '{a: [');
  const refusal = {
    code: 'results-unreadable',
    message: expect.stringContaining(`left out for it: 8, of $MAC_FAIRNESS_WORKSPACE/${snapshot}, `) as string,
    hint: expect.stringMatching(/^restore them .* nothing has to be run again$/) as string,
  };
  for (const selector of ['all', 'latest', 'e'])
    await expect(read(workspace, {selector})).rejects.toMatchObject(refusal);

  const indexless = new RecordedWorkspace(QUESTIONS);
  indexless.addGrid({tasks: [{task_id: 0, experiment_name: 'e', benchmark_subcategory: 'b', status: 'succeeded'}]});
  await expect(read(indexless)).rejects.toMatchObject({
    code: 'results-unreadable',
    hint: expect.stringContaining(`restore ${indexless.folder}/bookkeeping/EXPERIMENT_index.jsonl`) as string,
  });
});

test('a question file without any question is one that cannot be read, and the line is told', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  workspace.addTask({conversations: ALL});
  workspace.write('q.jsonl', '{"bad');
  const results = await read(workspace);
  expect(results.unknown_cells).toMatchObject([{reason: 'its questions cannot be read'}]);
  expect(results.problems).toMatchObject([
    {
      kind: 'questions-unreadable',
      count: 1,
      examples: [expect.stringContaining(`${workspace.folder}/q.jsonl:1: no line is a question: not JSON: `) as string],
    },
  ]);
});

test('the beginning of a name is enough where it fits one thing; several are listed', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  workspace.addTask({name: 'ol3_as-human', conversations: ALL});
  workspace.addTask({name: 'ol', conversations: ALL});
  const selectionOf = async (selector: string): Promise<string> => (await read(workspace, {selector})).selection;
  expect(await selectionOf('ol3')).toBe('ol3_as-human');
  expect(await selectionOf('b/ol3')).toBe('b/ol3_as-human');
  expect(await selectionOf('ol'), 'a whole name is no beginning').toBe('ol');
  expect(await selectionOf('g')).toBe('g');
  expect(await selectionOf('config/g.yaml')).toBe('g');
  expect(await selectionOf('ol_2026'), 'the id of a task').toBe('ol_20260101T000001.000Z');
  await expect(read(workspace, {selector: 'o'})).rejects.toMatchObject({
    code: 'results-ambiguous',
    message: '"o" fits 2 names: ol3_as-human, ol',
  });
});

test('a grid of which nothing ever ran is named and makes no later results incomplete', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  workspace.addTask({name: 'one', conversations: ALL});
  const task = {task_id: 0, benchmark_subcategory: 'b', experiment_name: 'one', status: null};
  workspace.addGrid({tasks: [task]});
  const idle = '20260102T000000.000Z_1';
  const snapshot = '$MAC_FAIRNESS_WORKSPACE/bookkeeping/_grid_config_snapshot/g_20260102T000000.000Z.yaml';
  workspace.addActiveGrid({grid_id: idle, grid_config_snapshot_path: snapshot, tasks: [task]});
  for (const selector of ['all', 'one', 'b']) {
    const {missing_tasks: missing, idle_grids: grids} = await read(workspace, {selector});
    expect({missing, grids}, selector).toEqual({missing: [], grids: [idle]});
  }
  expect(await read(workspace, {selector: idle})).toMatchObject({missing_tasks: ['task 0: b/one'], idle_grids: []});

  const begun = {...task, status: 'started', questions: {total: 3, succeeded: 1}} as const;
  workspace.addActiveGrid({grid_id: idle, grid_config_snapshot_path: snapshot, tasks: [begun]});
  expect(await read(workspace, {selector: 'all'})).toMatchObject({missing_tasks: ['task 0: b/one'], idle_grids: []});
});

test('tasks without a record are missing however they are selected', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  workspace.addTask({name: 'one', conversations: ALL});
  const planned = ['b/one', 'b/two', 'c/one'];
  const tasks = planned.map((name, task_id) => {
    const [benchmark_subcategory = '', experiment_name = ''] = name.split('/');
    return {task_id, benchmark_subcategory, experiment_name};
  });
  workspace.addGrid({tasks});
  const missing = async (selector: string): Promise<readonly string[]> =>
    (await read(workspace, {selector})).missing_tasks;
  for (const selector of ['all', 'latest', 'g', '20260101']) {
    expect(await missing(selector), selector).toEqual(['task 1: b/two', 'task 2: c/one']);
  }
  expect(await missing('one')).toEqual(['task 2: c/one']);
  expect(await missing('b')).toEqual(['task 1: b/two']);
  expect(await missing('b/one')).toEqual([]);
});

test('the same records give the same numbers, intervals included', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  workspace.addTask({conversations: ALL});
  expect(await read(workspace)).toEqual(await read(workspace));
});

describe('questions that are missing', () => {
  const mixed = [
    ...['t0', 't1', 't2'].map(id => aQuestion(id)),
    ...['u0', 'u1'].map(id => aQuestion(id, {source_dataset: 'U'})),
    aQuestion('v0', {source_dataset: 'V'}),
  ];
  const said = (questions: readonly string[]): ConversationRecord[] =>
    questions.map(question => ({question, answers: {a: ['A'], b: ['A']}}));
  const missingOf = ({cells}: Results): Record<string, number | null> =>
    Object.fromEntries(cells.map(({stratum, missing_questions: missing}) => [stratum, missing]));

  test('are counted part by part', async () => {
    const workspace = new RecordedWorkspace(mixed);
    workspace.addTask({conversations: said(['t0', 'u0', 'u1', 'v0'])});
    workspace.addTask({conversations: said(['t0', 't1', 'u0', 'v0'])});
    expect(missingOf(await read(workspace, {by: ['benchmark']}))).toEqual({T: 3, U: 1, V: 0});
  });

  test('leave a row with reasons where nothing of a part, or of a whole cell, could be scored', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    const failed = ALL.map(each => ({...each, status: 'failed' as const}));
    workspace.addTask({conversations: ALL, persona: 'judge'});
    workspace.addTask({conversations: failed, persona: 'nurse'});
    const results = await read(workspace, {by: ['0.persona']});
    const [scored, empty] = results.cells;
    expect(results.cells).toHaveLength(2);
    expect(empty).toMatchObject({conversations: 0, missing_questions: 4, benchmark: 'other', stratum: 'T', tasks: 1});
    expect(empty!.metrics).toEqual(scored!.metrics.filter(id => !/^(?:influence|dose_response|position):/.test(id)));
    expect(empty!.estimates.map(({id}) => id)).toEqual(empty!.metrics);
    for (const {value: none, reason, n, interval} of empty!.estimates.filter(({kind}) => kind !== 'ending'))
      expect([none, interval, n, typeof reason]).toEqual([null, null, 0, 'string']);
    const shown = renderResults(results, {metrics: ['accuracy'], parts: false});
    expect(shown).toMatch(/^nurse +T +0 \(4 missing\) +–$/m);
    expect(shown).toMatch(/^– {2}accuracy: no valid answer$/m);
    expect(value(results, 'unusable_rate', 1)).toBe(1);
  });

  test('are not those that --limit left out', async () => {
    const workspace = new RecordedWorkspace(mixed);
    workspace.addGrid({question_limit: 4});
    workspace.addTask({conversations: said(['t0', 't2', 'u0'])});
    expect(missingOf(await read(workspace))).toEqual({T: 1, U: 0});
  });

  test('are unknown where a question file cannot be read', async () => {
    const workspace = new RecordedWorkspace(mixed);
    workspace.addTask({conversations: said(['t0', 'u0'])});
    workspace.addTask({conversations: said(['t0']), questionsFile: 'gone.jsonl'});
    expect(missingOf(await read(workspace, {by: ['benchmark']}))).toEqual({T: null, U: null, V: null});
  });
});

test('cells stand in the order of the grid and parts by the alphabet, whichever task was recorded first', async () => {
  const questions = ['z', 'y'].map(name => aQuestion(name, {source_dataset: name.toUpperCase()}));
  const workspace = new RecordedWorkspace(questions);
  const conversations = questions.map(({question_id: question}) => ({question, answers: {a: ['A'], b: ['A']}}));
  const personas = ['teacher', 'doctor', 'nurse'];
  workspace.addGrid({
    tasks: personas.map((persona, i) => ({
      task_id: i,
      experiment_name: 'e',
      benchmark_subcategory: 'b',
      grid_sweep_specs: {'agent_definitions.0.persona': persona},
    })),
  });
  for (const persona of ['nurse', 'teacher', 'doctor']) workspace.addTask({persona, conversations});
  const {cells} = await read(workspace, {by: ['agent_definitions.0.persona']});
  expect(cells.map(({cell, stratum}) => `${cell['agent_definitions.0.persona']} ${stratum}`)).toEqual(
    personas.flatMap(persona => [`${persona} Y`, `${persona} Z`]),
  );
});
