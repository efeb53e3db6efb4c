import {describe, expect, test} from 'vitest';

import {findRole, ROLES} from '../../src/conversation/roles/registry.ts';
import type {Interpretation} from '../../src/conversation/reading/interpret-choice.ts';
import {after, agent, answer, playOut, QUESTION, reply, start} from './setup.ts';

const R = {rationale: 'because'};

function interpret(role: string, fields: Record<string, unknown>, question: object = {}): Interpretation {
  return findRole(role).interpret(fields, {question: {...QUESTION, ...question}, threshold: 0.75, mode: 'default'});
}

describe.each([
  ['participant', {answer: 'Not known'}, {opinion: 'C'}],
  ['judge', {verdict: 'Not known'}, {verdict: 'C'}],
  ['moderator', {summary: 'All agree.'}, {summary: 'All agree.'}],
  ['devils_advocate', {challenge: 'Why?', target_position: 'C'}, {challenge: 'Why?', target_position: 'C'}],
] as const)('a %s', (role, fields, response) => {
  test('is understood', () => {
    expect(interpret(role, {...fields, ...R})).toMatchObject({
      kind: 'accepted',
      response: {response_type: role, rationale: 'because', ...response},
    });
  });

  test.each([undefined, null, '', ' \n', 5, ['r']])('needs a rationale, not %j', rationale => {
    expect(interpret(role, {...fields, rationale})).toMatchObject({
      kind: 'invalid-field',
      message: 'rationale: expected a non-empty text',
    });
  });

  test.each(Object.keys(fields))('needs %s', field => {
    for (const value of [undefined, null, '', ' ', 5, ['x']]) {
      expect(interpret(role, {...fields, ...R, [field]: value}).kind).toMatch(/^invalid-/);
    }
  });

  test('is asked for the fields of its schema, in the order of its prompt', () => {
    for (const order of ['answer_first', 'rationale_first'] as const) {
      const template = findRole(role).template(QUESTION, order);
      const schema = findRole(role).answerSchema(QUESTION, order) as {properties: object; required: string[]};
      const asked = [...template.matchAll(/^ {2}"(\w+)":/gm)].map(match => match[1]);
      expect(Object.keys(schema.properties)).toEqual(asked);
      expect(schema.required).toEqual(asked);
    }
  });
});

test('a participant reasons first where the config says so, also when the server enforces the shape', () => {
  const {ready} = start({
    conversation: {structured_output: 'json_schema'},
    template: {json_field_order: 'rationale_first'},
  });
  expect(Object.keys((ready[0]!.answerSchema as any).properties)).toEqual(['rationale', 'answer']);
});

test('a choice that is offered twice appears once in the enumeration', () => {
  const twice = {...QUESTION, choices: [...QUESTION.choices, {id: 'D', text: 'Not known'}]};
  const {properties} = findRole('judge').answerSchema(twice, 'answer_first') as any;
  expect(properties.verdict.enum).toEqual(QUESTION.choices.map(({text}: any) => text));
});

test('an answer to an open question is taken as it is', () => {
  const open = {question_type: 'open', choices: []};
  expect(interpret('participant', {answer: 'Paris', ...R}, open)).toMatchObject({response: {opinion: 'Paris'}});
  const {conversation, prompts} = playOut(
    {question: open, conversation: {max_rounds: 2}},
    () => 0,
    () => answer('Paris'),
  );
  expect(conversation.result().status).toBe('succeeded');
  expect(prompts.get('1/a')).toContain('answer to the question is "Paris"');
});

test('an answer that names no choice counts as such, even without a rationale', () => {
  expect(interpret('participant', {answer: 'The moon'}).kind).toBe('invalid-answer');
  expect(interpret('judge', {verdict: 'The moon'}).kind).toBe('invalid-answer');
});

test("a judge's evaluations are kept if they are an object", () => {
  const evaluations = {a: 'sound'};
  expect(interpret('judge', {verdict: 'Not known', ...R, evaluations})).toMatchObject({response: {evaluations}});
  for (const other of ['good', ['good'], null]) {
    const result = interpret('judge', {verdict: 'Not known', ...R, evaluations: other});
    expect(result.kind === 'accepted' && 'evaluations' in result.response).toBe(false);
  }
});

test.each([-0.1, 1.1, '0.5', Number.NaN, true])('a consensus level of %j is refused', level => {
  expect(interpret('moderator', {summary: 's', ...R, consensus_level: level}).kind).toBe('invalid-field');
});

test.each([0, 0.5, 1])('a consensus level of %d is kept', level => {
  expect(interpret('moderator', {summary: 's', ...R, consensus_level: level})).toMatchObject({
    response: {consensus_level: level},
  });
});

test('a reply without a rationale is asked again and says why', () => {
  const {conversation, ready} = start();
  const {ready: again} = conversation.reply(ready[0]!, reply({answer: 'Not known'}));
  expect(again).toMatchObject([{agentId: 'a', attempt: 1}]);
  expect(conversation.result().validationErrors[0]).toMatchObject({
    error_class: 'ValidationError',
    error_code: 'VALIDATION_ERROR',
    message: 'rationale: expected a non-empty text',
  });
});

test('under compatibility: reference every role, known or not, is asked as a participant and read as the older system read it', () => {
  const roles = [...Object.keys(ROLES), 'observer'];
  const agents = roles.map((role, i) => agent(`s${i}`, {role, ...(i > 0 ? after(`s${i - 1}`) : {})}));
  const {conversation, prompts} = playOut(
    {compatibility: 'reference', agents, conversation: {max_rounds: 2}},
    () => 0,
    () => reply({answer: 'not known', rationale: 'r'}),
  );
  for (const prompt of prompts.values()) expect(prompt).toContain('"answer": You MUST select exactly one of the three');
  const said = conversation.result().rounds[0]!.messages.map(each => each.structured_response);
  expect(said).toEqual(
    roles.map((role, i) => ({response_type: role, rationale: 'r', opinion: i === 0 ? 'C' : 'not known'})),
  );
  const next = prompts.get('1/s0')!;
  expect(next).toContain('s2 (a person): Verdict: ?. r');
  expect(next).toContain('s4 (a person): [Response type: observer]');
});

test("answers_only hides judges' reasons like everybody's, and the answers of the same round's earlier speakers are seen", () => {
  const agents = [agent('a'), agent('j', {role: 'judge', ...after('a')})];
  const {prompts} = playOut(
    {agents, conversation: {routing_strategy: 'answers_only', max_rounds: 2}},
    () => 0,
    turn => (turn.agentId === 'a' ? answer() : reply({verdict: 'Not known', ...R})),
  );
  expect(prompts.get('0/j')).toContain('- a (a person)\'s answer to the question is "Not known".\n');
  expect(prompts.get('1/a')).toContain('j (a person): Verdict: Not known.\n');
  for (const prompt of prompts.values()) expect(prompt).not.toContain('because');
});

test('peers_hidden hides those who spoke before in the same round, too, and asks as often', () => {
  const agents = [agent('a'), agent('b', after('a'))];
  const options = {agents, conversation: {routing_strategy: 'peers_hidden'}};
  const {conversation, prompts} = playOut(options, () => 0);
  expect(prompts.size).toBe(6);
  for (const [key, prompt] of prompts) {
    const seen = [...prompt.matchAll(/^- (\w+) \(/gm)].map(match => match[1]);
    expect(seen).toEqual(key.startsWith('0/') ? [] : [key.slice(2)]);
  }
  const visible = conversation.result().rounds[0]!.messages.map(each => each.visible_to);
  expect(visible).toEqual([['a'], ['b']]);
});
