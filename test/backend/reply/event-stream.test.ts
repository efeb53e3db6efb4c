import {describe, expect, test} from 'vitest';

import {assembleStream, isStream} from '../../../src/backend/reply/event-stream.ts';
import * as anthropic from '../../support/servers/anthropic.ts';
import * as ollama from '../../support/servers/ollama.ts';

test.each<[boolean, string | null, string]>([
  [true, 'text/event-stream; charset=utf-8', ''],
  [true, 'application/x-ndjson', '{}'],
  [true, 'application/json', 'data: {}\n\n'],
  [true, null, '\uFEFF\nevent: ping\n'],
  [true, null, 'id: 1\ndata: {}'],
  [false, 'application/json', '{"data": 1}'],
  [false, null, 'database: down'],
  [false, null, ''],
])('%s: content type %j with %j is a stream', (is, type, body) => expect(isStream(type, body)).toBe(is));

const lines = (...events: unknown[]): string => events.map(event => `data: ${JSON.stringify(event)}\n\n`).join('');
const chunk = (delta: object, finish_reason: string | null = null): object => ({
  model: 'm',
  choices: [{index: 0, delta, finish_reason}],
});

describe('OpenAI’s chunks', () => {
  test('are one completion: texts grow, lists too, the last word on the end and the tokens counts', () => {
    const stream = lines(
      chunk({role: 'assistant', content: ''}),
      chunk({role: 'assistant', reasoning_content: 'H'}),
      chunk({reasoning_content: 'm.', reasoning_details: [{text: 'a'}]}),
      chunk({content: '{"a": ', reasoning_details: [{text: 'b'}]}),
      chunk({content: '1}', refusal: null}, 'stop'),
      {choices: [], usage: {prompt_tokens: 4, completion_tokens: 5}},
    );
    expect(assembleStream(`: ping\n\n${stream}data: [DONE]\n\n`)).toEqual({
      model: 'm',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: '{"a": 1}',
            reasoning_content: 'Hm.',
            reasoning_details: [{text: 'a'}, {text: 'b'}],
          },
          finish_reason: 'stop',
        },
      ],
      usage: {prompt_tokens: 4, completion_tokens: 5},
    });
  });

  test('that were cut have no finish reason and lose only their last line', () => {
    const stream = lines(chunk({content: '{"a'}), chunk({content: '": 1}'}));
    expect(assembleStream(stream.slice(0, -20))).toEqual({
      model: 'm',
      choices: [{index: 0, message: {content: '{"a'}, finish_reason: null}],
      usage: undefined,
    });
  });
});

test('Anthropic’s events are one message', () => {
  expect(assembleStream(String(anthropic.streamed('{"answer": 1}').body))).toEqual({
    model: 'm',
    stop_reason: 'end_turn',
    content: [
      {type: 'thinking', thinking: 'Let me see.'},
      {type: 'text', text: '{"answer": 1}'},
    ],
    usage: {input_tokens: 20, output_tokens: 15},
  });
});

test('Ollama’s lines are one answer, of /api/chat and of /api/generate', () => {
  expect(assembleStream(String(ollama.streamed.body))).toMatchObject({
    message: {role: 'assistant', content: '{"answer": "Bob"}'},
    done: true,
    done_reason: 'stop',
    eval_count: 4,
  });
  const generated = '{"response": "{\\"a\\"", "done": false}\n{"response": ": 1}", "done": true, "eval_count": 2}\n';
  expect(assembleStream(generated)).toMatchObject({response: '{"a": 1}', done: true, eval_count: 2});
});

describe('an error in a stream is the answer', () => {
  test.each<[string, object]>([
    ['OpenAI', {error: {message: 'worker died'}}],
    ['vLLM before 0.10.1', {object: 'error', message: 'worker died'}],
    ['Anthropic', {type: 'error', error: {type: 'overloaded_error', message: 'Overloaded'}}],
  ])('%s', (_who, error) => {
    expect(assembleStream(lines(chunk({content: 'half'}), error))).toEqual(error);
  });

  test('but not one that is null', () => {
    expect(assembleStream(lines({...chunk({content: 'x'}), error: null}, chunk({}, 'stop')))).toMatchObject({
      choices: [{message: {content: 'x'}, finish_reason: 'stop'}],
    });
  });
});

test('one event is the whole answer, a list of errors too; nothing to read is null', () => {
  expect(assembleStream('data: {"choices": [{"message": {"content": "x"}}]}\n\n')).toEqual({
    choices: [{message: {content: 'x'}}],
  });
  expect(assembleStream('data: [{"error": {"message": "x"}}]\n\n')).toEqual([{error: {message: 'x'}}]);
  expect(assembleStream(': ping\n\ndata: [DONE]\n\n')).toBeNull();
  expect(assembleStream('')).toBeNull();
});
