import fc from 'fast-check';
import {describe, expect, test} from 'vitest';

import {Conversation, type Turn} from '../../src/conversation/conversation.ts';
import type {Reply} from '../../src/conversation/judge-reply.ts';
import {recordedError} from '../../src/record/recorded-errors.ts';

const QUESTION: any = {
  question_id: 'q',
  question_type: 'multiple_choice',
  question: 'Who?',
  choices: [
    {id: 'A', text: 'The African American man'},
    {id: 'B', text: 'The African American woman'},
    {id: 'C', text: 'Not known'},
  ],
};

function config(
  overrides: {conversation?: object; agents?: any[]; retries?: object; compatibility?: string} = {},
): any {
  return {
    ...(overrides.compatibility ? {compatibility: overrides.compatibility} : {}),
    conversation_config: {routing_strategy: 'vanilla', max_rounds: 3, ...overrides.conversation},
    retry_config: {
      max_retries: 2,
      answer_match_threshold: 0.75,
      retry_on_validation_error: true,
      retry_on_generation_error: true,
      ...overrides.retries,
    },
    identity_reveal_config: {reveal_persona: true, reveal_demographics: true, reveal_presence_mode: true},
    prompt_template_config: {for_participant: {choice_display_format: 'bullet', json_field_order: 'answer_first'}},
    agent_definitions: overrides.agents ?? ['a', 'b', 'c'].map(id => agent(id)),
  };
}

function agent(id: string, extra: object = {}): any {
  return {agent_id: id, role: 'participant', if_as_human: true, model: 'm', temperature: 0, max_tokens: 64, ...extra};
}

function reply(value: unknown): Reply {
  return {
    text: typeof value === 'string' ? value : JSON.stringify(value),
    truncated: false,
    promptTokens: 10,
    responseTokens: 5,
    finishReason: 'stop',
    latencyMs: 1,
    servedModel: 'm',
    sent: {},
    backendKind: 'simulated',
  };
}

const answer = (text = 'Not known'): Reply => reply({answer: text, rationale: 'because'});

function start(options: Parameters<typeof config>[0] = {}): {conversation: Conversation; ready: Turn[]} {
  const conversation = new Conversation({question: QUESTION, config: config(options), seed: 's', debug: false});
  return {conversation, ready: [...conversation.start().ready]};
}

/** Answers turns in an order that `pick` decides, until the conversation is over. */
function playOut(
  options: Parameters<typeof config>[0],
  pick: (count: number) => number,
  said: (turn: Turn) => Reply = () => answer(),
) {
  const {conversation, ready} = start(options);
  const prompts = new Map<string, string>();
  while (ready.length > 0) {
    const [turn] = ready.splice(pick(ready.length), 1);
    prompts.set(`${turn!.round}/${turn!.agentId}`, turn!.user);
    ready.push(...conversation.reply(turn!, said(turn!)).ready);
  }
  return {conversation, prompts};
}

describe('a conversation', () => {
  test('ends with every agent once in every round, whatever the order of replies', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), {minLength: 20}), orders => {
        let next = 0;
        const {conversation} = playOut({}, count => orders[next++ % orders.length]! % count);
        expect(conversation.isFinished).toBe(true);
        const {rounds} = conversation.result();
        expect(rounds.map(({messages}) => messages.map(({agent_id: id}) => id))).toEqual([
          ['a', 'b', 'c'],
          ['a', 'b', 'c'],
          ['a', 'b', 'c'],
        ]);
      }),
    );
  });

  test('shows the same prompts in seat order, whatever the order of replies', () => {
    const said = (turn: Turn): Reply => answer(QUESTION.choices[turn.agentIndex].text);
    const {prompts} = playOut({}, () => 0, said);
    fc.assert(
      fc.property(fc.array(fc.nat(), {minLength: 20}), orders => {
        let next = 0;
        expect(playOut({}, count => orders[next++ % orders.length]! % count, said).prompts).toEqual(prompts);
      }),
    );
  });

  test('shuffles messages alike for the same seed, and not into seat order for everyone', () => {
    const options = {conversation: {message_order: 'shuffled'}, agents: ['a', 'b', 'c', 'd', 'e'].map(id => agent(id))};
    const said = (turn: Turn): Reply => answer(QUESTION.choices[turn.agentIndex % 3].text);
    const first = playOut(options, () => 0, said).prompts;
    expect(playOut(options, count => count - 1, said).prompts).toEqual(first);
    const orders = [...first]
      .filter(([key]) => key.startsWith('1/'))
      .map(([, prompt]) =>
        [...prompt.matchAll(/^- (\w)/gm)]
          .slice(5)
          .map(match => match[1])
          .join(''),
      );
    expect(new Set(orders).size).toBeGreaterThan(1);
  });

  test('hides peers under peers_hidden and reasons under answers_only', () => {
    const hidden = playOut({conversation: {routing_strategy: 'peers_hidden'}}, () => 0).prompts.get('1/b')!;
    expect(hidden).toContain("- b (a person)'s answer");
    expect(hidden).not.toContain('- a (');
    const bare = playOut({conversation: {routing_strategy: 'answers_only'}}, () => 0).prompts.get('1/b')!;
    expect(bare).toContain('- a (a person)\'s answer to the question is "Not known".');
    expect(bare).not.toContain('because');
  });

  test('ends early on unanimity only when asked to', () => {
    expect(playOut({}, () => 0).conversation.completedRounds).toBe(3);
    expect(playOut({conversation: {early_stop_on_unanimity: true}}, () => 0).conversation.completedRounds).toBe(1);
  });

  test('records the woman when the answer is the woman with a full stop', () => {
    const {conversation, ready} = start();
    conversation.reply(ready[0]!, answer('the African American woman.'));
    conversation.reply(ready[1]!, answer());
    conversation.reply(ready[2]!, answer());
    expect(conversation.result().rounds[0]!.messages[0]!.structured_response.opinion).toBe('B');
  });

  test.each([
    [{rationale: 'r'}],
    [{answer: '', rationale: 'r'}],
    [{answer: null}],
    [{answer: 7}],
    [['Not known']],
    ['no JSON at all'],
    [{}],
  ])('asks again after %j', said => {
    const {conversation, ready} = start();
    const {ready: again, finished} = conversation.reply(ready[0]!, reply(said));
    expect(finished).toBe(false);
    expect(again).toEqual([{...ready[0]!, attempt: 1}]);
  });

  test('fails after its retries, keeping completed rounds', () => {
    const {conversation} = playOut(
      {},
      () => 0,
      turn => (turn.round === 1 && turn.agentId === 'b' ? reply('nonsense') : answer()),
    );
    const {status, error, rounds, validationErrors} = conversation.result();
    expect(status).toBe('partial');
    expect(error?.error_code).toBe('MAX_RETRIES_EXCEEDED');
    expect(rounds.length).toBe(1);
    expect(validationErrors.length).toBe(3);
  });

  test('does not ask again when retry_on_validation_error is off', () => {
    const {conversation, ready} = start({retries: {retry_on_validation_error: false}});
    expect(conversation.reply(ready[0]!, reply('nonsense')).finished).toBe(true);
  });

  test('ignores replies that come after it ended', () => {
    const {conversation, ready} = start();
    conversation.fail(ready[0]!, recordedError('APIRequestError', 'gone'));
    expect(conversation.reply(ready[1]!, answer()).ready).toEqual([]);
    expect(conversation.result().rounds).toEqual([]);
  });

  test('refuses agents that wait for each other', () => {
    const waits = (id: string, other: string): any =>
      agent(id, {role_specific_config: {speak_after_within_round: [other]}});
    expect(() => start({agents: [waits('a', 'b'), waits('b', 'a')]})).toThrow('can never speak');
    expect(() => start({agents: [waits('a', 'nobody')]})).toThrow('can never speak');
  });

  test("gives judges, moderators and devil's advocates their own prompts and fields", () => {
    const others = {role_specific_config: {speak_after_within_round: ['a']}};
    const agents = [
      agent('a'),
      agent('j', {role: 'judge', ...others}),
      agent('m', {role: 'moderator', ...others}),
      agent('d', {role: 'devils_advocate', ...others}),
    ];
    const said = (turn: Turn): Reply =>
      reply(
        {
          a: {answer: 'Not known', rationale: 'r'},
          j: {verdict: 'the african american woman', rationale: 'r'},
          m: {summary: 'All agree.', consensus_level: 1, rationale: 'r'},
          d: {target_position: 'Not known', challenge: 'Is it?', rationale: 'r'},
        }[turn.agentId],
      );
    const {conversation, prompts} = playOut({agents, conversation: {max_rounds: 2}}, () => 0, said);
    const [messages] = conversation.result().rounds.map(round => round.messages.map(each => each.structured_response));
    expect(messages).toMatchObject([
      {opinion: 'C'},
      {response_type: 'judge', verdict: 'B'},
      {response_type: 'moderator', summary: 'All agree.', consensus_level: 1},
      {response_type: 'devils_advocate', challenge: 'Is it?', target_position: 'Not known'},
    ]);
    expect(prompts.get('0/j')).toContain('"verdict": You MUST select');
    const next = prompts.get('1/a')!;
    expect(next).toContain('j (a person): Verdict: The African American woman. r');
    expect(next).toContain('m (a person): All agree.');
    expect(next).toContain("d (a person): Challenging 'Not known': Is it?");
  });

  test('asks the server to keep to the choices under structured_output: json_schema', () => {
    const {ready} = start({conversation: {structured_output: 'json_schema'}});
    expect(ready[0]!.answerSchema).toMatchObject({
      properties: {answer: {enum: QUESTION.choices.map(({text}: any) => text)}},
      required: ['answer', 'rationale'],
    });
    expect(start().ready[0]!.answerSchema).toBeUndefined();
  });
});
