import {expect, test} from 'vitest';

import {orderChoices} from '../../src/questions/question.ts';
import {start} from './setup.ts';

const question = (id: string, count = 3): any => ({
  question_id: id,
  question: 'Who?',
  choices: Array.from({length: count}, (_, i) => ({id: String.fromCharCode(65 + i), text: `choice ${i}`})),
});
const questions = (count: number): any[] => Array.from({length: count}, (_, i) => question(`q${i}`));
const shown = (ordered: readonly any[]): string[] =>
  ordered.map(({choices}) => choices.map((choice: {id: string}) => choice.id).join(''));

test('fixed leaves the questions as they are', () => {
  const all = questions(2);
  expect(orderChoices(all, {order: 'fixed', seed: 1, repetition: 3})).toBe(all);
});

test('counterbalanced puts every choice equally often in every place, and goes on with the repetition', () => {
  const rotated = (repetition: number) =>
    shown(orderChoices(questions(6), {order: 'counterbalanced', seed: 1, repetition}));
  expect(rotated(1)).toEqual(['ABC', 'BCA', 'CAB', 'ABC', 'BCA', 'CAB']);
  expect(rotated(2)).toEqual(['BCA', 'CAB', 'ABC', 'BCA', 'CAB', 'ABC']);
  expect(rotated(4)).toEqual(rotated(1));
});

test('counterbalanced counts questions with other numbers of choices apart', () => {
  const mixed = [question('a'), question('b', 2), question('c'), question('d', 2), question('e')];
  expect(shown(orderChoices(mixed, {order: 'counterbalanced', seed: 1, repetition: 1}))).toEqual([
    'ABC',
    'AB',
    'BCA',
    'BA',
    'CAB',
  ]);
});

test('shuffled depends on the seed and the question alone', () => {
  const order = (seed: number, repetition = 1) =>
    shown(orderChoices(questions(40), {order: 'shuffled', seed, repetition}));
  expect(order(1)).toEqual(order(1, 2));
  expect(order(1)).not.toEqual(order(2));
  expect(new Set(order(1)).size).toBe(6);
  const [one] = orderChoices([question('q7')], {order: 'shuffled', seed: 1, repetition: 1});
  expect(shown([one])[0]).toBe(order(1)[7]);
});

test('choices take part whatever their ids', () => {
  const odd = {...question('q'), choices: [{id: 'x', text: 'too'}, ...question('q').choices]};
  const [, second] = orderChoices([odd, odd], {order: 'counterbalanced', seed: 1, repetition: 1});
  expect(shown([second])).toEqual(['ABCx']);
});

test('prompt, answer specification and JSON Schema have the shown order, and an answer gives the id of its choice', () => {
  const [, reordered] = orderChoices([question('q0'), question('q1')], {
    order: 'counterbalanced',
    seed: 1,
    repetition: 1,
  });
  const {conversation, ready} = start({
    question: {...reordered, question_type: 'multiple_choice'},
    conversation: {max_rounds: 1, structured_output: 'json_schema'},
    template: {choice_display_format: 'letter_paren'},
  });
  const {user, answerSchema} = ready[0]!;
  expect(user).toContain('(A) choice 1\n(B) choice 2\n(C) choice 0');
  expect(user).toContain('"choice 1" OR "choice 2" OR "choice 0"');
  expect((answerSchema as any).properties.answer.enum).toEqual(['choice 1', 'choice 2', 'choice 0']);
  for (const turn of ready) {
    conversation.reply(turn, {
      text: JSON.stringify({answer: 'choice 0', rationale: 'r'}),
      ending: 'complete',
      promptTokens: 1,
      responseTokens: 1,
      finishReason: 'stop',
      latencyMs: 1,
      servedModel: 'm',
      sent: {},
      backendKind: 'vllm',
    });
  }
  const {rounds} = conversation.result();
  expect(rounds[0]!.messages.map(message => message.structured_response.opinion)).toEqual(['A', 'A', 'A']);
});
