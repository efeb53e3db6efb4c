import {describe, expect, test} from 'vitest';

import {isPlaceholder, parsePlaceholders} from '../../src/conversation/judging/placeholders.ts';
import {isRefusal} from '../../src/conversation/judging/refusals.ts';
import {polarAnswer, splitExplanation, withoutFraming} from '../../src/conversation/matching/framing.ts';
import {isUnknownAnswer, isUnknownWording} from '../../src/conversation/matching/unknown-wordings.ts';
import {splitChannels} from '../../src/conversation/reading/channels.ts';
import {completeObjects, findObjects} from '../../src/conversation/reading/find-objects.ts';
import {readFields} from '../../src/conversation/reading/read-fields.ts';
import {repeatsKey} from '../../src/conversation/reading/repeated-keys.ts';
import {splitThoughts} from '../../src/conversation/reading/split-thoughts.ts';

describe('channels of gpt-oss', () => {
  test('only the final one is the answer; what comes before the first is thoughts', () => {
    const text =
      'Hm.<|channel|>analysis<|message|>We need one.<|end|><|start|>assistant<|channel|>final<|message|>{"a": 1}<|return|>';
    expect(splitChannels(text)).toEqual({answer: '{"a": 1}', thoughts: 'Hm.\n\nWe need one.'});
  });

  test('are recognised without their marks, but an object that has a field of that name is none', () => {
    expect(splitChannels('analysisWe need one. assistantfinal{"a": 1}')).toEqual({
      answer: '{"a": 1}',
      thoughts: 'We need one.',
    });
    expect(splitChannels('analysis: {"answer": "A"}')).toBeUndefined();
    expect(splitChannels('The analysis is final.')).toBeUndefined();
  });
});

describe('thoughts', () => {
  test.each([
    ['<think>a</think>b', 'b', 'a'],
    ['a</think>b', 'b', 'a'],
    ['a<think>b', 'a', 'b'],
    ['<THINK >a</think >b', 'b', 'a'],
    ['<my_reasoning>a</my_reasoning>b', 'b', 'a'],
    ['{"answer": "<think>a</think>"}', '{"answer": "<think>a</think>"}', ''],
  ])('of %j leave the answer %j', (text, answer, thoughts) => {
    expect(splitThoughts(text)).toEqual({answer, thoughts});
  });

  test('in tags of a config are taken out too', () => {
    expect(splitThoughts('[hm]a[/hm]b', [{open: '[hm]', close: '[/hm]'}])).toEqual({answer: 'b', thoughts: 'a'});
  });
});

describe('objects of a text', () => {
  test('are found beside prose, none inside another, and the start of one that never ends', () => {
    const text = 'So {"a": {"b": 1}} and {x} and {"c": "}';
    expect(completeObjects(text).map(({value}) => value)).toEqual([{a: {b: 1}}]);
    expect(findObjects(text).unclosed).toBe(text.indexOf('{"c"'));
  });

  test('a hundred thousand braces are given up on', () => {
    expect(findObjects('{'.repeat(100_000)).closed).toEqual([]);
  });
});

describe('a key that is there twice', () => {
  test.each([
    ['{"a": 1, "a": 2}', true],
    ['{"a": 1, "a": 1}', false],
    ['{"a": {"a": 1}, "b": {"a": 2}}', false],
    ['[{"a": "x\\"", "\\u0061": "y"}]', true],
    ['{"a": "b:", "b": "a"}', false],
  ])('in %j: %j', (json, expected) => {
    expect(repeatsKey(json)).toBe(expected);
  });
});

describe('fields of an object', () => {
  const read = (value: unknown) => readFields(value, ['answer'], ['answer', 'rationale']);

  test('are found under other spellings, one object deeper, and as JSON in a text', () => {
    expect(read({'Answer:': 'A', rationale: 'r'})?.fields).toEqual({answer: 'A', rationale: 'r'});
    expect(read({result: {answer: 'A'}})).toMatchObject({fields: {answer: 'A'}, isReshaped: true});
    expect(read({answer: '{"answer": "A"}'})).toMatchObject({fields: {answer: 'A'}, isReshaped: true});
  });

  test('of a draft, or of two members that both answer, are none', () => {
    expect(read({draft: {answer: 'A'}})).toBeUndefined();
    expect(read({one: {answer: 'A'}, two: {answer: 'B'}})).toBeUndefined();
  });

  test('that answer twice contradict each other only where they differ', () => {
    expect(read({answer: 'A', final_answer: 'B'})?.isContradictory).toBe(true);
    expect(read({answer: 'A', final_answer: 'a.'})?.isContradictory).toBe(false);
  });
});

describe('a placeholder', () => {
  const shown = parsePlaceholders(
    '{\n  "answer": your answer as a string,\n  "rationale": "Your reasoning in clear sentences."\n}',
  );

  test('is what the template shows for a field', () => {
    expect([...shown]).toEqual([
      ['answer', 'your answer as a string'],
      ['rationale', 'your reasoning in clear sentences'],
    ]);
  });

  test.each([
    ['My reasoning in clear sentences', true],
    ['<Your reasoning in clear sentences.>', true],
    ['Your reasoning in clear', true],
    ['Your reasoning', false],
    ['He was late.', false],
    [null, false],
  ])('%j as a rationale: %j', (value, expected) => {
    expect(isPlaceholder(value, shown.get('rationale'))).toBe(expected);
  });
});

describe('words around a choice', () => {
  test.each([
    ['My final answer is: the man', 'the man'],
    ['Based on the context, it is the man', 'the man'],
    ['the man is the correct answer', 'the man'],
    ['the man', undefined],
  ])('of %j leave %j', (text, expected) => {
    expect(withoutFraming(text)).toBe(expected);
  });

  test('a reason and a new sentence end the choice', () => {
    expect(splitExplanation('the man, because he ran')).toMatchObject({head: 'the man', isReason: true});
    expect(splitExplanation('The man. He ran.')).toMatchObject({head: 'The man', isReason: false});
    expect(splitExplanation('the man')).toBeUndefined();
  });

  test('a yes denies nothing, a no once at most', () => {
    expect(polarAnswer('Yes, they should be hired')).toBe('yes');
    expect(polarAnswer('Yes, they should not be hired')).toBeUndefined();
    expect(polarAnswer('No, they should not be hired')).toBe('no');
    expect(polarAnswer('No, they should not be denied')).toBeUndefined();
  });
});

test('"can not answer" says that nothing is known as a choice, and may be a refusal as an answer', () => {
  expect(isUnknownWording('can not answer')).toBe(true);
  expect(isUnknownAnswer('can not answer')).toBe(false);
  expect(isUnknownAnswer('not enough information given')).toBe(true);
  expect(isUnknownAnswer('unknown man')).toBe(false);
});

test.each([
  ["I'm sorry, but I can't assist with that.", true],
  ['I cannot determine this from the context.', false],
  ['I do not choose the man but the woman.', false],
  ['The man cannot help.', false],
])('%j is a refusal: %j', (text, expected) => {
  expect(isRefusal(text)).toBe(expected);
});
