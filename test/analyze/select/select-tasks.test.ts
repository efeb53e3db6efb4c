import {expect, test} from 'vitest';

import {Problems} from '../../../src/analyze/records/problems.ts';
import {readSelection} from '../../../src/analyze/select/select-tasks.ts';
import {aQuestion} from '../a-question.ts';
import {RecordedWorkspace} from '../recorded-workspace.ts';

const CONVERSATIONS = [{question: 'q0', answers: {a: ['A'], b: ['B']}}];
const GRID = '20260101T000000.000Z_1';

/** A workspace whose tasks are experiments of these names, all of benchmark `b` and of the config `g`. */
function aWorkspace(experiments: readonly string[]): RecordedWorkspace {
  const workspace = new RecordedWorkspace([aQuestion('q0')]);
  for (const name of experiments) workspace.addTask({name, conversations: CONVERSATIONS});
  workspace.addGrid({
    tasks: experiments.map((experiment_name, task_id) => ({task_id, experiment_name, benchmark_subcategory: 'b'})),
  });
  return workspace;
}

async function select(workspace: RecordedWorkspace, selector: string): Promise<string> {
  return (await readSelection(workspace.layout, selector, new Problems())).name;
}

test('a whole name of any kind goes before the beginning of another', async () => {
  const workspace = aWorkspace(['g_first', '20260101T', 'e', 'e_second']);
  expect(await select(workspace, 'g'), 'a config has this name, an experiment begins so').toBe('g');
  expect(await select(workspace, '20260101T'), 'an experiment has this name, a grid begins so').toBe('20260101T');
  expect(await select(workspace, 'e'), 'an experiment has this name, a task begins so').toBe('e');
});

test('among beginnings a grid goes before an experiment, that before a config, and a config before a task', async () => {
  const workspace = aWorkspace(['2026_second', 'gx', 'zz']);
  expect(await select(workspace, '2026')).toBe(GRID);
  expect(await select(workspace, '2026_')).toBe('2026_second');
  expect(await select(workspace, 'gx')).toBe('gx');
  expect(await select(workspace, 'config/g.yaml')).toBe('g');
  expect(await select(workspace, 'zz_')).toBe('zz_20260101T000002.000Z');
});

test('several names for the same tasks are one selection; several selections are refused by their names', async () => {
  const workspace = aWorkspace(['only']);
  expect(await select(workspace, 'on')).toBe('only');
  expect(await select(workspace, 'b'), 'the benchmark, whose only experiment it is').toBe('b');
  const several = aWorkspace(['one', 'other']);
  await expect(select(several, 'o')).rejects.toMatchObject({
    code: 'results-ambiguous',
    message: '"o" fits 2 names: one, other',
  });
  await expect(select(several, 'nothing')).rejects.toMatchObject({
    code: 'results-unknown',
    message: 'no grid, experiment or benchmark "nothing" has results',
    hint: 'there are: one, other; mac ls lists the grids',
  });
  expect(await select(several, 'latest')).toBe('g');
  expect(await select(several, 'all')).toBe('all');
});
