import {expect, test} from 'vitest';

import * as errors from '../../../src/record/task/reply-errors.ts';

const WHO = {agentId: 'agent_1', attempt: 2};
const long = 'x'.repeat(600);

test.each([
  [
    errors.contextFull({...WHO, promptTokens: 4000, tokensGenerated: 96, maxTokens: 512}),
    'CONTEXT_FULL',
    '96 of 512 tokens: the context is full (prompt 4000, reply 96 tokens)',
    {prompt_tokens: 4000, tokens_generated: 96, max_tokens: 512},
  ],
  [
    errors.promptTruncated({...WHO, promptTokens: 4000}),
    'PROMPT_TRUNCATED',
    'The server dropped a part of the prompt and kept 4000 tokens',
    {prompt_tokens: 4000},
  ],
  [
    errors.replyInterrupted({...WHO, finishReason: null, tokensGenerated: 3}),
    'REPLY_INTERRUPTED',
    'broke the reply off after 3 tokens, without a reason',
    {finish_reason: null, tokens_generated: 3},
  ],
  [
    errors.replyInterrupted({...WHO, finishReason: 'abort', tokensGenerated: 3}),
    'REPLY_INTERRUPTED',
    'with the reason "abort"',
    {finish_reason: 'abort', tokens_generated: 3},
  ],
  [
    errors.contentFiltered({...WHO, finishReason: 'content_filter'}),
    'CONTENT_FILTERED',
    'A content filter stopped the reply',
    {finish_reason: 'content_filter'},
  ],
  [
    errors.modelRefused({...WHO, how: 'declared', words: long}),
    'MODEL_REFUSED',
    'The model declined to answer',
    {how: 'declared', refusal_text: long.slice(0, 500)},
  ],
  [
    errors.modelRefused({...WHO, how: 'text', words: 'I cannot'}),
    'MODEL_REFUSED',
    'The model declined to answer, by its words',
    {how: 'text', refusal_text: 'I cannot'},
  ],
  [
    errors.thoughtsOnly({...WHO, reasoningTokens: 90, tokensGenerated: 100, maxTokens: 100}),
    'THOUGHTS_ONLY',
    '90 of 100 tokens went into thinking',
    {reasoning_tokens: 90, tokens_generated: 100, max_tokens: 100},
  ],
  [
    errors.thoughtsOnly({...WHO, reasoningTokens: undefined, tokensGenerated: 100, maxTokens: 100}),
    'THOUGHTS_ONLY',
    '100 of 100 tokens went into thinking',
    {reasoning_tokens: 100, tokens_generated: 100, max_tokens: 100},
  ],
  [
    errors.placeholderReturned({...WHO, field: 'rationale', text: long}),
    'PLACEHOLDER_RATIONALE',
    "rationale: the prompt's placeholder came back",
    {field: 'rationale', text: long.slice(0, 500)},
  ],
  [
    errors.labelContradicts({...WHO, answerText: 'A. third', label: 'A', labelled: 'keep', named: 'third'}),
    'LABEL_CONTRADICTS',
    'The label A stands for "keep", the words for "third"',
    {answer_text: 'A. third', label: 'A', labelled_choice: 'keep', named_choice: 'third'},
  ],
  [
    errors.labelContradicts({...WHO, answerText: 'Z. third', label: 'Z', labelled: null, named: 'third'}),
    'LABEL_CONTRADICTS',
    'The label Z stands for no choice',
    {answer_text: 'Z. third', label: 'Z', labelled_choice: null, named_choice: 'third'},
  ],
])('%# says whose attempt it was, what happened and with what numbers', (error, code, words, details) => {
  expect(error.error_code).toBe(code);
  expect(error.message).toContain(words);
  expect(error.details).toEqual({agent_id: 'agent_1', attempt: 2, ...details});
});
