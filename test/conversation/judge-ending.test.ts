import {describe, expect, test} from 'vitest';

import {judgeReply} from '../../src/conversation/judging/judge-reply.ts';
import type {Judgement, Reply} from '../../src/conversation/judging/judgement.ts';
import {agent, config, QUESTION, reply} from './setup.ts';

/** A reply whose text is whole and right: only its ending speaks against it. */
const WHOLE = {answer: 'Not known', rationale: 'because'};

function judge(extra: Partial<Reply>, compatibility?: string): Judgement {
  return judgeReply(reply(WHOLE, extra), {
    agent: agent('a', {max_tokens: 100}),
    question: QUESTION,
    config: config(compatibility === undefined ? {} : {compatibility}),
    attempt: 0,
  });
}

describe('a reply that did not end by itself is never read as an answer', () => {
  test.each<[string, Partial<Reply>, string, string, string]>([
    ['max-tokens', {}, 'retry', 'cut', 'MAX_LENGTH_EXCEEDED'],
    ['context-full', {}, 'retry', 'context-full', 'CONTEXT_FULL'],
    ['interrupted', {finishReason: 'abort'}, 'retry', 'server', 'REPLY_INTERRUPTED'],
    ['filtered', {finishReason: 'content_filter'}, 'fatal', 'filtered', 'CONTENT_FILTERED'],
    ['refused', {finishReason: 'refusal'}, 'fatal', 'refused', 'MODEL_REFUSED'],
    ['prompt-truncated', {}, 'fatal', 'prompt-truncated', 'PROMPT_TRUNCATED'],
  ])('%s', (ending, extra, kind, outcome, code) => {
    expect(judge({ending: ending as Reply['ending'], ...extra})).toMatchObject({
      kind,
      outcome,
      error: {error_code: code},
    });
  });

  test('a declared refusal ends the conversation, and its words are recorded', () => {
    expect(judge({refusal: 'I will not.'})).toMatchObject({
      kind: 'fatal',
      outcome: 'refused',
      error: {error_code: 'MODEL_REFUSED', details: {how: 'declared', refusal_text: 'I will not.'}},
    });
    expect(judge({refusal: ' '}).kind).toBe('accepted');
  });

  test('a full context is told with its numbers and is not called too many tokens', () => {
    const judgement = judge({ending: 'context-full', promptTokens: 481, responseTokens: 31});
    expect(judgement).toMatchObject({
      error: {message: expect.stringContaining('31 of 100 tokens: the context is full')},
    });
    expect(judgement).toMatchObject({error: {message: expect.stringContaining('prompt 481')}});
  });
});

test('thoughts without an answer are told with how many tokens they took, and what helps', () => {
  const judgement = judgeReply(reply('', {text: '', reasoningText: 'hm', reasoningTokens: 71, responseTokens: 90}), {
    agent: agent('a', {max_tokens: 100}),
    question: QUESTION,
    config: config({}),
    attempt: 0,
  });
  expect(judgement).toMatchObject({kind: 'retry', error: {error_code: 'THOUGHTS_ONLY'}});
  const told = expect.stringMatching(
    /^71 of 90 tokens went into thinking .*raise max_tokens .*enable_thinking: false.*reasoning parser/,
  );
  expect(judgement).toMatchObject({error: {message: told}});
});

describe('under compatibility: reference', () => {
  test('only replies that were too long are asked again', () => {
    expect(judge({ending: 'max-tokens'}, 'reference')).toMatchObject({error: {error_code: 'MAX_LENGTH_EXCEEDED'}});
    expect(judge({ending: 'context-full', finishReason: 'length', backendKind: 'vllm'}, 'reference')).toMatchObject({
      error: {error_code: 'MAX_LENGTH_EXCEEDED'},
    });
    for (const extra of [
      {ending: 'context-full', finishReason: 'length', backendKind: 'ollama'},
      {ending: 'interrupted'},
      {ending: 'filtered'},
      {ending: 'prompt-truncated'},
    ] as const) {
      expect(judge(extra, 'reference').kind).toBe('accepted');
    }
  });
});
