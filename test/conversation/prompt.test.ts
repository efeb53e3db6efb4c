import {describe, expect, test} from 'vitest';

import {aggregateErrors} from '../../src/conversation/transcript/transcript.ts';
import {agentSystemPrompt, identityDisplay, promptOpening} from '../../src/conversation/prompt/identity.ts';
import {numberWords} from '../../src/core/text/number-words.ts';
import {answerSpecification, questionBlock} from '../../src/conversation/prompt/prompt.ts';
import {toAskedQuestion} from '../../src/questions/question.ts';
import {tokenMetrics} from '../../src/conversation/transcript/outcome.ts';
import {agent, QUESTION} from './setup.ts';

const ALL = {reveal_persona: true, reveal_demographics: true, reveal_presence_mode: true};

test.each([
  [0, 'zero'],
  [3, 'three'],
  [20, 'twenty'],
  [21, 'twenty-one'],
  [100, 'one hundred'],
  [342, 'three hundred and forty-two'],
  [1000, '1000'],
])('%d is %s', (value, words) => {
  expect(numberWords(value)).toBe(words);
});

describe('an identity', () => {
  test('is in the system message and, in other words, in the prompt', () => {
    const doctor = agent('a', {persona: 'doctor', demographics: 'older'});
    expect(agentSystemPrompt(doctor)).toBe('You are a older doctor acting as a participant.');
    expect(promptOpening(doctor)).toBe('You are a older doctor acting as a participant of the conversation.');
    expect(agentSystemPrompt(agent('b', {if_as_human: false}))).toBe(
      'You are an AI agent assisting a person acting as a participant.',
    );
  });

  test('is shown to others with its right article and only as far as it is revealed', () => {
    const older = agent('a', {persona: 'doctor', demographics: 'older'});
    expect(identityDisplay(older, ALL)).toBe('an older doctor');
    expect(identityDisplay(older, {...ALL, reveal_demographics: false})).toBe('a doctor');
    expect(identityDisplay(older, {...ALL, reveal_persona: false})).toBe('an older person');
    expect(identityDisplay(older, {...ALL, reveal_persona: false, reveal_demographics: false})).toBe('a person');
  });

  test('is not shown without presence, and nothing of it can be revealed then', () => {
    const hidden = {reveal_persona: false, reveal_demographics: false, reveal_presence_mode: false};
    expect(identityDisplay(agent('a', {persona: 'doctor'}), hidden)).toBeNull();
    expect(() => identityDisplay(agent('a'), {...hidden, reveal_persona: true})).toThrow('reveal_presence_mode');
  });
});

describe('a question', () => {
  test('lists all its choices, whatever their ids; under reference those with ids of capital letters', () => {
    const question = {...QUESTION, choices: [{id: '1', text: 'no'}, ...QUESTION.choices, {id: '', text: 'no'}]};
    expect(questionBlock(question, 'arabic_dot')).toContain('\n1. no\n2. The African American man\n');
    expect(answerSpecification(question)).toContain('exactly one of the five options');
    const asBefore = toAskedQuestion(question, 'reference');
    expect(asBefore.choices).toEqual(QUESTION.choices);
    expect(questionBlock(asBefore, 'arabic_dot')).toContain('\n1. The African American man\n');
    expect(answerSpecification(asBefore)).toContain('exactly one of the three options');
  });

  test('has roman numerals up to ten', () => {
    const choices = Array.from({length: 11}, (_, i) => ({id: 'A'.repeat(i + 1), text: `t${i + 1}`}));
    const block = questionBlock({...QUESTION, choices}, 'roman_paren');
    expect(block).toContain('\n(IX) t9\n(X) t10\n(11) t11\n');
  });

  test('shows no list under the format none, and still names the choices in the instructions', () => {
    expect(questionBlock(QUESTION, 'none')).toBe('\nQuestion: Who?\n');
    expect(answerSpecification(QUESTION)).toContain('"Not known"');
  });
});

test('tokens of no messages are zeros; averages are rounded half to even', () => {
  const none = {total: 0, avg: 0, max: 0};
  expect(tokenMetrics([])).toEqual({
    total_messages: 0,
    prompt_tokens: none,
    response_tokens: none,
    combined_tokens: none,
  });
  const messages = [1, 0, 0, 0].map(prompt_tokens => ({
    message_metadata: {retry_count: 0, prompt_tokens, response_tokens: 3},
  }));
  expect(tokenMetrics(messages).prompt_tokens).toEqual({total: 1, avg: 0.2, max: 1});
});

test('errors are counted by kind, the most frequent first, unknown codes in plain words', () => {
  const codes = ['VLLM_OOM_ERROR', 'INVALID_ANSWER', 'INVALID_ANSWER'];
  expect(aggregateErrors(codes.map(error_code => ({error_code})))).toEqual([
    {error: 'Invalid answer: has to be from choice text', count: 2},
    {error: 'Vllm Oom Error', count: 1},
  ]);
});
