import {describe, expect, test} from 'vitest';

import {ERROR_CODES} from '../../src/record/task/recorded-errors.ts';
import {retryFeedback} from '../../src/conversation/retrying.ts';
import {agent, answer, QUESTION, reply, start, type SetupOptions} from './setup.ts';

const ONE: SetupOptions = {agents: [agent('a')], conversation: {max_rounds: 1}, retries: {max_retries: 5}};
const nonsense = (sent: object = {}, text = 'nonsense') => reply(text, {sent: {temperature: 0, ...sent}});

describe('what a retry says of the last reply', () => {
  test('is one line at the end of the same prompt, for the last attempt only', () => {
    const {conversation, ready} = start(ONE);
    const [first] = conversation.reply(ready[0]!, nonsense()).ready;
    const [second] = conversation.reply(first!, reply({answer: 'Somebody', rationale: 'r'})).ready;
    expect(first!.user).toBe(`${ready[0]!.user}\n${retryFeedback('MISSING_STRUCTURED_OUTPUT')}`);
    expect(second!.user).toBe(`${ready[0]!.user}\n${retryFeedback('INVALID_ANSWER')}`);
  });

  test('is recorded with the call that it went with', () => {
    const {conversation, ready} = start(ONE);
    const [first] = conversation.reply(ready[0]!, nonsense()).ready;
    const [second] = conversation.reply(first!, reply({answer: 'Somebody', rationale: 'r'})).ready;
    conversation.reply(second!, answer());
    const {call} = conversation.result().rounds[0]!.messages[0]!.message_metadata;
    expect(call?.failed_attempts?.map(({feedback}) => feedback)).toEqual([
      undefined,
      retryFeedback('MISSING_STRUCTURED_OUTPUT'),
    ]);
    expect(call?.feedback).toBe(retryFeedback('INVALID_ANSWER'));
  });

  test.each([
    ['retry_feedback: false', {...ONE, retries: {max_retries: 5, retry_feedback: false}}],
    ['compatibility: reference', {...ONE, compatibility: 'reference'}],
  ])('is left out under %s', (_name, options) => {
    const {conversation, ready} = start(options);
    expect(conversation.reply(ready[0]!, nonsense()).ready).toEqual([{...ready[0]!, attempt: 1}]);
  });

  test('names no choice and is one line', () => {
    for (const code of Object.values(ERROR_CODES)) {
      const line = retryFeedback(code) ?? '';
      expect(line).not.toContain('\n');
      for (const {text} of QUESTION.choices) expect(line.toLowerCase()).not.toContain(text.toLowerCase());
      expect(line).not.toMatch(/\b(?:unknown|not known|refuse)\b/i);
    }
    expect(retryFeedback('toString')).toBeUndefined();
  });
});

describe('asking ends early', () => {
  /** Answers with the same text until the end. @returns how often it was asked. */
  function ask(options: SetupOptions, sentOf: (attempt: number) => object, text = 'nonsense') {
    const {conversation, ready} = start(options);
    let asked = 0;
    for (let [turn] = ready; turn;) {
      const step = conversation.reply(turn, nonsense(sentOf(asked++), text));
      [turn] = step.ready;
    }
    return {asked, error: conversation.result().error};
  }

  test('when the same request at temperature 0 got the same reply twice', () => {
    const {asked, error} = ask(ONE, () => ({}));
    // The second request differs from the first by its feedback; the third is the second once more.
    expect(asked).toBe(3);
    expect(error).toMatchObject({error_code: 'MAX_RETRIES_EXCEEDED', details: {identical_replies: true}});
    expect(error?.message).toContain('temperature 0');
    expect(ask({...ONE, retries: {max_retries: 5, retry_feedback: false}}, () => ({})).asked).toBe(2);
  });

  test('but not with seeds that differ, at another temperature, where none was sent, or under reference', () => {
    expect(ask(ONE, attempt => ({seed: attempt})).asked).toBe(6);
    expect(ask(ONE, () => ({temperature: 0.7})).asked).toBe(6);
    expect(ask(ONE, () => ({temperature: undefined})).asked).toBe(6);
    expect(ask({...ONE, compatibility: 'reference'}, () => ({})).asked).toBe(6);
  });
});

describe('thoughts of others', () => {
  const thinking = (turn: {agentId: string}) =>
    reply({answer: 'Not known', rationale: 'r'}, {reasoningText: `${turn.agentId} wonders`, reasoningTokens: 3});

  test.each([
    [false, {}],
    [true, {share_reasoning: true}],
  ])('are seen: %s, with %j', (isSeen, conversation) => {
    const {conversation: talk, ready} = start({agents: [agent('a'), agent('b')], conversation});
    const [again] = ready.map(turn => talk.reply(turn, thinking(turn)).ready).flat();
    expect(again!.user.includes('[thoughts of b, not said aloud: b wonders]')).toBe(isSeen);
    expect(again!.user.includes('wonders')).toBe(isSeen);
  });
});

describe('a copied placeholder that is recorded all the same (retry_on_placeholder: false)', () => {
  const placeholder = 'Your reasoning behind your answer in clear and concise sentences.';

  test('is marked, and others see the answer without it', () => {
    const {conversation, ready} = start({
      agents: [agent('a'), agent('b')],
      conversation: {max_rounds: 2},
      retries: {retry_on_placeholder: false},
    });
    conversation.reply(ready[0]!, reply({answer: 'Not known', rationale: placeholder}));
    const [next] = conversation.reply(ready[1]!, reply({answer: 'Not known', rationale: 'of the lack of clues'})).ready;
    const lines = next!.user.split('\n').filter(line => line.startsWith('- ') && line.includes("'s answer"));
    expect(lines[0]).toMatch(/answer to the question is "Not known"\.$/);
    expect(lines[1]).toContain('of the lack of clues');
    expect(lines.join('')).not.toContain(placeholder);
    expect(conversation.result().rounds[0]!.messages[0]!.message_metadata.call?.placeholder).toBe(true);
  });
});
