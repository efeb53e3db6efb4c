import {expect, test} from 'vitest';

import {readResults, type ResultRequest, type Results} from '../../src/analyze/score/read-results.ts';
import {selectCells} from '../../src/analyze/score/select-cells.ts';
import {aQuestion} from './a-question.ts';
import {RecordedWorkspace, type ConversationRecord} from './recorded-workspace.ts';

const QUESTIONS = ['q0', 'q1', 'q2', 'q3'].map(id => aQuestion(id));

/** Agent a is right from the first round on, b is wrong first and takes a's answer over. */
const FOLLOWED: ConversationRecord[] = QUESTIONS.map(({question_id: question}) => ({
  question,
  answers: {a: ['A', 'A'], b: ['B', 'A']},
}));

/** Both stay wrong. */
const WRONG: ConversationRecord[] = QUESTIONS.map(({question_id: question}) => ({
  question,
  answers: {a: ['B', 'B'], b: ['B', 'B']},
}));

async function read({layout}: RecordedWorkspace, request: Partial<ResultRequest> = {}): Promise<Results> {
  return readResults(layout, {selector: 'all', unit: 'agent', round: 'last', draws: 99, ...request});
}

/** By the values of a cell's columns: what is estimated in it. */
function byCell({cells}: Results): Map<string, (id: string) => number | null | undefined> {
  return new Map(
    cells.map(({cell, estimates}) => [
      Object.values(cell).join(' | '),
      id => estimates.find(estimate => estimate.id === id)?.value,
    ]),
  );
}

/** The fixture's seat 0 is a doctor unless told otherwise, seat 1 a nurse. */
function workspace(): RecordedWorkspace {
  const made = new RecordedWorkspace(QUESTIONS);
  made.addTask({conversations: FOLLOWED, persona: 'doctor'});
  made.addTask({conversations: WRONG, persona: 'judge'});
  return made;
}

test('one row an identity counts the answers of the agents that have it, in whatever task', async () => {
  const results = await read(workspace(), {by: ['agent.persona'], round: 0});
  expect(results.columns).toEqual(['agent.persona']);
  const cells = byCell(results);
  expect([...cells.keys()]).toEqual(['doctor', 'nurse', 'judge']);
  expect(cells.get('doctor')!('accuracy')).toBe(1);
  expect(cells.get('nurse')!('accuracy')).toBe(0);
  expect(cells.get('judge')!('accuracy')).toBe(0);
  const last = byCell(await read(workspace(), {by: ['agent.persona']}));
  expect(last.get('nurse')!('accuracy')).toBe(0.5);
  expect(last.get('nurse')!('change:accuracy')).toBe(0.5);
  expect(last.get('nurse')!('flip_rate')).toBe(0.5);
  expect(last.get('doctor')!('flip_rate')).toBe(0);
});

test('agents with equal ids in different tasks are told apart by their identity, and put together where it is the same', async () => {
  const results = await read(workspace(), {by: ['agent']});
  expect(results.cells.map(({cell, tasks, conversations}) => [cell['agent'], tasks, conversations])).toEqual([
    ['a: doctor, null, m', 1, 4],
    ['b: nurse, null, m', 2, 8],
    ['a: judge, null, m', 1, 4],
  ]);
  const apart = await read(workspace(), {by: ['0.persona', 'agent.id']});
  expect([...byCell(apart).keys()]).toEqual(['doctor | a', 'doctor | b', 'judge | a', 'judge | b']);
});

test('the rows of the agents of a task add up to the row of the task', async () => {
  const sum = (results: Results, column: string): number =>
    results.cells
      .flatMap(({estimates}) => estimates.filter(({id}) => id === 'accuracy' || id === 'flip_rate'))
      .reduce((total, {counts}) => total + (counts[column] ?? 0), 0);
  const [whole, apart] = [await read(workspace(), {by: ['model']}), await read(workspace(), {by: ['agent.id']})];
  for (const column of ['agent@last/n', 'agent@last/correct', 'steps/steps', 'steps/flips'])
    expect(sum(apart, column), column).toBe(sum(whole, column));
});

test('of influence a row has that of its agents on others; of conversations as a whole nothing, and says why', async () => {
  const results = await read(workspace(), {by: ['agent.persona']});
  const cells = byCell(results);
  expect(cells.get('doctor')!('influence:agent:a')).toBe(1);
  expect(cells.get('doctor')!('influence:agent:b')).toBeUndefined();
  for (const {estimates, metrics, refused} of results.cells) {
    expect(estimates.map(({id}) => id)).not.toContain('consensus');
    expect(metrics).not.toContain('entropy');
    expect(refused['consensus']).toMatch(/conversation as a whole/);
  }
  const both = await read(workspace(), {by: ['benchmark']});
  expect(both.cells[0]!.refused).toEqual({});
});

test('an agent is set against itself with peers hidden', async () => {
  const made = new RecordedWorkspace(QUESTIONS);
  made.addTask({conversations: FOLLOWED});
  made.addTask({
    conversations: FOLLOWED.map(each => ({...each, answers: {a: ['A', 'A'], b: ['B', 'B']}})),
    routing: 'peers_hidden',
  });
  const cells = byCell(await read(made, {by: ['routing', 'agent.id']}));
  expect(cells.get('vanilla | b')!('flip_rate − peers_hidden')).toBe(1);
  expect(cells.get('vanilla | a')!('flip_rate − peers_hidden')).toBe(0);
  expect(cells.get('peers_hidden | b')!('flip_rate − peers_hidden')).toBeUndefined();
});

test('a majority belongs to no agent, and an unknown column of agents is named with those there are', async () => {
  await expect(read(workspace(), {by: ['agent'], unit: 'majority'})).rejects.toMatchObject({code: 'column-of-agents'});
  await expect(read(workspace(), {by: ['agent.colour']})).rejects.toMatchObject({
    code: 'column-unknown',
    hint: expect.stringContaining('agent.demographics'),
  });
});

test('an agent without a persona is named by the word that --cell takes for it', async () => {
  const made = new RecordedWorkspace(QUESTIONS);
  made.addTask({conversations: FOLLOWED, persona: null});
  const results = await read(made, {by: ['agent.persona']});
  expect(results.cells.map(({cell}) => cell['agent.persona'])).toEqual(['null', 'nurse']);
  expect(selectCells(results, 'agent.persona=null')).toEqual([results.cells[0]]);
});
