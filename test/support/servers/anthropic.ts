import type {StubReply} from './stub.ts';

// Anthropic's Messages API: docs.anthropic.com/en/api/messages and /en/api/errors.

export function message(content: readonly object[], stop_reason: string, more: object = {}): StubReply {
  return {
    body: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content,
      stop_reason,
      stop_sequence: null,
      usage: {input_tokens: 20, output_tokens: 12},
      ...more,
    },
  };
}

export const thoughtAndAnswer = (text: string): StubReply =>
  message(
    [
      {type: 'thinking', thinking: 'Let me see.', signature: 'abc'},
      {type: 'redacted_thinking', data: 'zzz'},
      {type: 'text', text},
    ],
    'end_turn',
  );

export const refusal = message([], 'refusal');

export const contextFull = message([{type: 'text', text: '{"answer": "Bo'}], 'model_context_window_exceeded');

export const twoSamplers: StubReply = {
  status: 400,
  body: {
    type: 'error',
    error: {
      type: 'invalid_request_error',
      message: '`temperature` and `top_p` cannot both be specified for this model. Please use only one.',
    },
  },
};

/** Streamed though not asked; the events of the streaming guide. */
export const streamed = (text: string): StubReply => ({
  headers: {'content-type': 'text/event-stream'},
  body: [
    {
      type: 'message_start',
      message: {model: 'm', content: [], stop_reason: null, usage: {input_tokens: 20, output_tokens: 1}},
    },
    {type: 'content_block_start', index: 0, content_block: {type: 'thinking', thinking: ''}},
    {type: 'content_block_delta', index: 0, delta: {type: 'thinking_delta', thinking: 'Let me see.'}},
    {type: 'content_block_stop', index: 0},
    {type: 'content_block_start', index: 1, content_block: {type: 'text', text: ''}},
    {type: 'content_block_delta', index: 1, delta: {type: 'text_delta', text: text.slice(0, 5)}},
    {type: 'content_block_delta', index: 1, delta: {type: 'text_delta', text: text.slice(5)}},
    {type: 'message_delta', delta: {stop_reason: 'end_turn', stop_sequence: null}, usage: {output_tokens: 15}},
    {type: 'message_stop'},
  ]
    .map(event => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    .join(''),
});
