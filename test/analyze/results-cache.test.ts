import {
  appendFileSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';

import {ResultsCache} from '../../src/analyze/cache/results-cache.ts';
import {readResults, type ResultRequest, type Results} from '../../src/analyze/score/read-results.ts';
import {aQuestion} from './a-question.ts';
import {RecordedWorkspace, type ConversationRecord} from './recorded-workspace.ts';

const QUESTIONS = ['q0', 'q1', 'q2', 'q3'].map(id => aQuestion(id));

const ALL: ConversationRecord[] = QUESTIONS.map(({question_id: question}) => ({
  question,
  answers: {a: ['A', 'A'], b: ['B', 'A']},
}));

const WRONG = {a: ['B', 'B'], b: ['B', 'B']};

interface Read {
  readonly results: Omit<Results, 'transcripts'>;
  readonly transcripts: Results['transcripts'];
}

async function read(
  {layout}: RecordedWorkspace,
  request: Partial<ResultRequest> = {},
  cache = new ResultsCache(layout),
): Promise<Read> {
  const {transcripts, ...results} = await readResults(layout, {
    selector: 'all',
    unit: 'agent',
    round: 'last',
    draws: 99,
    cache,
    ...request,
  });
  return {results, transcripts};
}

/** Returns the results without any cache. */
async function expectAsWithoutCache(workspace: RecordedWorkspace, {results}: Read): Promise<void> {
  expect(results).toEqual((await read(workspace, {cache: undefined})).results);
}

/**
 * Puts a folder's last change into the past: what changed a moment ago may be changing still, and is looked at file by
 * file.
 */
function settle(workspace: RecordedWorkspace): string {
  const folder = join(workspace.folder, 'experiment/b/e/transcript');
  utimesSync(folder, 1e9, 1e9);
  return folder;
}

function cacheFiles({layout}: RecordedWorkspace): string[] {
  return readdirSync(layout.resultsCache, {recursive: true, withFileTypes: true})
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));
}

/** A task with something of everything that can be odd about a conversation. */
function oddTask(workspace: RecordedWorkspace): void {
  workspace.addTask({
    conversations: [
      {question: 'q0', answers: {a: ['none of them', 'A'], b: ['B', 'A']}},
      {question: 'q1', answers: {a: ['A', 'A'], b: ['A', 'A']}, fields: {protocol_version: '2024-01-01'}},
      {question: 'q2', answers: {a: ['A', 'A'], b: ['B', 'A']}, status: 'partial'},
      {question: 'q9', answers: {a: ['A', 'A'], b: ['B', 'A']}, fields: {question: aQuestion('q9')}},
      {question: 'q8', answers: {a: ['A', 'A'], b: ['B', 'A']}},
    ],
  });
}

describe('what was read and computed before', () => {
  test('is neither read nor computed again, and gives the same numbers and the same problems', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    workspace.addTask({conversations: ALL});
    oddTask(workspace);
    settle(workspace);
    const first = await read(workspace);
    expect(first.transcripts).toEqual({read: 9, cached: 0});
    expect(first.results.problems.map(({kind}) => kind)).toContain('question-unknown');
    const files = cacheFiles(workspace).map(path => ({path, changed: statSync(path).mtimeMs}));
    const second = await read(workspace);
    expect(second).toEqual({...first, transcripts: {read: 0, cached: 9}});
    expect(cacheFiles(workspace).map(path => ({path, changed: statSync(path).mtimeMs}))).toEqual(files);
    await expectAsWithoutCache(workspace, second);
  });

  test('serves other requests without being read again', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    workspace.addTask({conversations: ALL});
    oddTask(workspace);
    settle(workspace);
    await read(workspace);
    for (const request of [{unit: 'majority'}, {round: 0}, {by: ['experiment', 'round']}] as const) {
      const {results, transcripts} = await read(workspace, request);
      expect(transcripts.read).toBe(0);
      expect(results).toEqual((await read(workspace, {...request, cache: undefined})).results);
    }
  });

  test('is not believed with --fresh, and written again', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    workspace.addTask({conversations: ALL});
    const folder = settle(workspace);
    const before = await read(workspace);
    const [name] = readdirSync(folder);
    const text = readFileSync(join(folder, name!), 'utf8').replaceAll('"opinion":"A"', '"opinion":"B"');
    writeFileSync(join(folder, name!), text);
    expect((await read(workspace)).results, 'written in place: no folder tells').toEqual(before.results);
    const fresh = await read(workspace, {}, new ResultsCache(workspace.layout, {isRead: false}));
    expect(fresh.transcripts.read).toBe(4);
    expect(fresh.results.cells).not.toEqual(before.results.cells);
    expect((await read(workspace)).results).toEqual(fresh.results);
  });
});

describe('what changed since is read again, and only that', () => {
  test('conversations that were recorded meanwhile', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    const id = workspace.addTask({conversations: ALL.slice(0, 3)});
    const index = join(workspace.folder, `bookkeeping/${id}_index.jsonl`);
    const lines = readFileSync(index, 'utf8');
    await read(workspace);
    const line = lines.split('\n')[0]!.replaceAll('q0', 'q3');
    appendFileSync(index, `${line}\n`);
    const path = join(workspace.folder, 'experiment/b/e/transcript');
    const [first] = readdirSync(path);
    writeFileSync(
      join(path, first!.replace('q0', 'q3')),
      readFileSync(join(path, first!), 'utf8').replaceAll('q0', 'q3'),
    );
    const again = await read(workspace);
    expect(again.transcripts).toEqual({read: 1, cached: 3});
    await expectAsWithoutCache(workspace, again);
  });

  test.each([
    ['replaced', (path: string): void => writeByRename(path, readFileSync(path, 'utf8').replaceAll('"A"', '"B"'))],
    ['removed', (path: string): void => rmSync(path)],
    ['torn', (path: string): void => writeByRename(path, '{"transcript_id": "torn')],
  ])('a transcript that was %s behind the back of the index', async (_what, change) => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    workspace.addTask({conversations: ALL});
    const folder = settle(workspace);
    const before = await read(workspace);
    change(join(folder, readdirSync(folder)[1]!));
    const after = await read(workspace);
    expect(after.transcripts).toEqual({read: 1, cached: 3});
    expect(after.results).not.toEqual(before.results);
    await expectAsWithoutCache(workspace, after);
  });

  test('a transcript that was missing and is there now', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    const id = workspace.addTask({conversations: [{...ALL[0]!, text: null}, ...ALL.slice(1)]});
    const folder = settle(workspace);
    const before = await read(workspace);
    expect(before.results.problems.map(({kind}) => kind)).toEqual(['transcript-missing']);
    expect((await read(workspace)).transcripts, 'it is looked for every time').toEqual({read: 1, cached: 3});
    const other = readFileSync(join(folder, `${id}-q1.json`), 'utf8');
    writeFileSync(join(folder, `${id}-q0.json`), other.replaceAll('q1', 'q0'));
    utimesSync(folder, 1e9, 1e9);
    const after = await read(workspace);
    expect(after.results.problems).toEqual([]);
    await expectAsWithoutCache(workspace, after);
  });

  test('everything about a question file that changed', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    workspace.addTask({conversations: ALL});
    settle(workspace);
    await read(workspace);
    workspace.writeQuestions(QUESTIONS.map(question => ({...question, correct_answer_id: 'B'})));
    const after = await read(workspace);
    expect(after.transcripts.read).toBe(4);
    expect(after.results.problems.map(({kind}) => kind)).toEqual(['questions-changed']);
    await expectAsWithoutCache(workspace, after);
  });

  test('a config snapshot that was edited', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    const id = workspace.addTask({conversations: ALL, persona: 'doctor'});
    settle(workspace);
    await read(workspace);
    const path = join(workspace.folder, `bookkeeping/config_snapshot/b/${id}.yaml`);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('doctor', 'judge'));
    const after = await read(workspace, {by: ['model']});
    await expectAsWithoutCache(workspace, await read(workspace));
    expect(after.transcripts.read).toBe(4);
  });

  test('an index that has a copy', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    const id = workspace.addTask({conversations: ALL});
    settle(workspace);
    const before = await read(workspace);
    const index = join(workspace.folder, `bookkeeping/${id}_index.jsonl`);
    copyFileSync(index, index.replace('_index', '_copy_index'));
    for (let time = 0; time < 2; time++) expect((await read(workspace)).results).toEqual(before.results);
  });
});

describe('the cache is never needed', () => {
  test.each<[string, (path: string) => void]>([
    ['is gone', path => rmSync(path)],
    ['is empty', path => writeFileSync(path, '')],
    ['was cut', path => writeFileSync(path, readFileSync(path).subarray(0, statSync(path).size / 2))],
    ['was altered', path => writeFileSync(path, readFileSync(path, 'utf8').replace(/"A"/, '"B"').replace(/1/g, '2'))],
    ['is of another form', path => writeFileSync(path, '[]\n{}\nnull\n')],
  ])('a file that %s is made anew', async (_what, damage) => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    workspace.addTask({conversations: ALL});
    oddTask(workspace);
    settle(workspace);
    const before = await read(workspace);
    for (const path of cacheFiles(workspace)) damage(path);
    expect(await read(workspace)).toEqual(before);
    expect((await read(workspace)).transcripts).toEqual({read: 0, cached: 9});
  });

  test('where it cannot be written, everything is read every time, and that is said once', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    workspace.addTask({conversations: ALL});
    settle(workspace);
    writeFileSync(workspace.layout.resultsCache, 'a file where the folder has to be');
    for (let time = 0; time < 2; time++) {
      const said: string[] = [];
      const cache = new ResultsCache(workspace.layout, {onUnwritable: message => said.push(message)});
      const without = await read(workspace, {}, cache);
      expect(said).toHaveLength(1);
      expect(without.transcripts).toEqual({read: 4, cached: 0});
      await expectAsWithoutCache(workspace, without);
    }
  });

  test('two at once give the same', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    workspace.addTask({conversations: ALL});
    workspace.addTask({conversations: ALL.map(conversation => ({...conversation, answers: WRONG}))});
    settle(workspace);
    const [one, other] = await Promise.all([read(workspace), read(workspace)]);
    expect(one.results).toEqual(other.results);
    expect((await read(workspace)).results).toEqual(one.results);
  });
});

function writeByRename(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}
