import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {writeConversationEvents} from '../../../src/analyze/presets/conversation-events.ts';
import {readSelection} from '../../../src/analyze/select/select-tasks.ts';
import {Problems} from '../../../src/analyze/records/problems.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';
import {aQuestion, bbqQuestion} from '../a-question.ts';
import {RecordedWorkspace} from '../recorded-workspace.ts';

interface Line {
  readonly event_type: string;
  readonly label: string;
  readonly source_user: string;
  readonly episode: number;
  readonly event_index: number;
  readonly data: Readonly<Record<string, unknown>>;
}

function readEventLines(path: string): Line[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Line);
}

function aWorkspace(): RecordedWorkspace {
  const workspace = new RecordedWorkspace([aQuestion('q1'), aQuestion('q2'), aQuestion('q3')]);
  workspace.addTask({
    conversations: [
      // Recorded in the order in which they ended.
      {question: 'q2', answers: {a: ['B', 'A'], b: ['A', 'A']}},
      {question: 'q1', answers: {a: ['A', 'A'], b: ['no idea', 'B']}},
      {question: 'q3', answers: {a: ['A', 'A'], b: ['A', 'A']}, status: 'partial'},
    ],
  });
  return workspace;
}

test('turns become actions and answers become choice probes, question by question', async () => {
  const {layout} = aWorkspace();
  const folder = join(temporaryFolder(), 'run');
  const written = await writeConversationEvents(layout, 'all', folder);
  expect(written).toMatchObject({conversations: 2, actions: 8, probes: 15});

  const actions = readEventLines(written.actionFile);
  expect(actions.map(({event_index: index}) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(new Set(actions.map(({event_type: type, label}) => `${type} ${label}`))).toEqual(
    new Set(['action participant']),
  );
  expect(actions.map(({source_user: agent, episode, data}) => [data['question_id'], episode, agent])).toEqual([
    ['q1', 0, 'a'],
    ['q1', 0, 'b'],
    ['q1', 1, 'a'],
    ['q1', 1, 'b'],
    ['q2', 0, 'a'],
    ['q2', 0, 'b'],
    ['q2', 1, 'a'],
    ['q2', 1, 'b'],
  ]);

  const probes = readEventLines(written.probeFile);
  const answers = probes.filter(({label}) => label === 'answer');
  // What names no choice is no answer.
  expect(answers.map(({data}) => data['probe_return'])).toEqual(['A', null, 'A', 'B', 'B', 'A', 'A', 'A']);
  expect(answers.map(({data}) => data['answer_text'])).toEqual(['Yes', null, 'Yes', 'No', 'No', 'Yes', 'Yes', 'Yes']);
  expect(new Set(answers.map(({data}) => JSON.stringify(data['probe_choices'])))).toEqual(new Set(['["A","B"]']));
  const correct = probes.filter(({label}) => label === 'correct');
  expect(correct.map(({data}) => data['probe_return'])).toEqual(['Yes', 'Yes', 'No', 'No', 'Yes', 'Yes', 'Yes']);
});

test('answers of BBQ have a role, and the roles that could be taken are named with it', async () => {
  const row = {
    context: 'ambig',
    polarity: 'neg',
    stereotyped: ['old'],
    groups: ['old', 'young', 'unknown'],
    gold: 2,
  } as const;
  const workspace = new RecordedWorkspace([bbqQuestion({id: 'q1', ...row})]);
  workspace.addTask({conversations: [{question: 'q1', answers: {a: ['A'], b: ['C']}}]});
  const {probeFile} = await writeConversationEvents(workspace.layout, 'all', temporaryFolder());
  const roles = readEventLines(probeFile).filter(({label}) => label === 'answer_role');
  expect(roles.map(({data}) => [data['probe_return'], data['probe_choices']])).toEqual([
    ['biased', ['biased', 'counter', 'unknown']],
    ['unknown', ['biased', 'counter', 'unknown']],
  ]);
});

test('conversations that did not succeed are left out and counted', async () => {
  const {layout} = aWorkspace();
  const {problems} = await writeConversationEvents(layout, 'all', temporaryFolder());
  expect(problems.map(({kind, count}) => [kind, count])).toEqual([['conversation-partial', 1]]);
});

test('tasks may be given instead of a selector, and equal records give equal files', async () => {
  const {layout} = aWorkspace();
  const {tasks} = await readSelection(layout, 'all', new Problems());
  const one = await writeConversationEvents(layout, tasks, temporaryFolder());
  const other = await writeConversationEvents(layout, 'all', temporaryFolder());
  expect(readFileSync(one.actionFile, 'utf8')).toBe(readFileSync(other.actionFile, 'utf8'));
  expect(readFileSync(one.probeFile, 'utf8')).toBe(readFileSync(other.probeFile, 'utf8'));
});

test('a grid without results is refused and leaves no files', async () => {
  const {layout} = new RecordedWorkspace([aQuestion('q1')]);
  const folder = temporaryFolder();
  await expect(writeConversationEvents(layout, 'latest', folder)).rejects.toMatchObject({code: 'results-none'});
  expect(() => readFileSync(join(folder, 'action_events.jsonl'))).toThrow();
});
