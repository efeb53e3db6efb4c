import {expect, test} from 'vitest';

import {chatMessages, completionPrompt, schemaFormat} from '../../../src/backend/request/messages.ts';

const REMINDER = '\n\nYou must respond with valid JSON only. Do not include any text outside the JSON object.';
const REQUEST = {system: 'You are careful.', user: 'Who was late?'};

test('a chat call has a system message and the prompt with the reminder', () => {
  expect(chatMessages(REQUEST)).toEqual([
    {role: 'system', content: 'You are careful.'},
    {role: 'user', content: `Who was late?${REMINDER}`},
  ]);
});

test('without a system role its text goes before the user’s', () => {
  expect(chatMessages(REQUEST, false)).toEqual([
    {role: 'user', content: `You are careful.\n\nWho was late?${REMINDER}`},
  ]);
});

test('a completion call has both texts in one prompt, without the reminder', () => {
  expect(completionPrompt(REQUEST)).toBe('You are careful.\n\nWho was late?');
});

test('a schema is asked for with the fields of response_format', () => {
  const schema = {type: 'object', required: ['answer']};
  expect(schemaFormat(schema)).toEqual({type: 'json_schema', json_schema: {name: 'answer', schema, strict: true}});
});
