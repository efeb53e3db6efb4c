import {describe, expect, test} from 'vitest';

import {readComparison} from '../../src/analyze/compare/read-comparison.ts';
import {readResults, type ResultRequest, type Results} from '../../src/analyze/score/read-results.ts';
import type {CellEstimate} from '../../src/analyze/metrics/cell-estimates.ts';
import {ResultsCache} from '../../src/analyze/cache/results-cache.ts';
import {renderResults} from '../../src/cli/render/render-results.ts';
import type {Question} from '../../src/questions/question.ts';
import {aQuestion} from './a-question.ts';
import {RecordedWorkspace, type ConversationRecord} from './recorded-workspace.ts';

const TEXTS = ['red', 'green', 'blue'];

/** The right answer stands at every place as often. */
const QUESTIONS = Array.from({length: 12}, (_, i) =>
  aQuestion(`q${i}`, {texts: TEXTS, correct_answer_id: 'ABC'[i % 3]!}),
);

/** @param order ids as they were shown. */
function said(question: Question, answer: string, order?: string): ConversationRecord {
  const choices = Array.from(order ?? '', id => question.choices.find(choice => choice.id === id)!);
  const provenance = {task_key: 'k', attempt: 1, questions_sha256: '', choices};
  // Without the file's hash the questions count as changed, and are used for their choices are the same.
  return {
    question: question.question_id,
    answers: {a: [answer]},
    ...(order === undefined ? {} : {fields: {provenance}}),
  };
}

function workspaceOf(questions: readonly Question[], conversations: readonly ConversationRecord[]): RecordedWorkspace {
  const workspace = new RecordedWorkspace(questions);
  workspace.addTask({conversations});
  return workspace;
}

async function read({layout}: RecordedWorkspace, request: Partial<ResultRequest> = {}): Promise<Results> {
  return readResults(layout, {selector: 'all', unit: 'agent', round: 'last', draws: 99, ...request});
}

function positions(results: Results): readonly CellEstimate[] {
  return results.cells[0]!.estimates.filter(({kind}) => kind === 'position');
}

function shares(results: Results): (readonly [string, number | null, number | undefined])[] {
  return positions(results).map(({id, value, expected}) => [id, value, expected] as const);
}

describe('where among the shown choices answers stand', () => {
  test('a share for every position, beside what it would be by content', async () => {
    // Always the first: right in 4 of 12.
    const results = await read(
      workspaceOf(
        QUESTIONS,
        QUESTIONS.map(question => said(question, 'A')),
      ),
    );
    const found = shares(results);
    expect(found.map(([id, value]) => [id, value])).toEqual([
      ['position:1 of 3', 1],
      ['position:2 of 3', 0],
      ['position:3 of 3', 0],
    ]);
    for (const [, , expected] of found) expect(expected).toBeCloseTo(1 / 3, 12);
    expect(positions(results)[0]).toMatchObject({n: 12, clusters: 12, round: 'last', unit: 'agent'});
  });

  test('what is right counts for where it was shown: an answerer that is right has no preference', async () => {
    const lopsided = QUESTIONS.map(question => ({...question, correct_answer_id: 'A'}));
    const results = await read(
      workspaceOf(
        lopsided,
        lopsided.map(question => said(question, 'A')),
      ),
    );
    expect(shares(results)).toEqual([
      ['position:1 of 3', 1, 1],
      ['position:2 of 3', 0, 0],
      ['position:3 of 3', 0, 0],
    ]);
    expect(results.warnings).toEqual([]);
  });

  test('expected shares follow from how often answers are right, by hand', async () => {
    // Right at 1 in 8 of 12 questions, at 2 in 4; 6 answers right. At 1: (6 · 8/12 + 6 · 4/12 / 2)/12 = 5/12.
    const questions = QUESTIONS.map((question, i) => ({...question, correct_answer_id: i < 8 ? 'A' : 'B'}));
    const answers = questions.map((question, i) => said(question, i % 2 === 0 ? question.correct_answer_id : 'C'));
    const results = await read(workspaceOf(questions, answers));
    const expected = shares(results).map(([, , each]) => each!);
    expect(expected[0]).toBeCloseTo(5 / 12, 12);
    expect(expected[1]).toBeCloseTo((6 * (4 / 12) + (6 * (8 / 12)) / 2) / 12, 12);
    expect(expected[2]).toBeCloseTo(6 / 2 / 12, 12);
    expect(expected.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 12);
  });

  test('the order in which choices were shown counts, not that of the file; the cache keeps it', async () => {
    const orders = ['BCA', 'CAB', 'ABC'];
    // Whatever stands first.
    const all = QUESTIONS.map((question, i) => said(question, orders[i % 3]![0]!, orders[i % 3]));
    const workspace = workspaceOf(QUESTIONS, all);
    const results = await read(workspace, {cache: new ResultsCache(workspace.layout)});
    expect(shares(results)[0]!.slice(0, 2)).toEqual(['position:1 of 3', 1]);
    const again = await read(workspace, {cache: new ResultsCache(workspace.layout), draws: 199});
    expect(again.transcripts.read).toBe(0);
    expect(shares(again)).toEqual(shares(results));
  });

  test('questions of two and three choices are told apart; answers that name no choice have no place', async () => {
    const questions = [aQuestion('y0'), aQuestion('y1'), aQuestion('t', {texts: TEXTS})];
    const all = [said(questions[0]!, 'B'), said(questions[1]!, 'neither'), said(questions[2]!, 'C')];
    const found = shares(await read(workspaceOf(questions, all)));
    expect(found.map(([id, value]) => [id, value])).toEqual([
      ['position:1 of 2', 0],
      ['position:2 of 2', 1],
      ['position:1 of 3', 0],
      ['position:2 of 3', 0],
      ['position:3 of 3', 1],
    ]);
  });

  test('is compared like any other share', async () => {
    const workspace = new RecordedWorkspace(QUESTIONS);
    workspace.addTask({persona: 'judge', conversations: QUESTIONS.map(question => said(question, 'A'))});
    workspace.addTask({persona: 'nurse', conversations: QUESTIONS.map((question, i) => said(question, 'ABC'[i % 3]!))});
    const {comparisons} = await readComparison(workspace.layout, {
      contrasted: {kind: 'sides', first: '0.persona=judge', second: '0.persona=nurse'},
      of: 'all',
      metrics: () => ['position:1 of 3'],
      unit: 'agent',
      round: 'last',
      draws: 99,
      parts: false,
      blocks: false,
    });
    const [effect] = comparisons[0]!.strata[0]!.effects;
    expect(effect).toMatchObject({id: 'position:1 of 3', kind: 'position', first: 1, second: 4 / 12});
  });
});

describe('a position that takes far more than its share', () => {
  /** 29 of 40 answers at the first place, as seen of a small model. */
  const forty = Array.from({length: 40}, (_, i) =>
    aQuestion(`q${i}`, {texts: TEXTS, correct_answer_id: 'ABC'[i % 3]!}),
  );
  const most = forty.map((question, i) => said(question, i < 29 ? 'A' : i % 2 === 0 ? 'B' : 'C'));

  test('is a warning with both shares and what helps', async () => {
    const results = await read(workspaceOf(forty, most));
    expect(results.warnings).toMatchObject([
      {
        kind: 'position',
        benchmark: 'other',
        message: expect.stringContaining('shown position 1 of 3 takes 73 %') as string,
      },
    ]);
    expect(results.warnings[0]!.message).toContain('33 % would be its share by content');
    const shown = renderResults(results, {metrics: undefined, parts: false});
    expect(shown).toContain('warning: other: shown position 1 of 3 takes 73 % of the answers');
    expect(shown).toContain('choice_order: counterbalanced');
  });

  test('is none where few answers, or one question asked again and again, could be chance', async () => {
    expect((await read(workspaceOf(forty, most.slice(0, 5)))).warnings).toEqual([]);
    const workspace = new RecordedWorkspace(forty.slice(0, 1));
    for (let i = 0; i < 12; i++) workspace.addTask({name: `e${i}`, conversations: most.slice(0, 1)});
    expect((await read(workspace, {by: []})).warnings).toEqual([]);
  });

  test('even answers are no warning', async () => {
    const even = forty.map((question, i) => said(question, 'ABC'[i % 3]!));
    expect((await read(workspaceOf(forty, even))).warnings).toEqual([]);
  });
});
