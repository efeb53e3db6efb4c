import {expect, test} from 'vitest';

import {wellFormed} from '../../src/core/text/well-formed.ts';
import {renderJson, renderJsonLine} from '../../src/record/disk/json-text.ts';
import {ANSWER, completion} from '../support/servers/stub.ts';
import {ask} from './ask-stub.ts';

const HALF = 'half \ud83d of an emoji, \udc00 and back, and a whole 🦄';

test('half a surrogate pair never leaves, and the record says so', async () => {
  for (const kind of ['openai', 'ollama', 'anthropic'] as const) {
    const reply = {
      openai: completion({content: ANSWER}),
      ollama: {body: {message: {content: ANSWER}, done: true}},
      anthropic: {body: {content: [{type: 'text', text: ANSWER}]}},
    }[kind];
    const {chats, outcome} = await ask(kind, reply, {request: {user: HALF}});
    expect(JSON.stringify(chats[0]!.body)).toContain('half \ufffd of an emoji, \ufffd and back, and a whole 🦄');
    expect(outcome).toMatchObject({kind: 'reply', text: ANSWER, sent: {text_repaired: true}});
  }
  const {outcome} = await ask('openai', completion({content: ANSWER}));
  expect(outcome).toMatchObject({kind: 'reply', sent: expect.not.objectContaining({text_repaired: true})});
});

test('what a server sends is repaired, too', async () => {
  const {outcome} = await ask('openai', completion({content: HALF, reasoning: HALF}));
  expect(outcome).toMatchObject({text: wellFormed(HALF), reasoningText: wellFormed(HALF), sent: {text_repaired: true}});
});

test('records hold no lone surrogate; an escape that a model wrote as text stays', () => {
  const value = {a: HALF, b: 'written as \\ud83d', c: ['\\\ud83d']};
  for (const text of [renderJson(value), renderJsonLine(value)]) {
    expect(JSON.parse(text)).toEqual({a: wellFormed(HALF), b: 'written as \\ud83d', c: ['\\\ufffd']});
  }
});
