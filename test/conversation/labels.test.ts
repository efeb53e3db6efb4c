import {describe, expect, test} from 'vitest';

import type {ChoiceDisplayFormat} from '../../src/core/task-config.ts';
import {orderChoices} from '../../src/questions/question.ts';
import {labelChoices} from '../../src/conversation/matching/labels.ts';
import {matchAnswer} from '../../src/conversation/matching/match-answer.ts';
import {reply, start, type SetupOptions} from './setup.ts';

const choices = (...ids: string[]) => ids.map(id => ({id, text: `wording x${id}x`}));
const question = (list: readonly {id: string; text: string}[]): any => ({
  question_id: 'q',
  question_type: 'multiple_choice',
  question: 'Which?',
  choices: list,
});

function ask(list: readonly {id: string; text: string}[], format: ChoiceDisplayFormat, more: SetupOptions = {}) {
  const begun = start({question: question(list), template: {choice_display_format: format}, ...more});
  const shown = /Choices:\n([^]*?)\n\n/.exec(begun.ready[0]!.user)![1]!.split('\n');
  return {...begun, shown};
}

function opinion(list: readonly {id: string; text: string}[], format: ChoiceDisplayFormat, answer: string): unknown {
  const {conversation, ready} = ask(list, format, {conversation: {max_rounds: 1}});
  for (const turn of ready) {
    conversation.reply(turn, reply({answer, rationale: 'because'}));
  }
  return conversation.result().rounds[0]?.messages[0]?.structured_response.opinion;
}

const KEEP_AND_THIRD = [
  {id: 'B', text: 'keep'},
  {id: 'D', text: 'third'},
];
const MANY = choices(...Array.from({length: 30}, (_, i) => (i < 26 ? '' : 'A') + String.fromCharCode(65 + (i % 26))));

describe('letters are the ids of the choices', () => {
  test('in the prompt, whatever their places', () => {
    expect(ask(KEEP_AND_THIRD, 'letter_dot').shown).toEqual(['B. keep', 'D. third']);
    expect(ask(KEEP_AND_THIRD, 'letter_paren', {compatibility: 'reference'}).shown).toEqual(['(B) keep', '(D) third']);
  });

  test('in the answer: a label alone, beside the words, and one that was not shown', () => {
    expect(opinion(KEEP_AND_THIRD, 'letter_dot', 'D')).toBe('D');
    expect(opinion(KEEP_AND_THIRD, 'letter_dot', '(B)')).toBe('B');
    expect(opinion(KEEP_AND_THIRD, 'letter_dot', 'D. third')).toBe('D');
    expect(opinion(KEEP_AND_THIRD, 'letter_dot', 'B. third')).toBeUndefined();
    expect(opinion(KEEP_AND_THIRD, 'letter_dot', 'A. keep')).toBeUndefined();
    expect(opinion(KEEP_AND_THIRD, 'letter_dot', 'A')).toBeUndefined();
  });

  test('by place when A, B, C, … are shown in another order, which the record has', () => {
    const [, rotated] = orderChoices([question(choices('A', 'B', 'C')), question(choices('A', 'B', 'C'))], {
      order: 'counterbalanced',
      seed: 1,
      repetition: 1,
    });
    const {choices: shown} = rotated!;
    expect(ask(shown, 'letter_colon').shown).toEqual(['A: wording xBx', 'B: wording xCx', 'C: wording xAx']);
    expect(opinion(shown, 'letter_colon', 'A')).toBe('B');
    expect(opinion(shown, 'letter_colon', 'B')).toBe('C');
  });

  test('beyond 26 choices', () => {
    for (const mode of ['default', 'reference'] as const) {
      const {shown} = ask(MANY, 'letter_dot', {compatibility: mode});
      expect(shown.slice(25, 28)).toEqual(['Z. wording xZx', 'AA. wording xAAx', 'AB. wording xABx']);
    }
    expect(opinion(MANY, 'letter_dot', 'AB')).toBe('AB');
    expect(opinion(MANY, 'letter_dot', '(AC)')).toBe('AC');
    expect(opinion(MANY, 'letter_dot', 'AD. wording xADx')).toBe('AD');
    expect(opinion(MANY, 'letter_dot', 'AB. wording xADx')).toBeUndefined();
    // The first choice, not the 27th.
    expect(opinion(MANY, 'letter_dot', 'A')).toBe('A');
  });

  test('that are accented or words', () => {
    expect(opinion(choices('É', 'Ö'), 'letter_dot', 'Ö')).toBe('Ö');
    expect(opinion(choices('yes', 'no'), 'letter_paren', '(no)')).toBe('no');
  });
});

describe('numbers count places', () => {
  test('in the prompt and in the answer', () => {
    expect(ask(KEEP_AND_THIRD, 'arabic_dot').shown).toEqual(['1. keep', '2. third']);
    expect(ask(KEEP_AND_THIRD, 'roman_paren').shown).toEqual(['(I) keep', '(II) third']);
    expect(opinion(KEEP_AND_THIRD, 'arabic_dot', '2')).toBe('D');
    expect(opinion(KEEP_AND_THIRD, 'roman_paren', 'II')).toBe('D');
    expect(opinion(MANY, 'arabic_dot', '30')).toBe('AD');
    expect(opinion(MANY, 'roman_dot', '27')).toBe('AA');
    expect(opinion(MANY, 'roman_dot', 'i')).toBe('A');
  });

  test('unless an id is the number of another place', () => {
    const numbered = choices('1', '3');
    expect(ask(numbered, 'arabic_dot').shown).toEqual(['1. wording x1x', '3. wording x3x']);
    expect(opinion(numbered, 'arabic_dot', '3')).toBe('3');
    expect(opinion(numbered, 'arabic_dot', '2')).toBeUndefined();
  });
});

test('every label that a prompt shows names its own choice, in every style', () => {
  for (const list of [KEEP_AND_THIRD, MANY, choices('x', 'A', '2'), choices('10', '2', '1')]) {
    for (const style of ['letters', 'arabic', 'roman'] as const) {
      const labels = labelChoices(list, style);
      const found = labels.map(label => matchAnswer(label, list, 0.75, 'default', style).matchedId);
      expect(found).toEqual(list.map(({id}) => id));
    }
  }
});
