import fc from 'fast-check';
import {describe, expect, test} from 'vitest';

import type {Turn} from '../../src/conversation/turn.ts';
import type {Reply} from '../../src/conversation/judging/judgement.ts';
import {recordedError} from '../../src/record/task/recorded-errors.ts';
import {after, agent, answer, playOut, QUESTION, reply, start} from './setup.ts';

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

  test('shows an agent that waits for others those and their forerunners, whoever else was quick', () => {
    const agents = [agent('a'), agent('b', after('a')), agent('c'), agent('d', after('b'))];
    const speakers = (prompt: string) => [...prompt.matchAll(/^- (\w) \(/gm)].map(match => match[1]).join('');
    const last = (count: number) => count - 1;
    const options = {agents, conversation: {max_rounds: 2}};
    const {prompts} = playOut(options, last);
    expect(playOut(options, () => 0).prompts).toEqual(prompts);
    expect(speakers(prompts.get('0/d')!)).toBe('ab');
    expect(speakers(prompts.get('1/d')!)).toBe('abcdab');
    const reference = {...options, compatibility: 'reference'};
    expect(speakers(playOut(reference, last).prompts.get('0/d')!)).toBe('cab');
  });

  test('shuffles messages the same way for the same seed, and not into seat order for everyone', () => {
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
    expect(again).toMatchObject([{agentId: 'a', round: 0, attempt: 1}]);
    expect(again[0]!.user.startsWith(ready[0]!.user)).toBe(true);
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
    conversation.fail(ready[0]!, {outcome: 'server', error: recordedError('APIRequestError', 'gone')});
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

  test('never has two turns of one agent open, and always ends, whoever waits for whom and whatever they say', () => {
    // Each agent waits for some of those before it: no circles.
    const waits = fc.array(fc.array(fc.boolean(), {minLength: 5, maxLength: 5}), {minLength: 1, maxLength: 5});
    const outcomes = fc.array(fc.constantFrom('ok', 'ok', 'ok', 'nonsense'), {minLength: 30, maxLength: 30});
    const orders = fc.array(fc.nat(), {minLength: 30, maxLength: 30});
    fc.assert(
      fc.property(waits, outcomes, orders, (matrix, said, picks) => {
        const agents = matrix.map((row, i) =>
          agent(`s${i}`, after(...matrix.flatMap((_, j) => (j < i && row[j] ? [`s${j}`] : [])))),
        );
        const {conversation, ready} = start({agents, conversation: {max_rounds: 2}});
        let open = ready;
        for (let turns = 0; open.length > 0; turns++) {
          expect(new Set(open.map(({agentId}) => agentId)).size).toBe(open.length);
          const turn = open[picks[turns % 30]! % open.length]!;
          const step = conversation.reply(turn, said[turns % 30] === 'ok' ? answer() : reply('nonsense'));
          expect(step.finished).toBe(conversation.isFinished);
          open = step.finished ? [] : [...open.filter(other => other !== turn), ...step.ready];
          expect(step.finished || open.length > 0).toBe(true);
        }
        expect(conversation.isFinished).toBe(true);
        for (const {messages} of conversation.result().rounds) {
          expect(messages.map(({agent_id: id}) => id)).toEqual(agents.map(({agent_id: id}) => id));
        }
      }),
    );
  });

  test('says how many turns wait for others, and shows them what was said', () => {
    const {conversation, ready} = start({agents: [agent('a'), agent('b', after('a'))]});
    expect(ready.map(({agentId}) => agentId)).toEqual(['a']);
    const step = conversation.reply(ready[0]!, answer());
    expect(step.blocked).toBe(0);
    expect(step.ready[0]!.user).toContain("- a (a person)'s answer");
  });

  test('takes no turn twice, and none of a round that is over', () => {
    const {conversation, ready} = start({agents: [agent('a'), agent('b')]});
    conversation.reply(ready[0]!, answer());
    expect(() => conversation.reply(ready[0]!, answer())).toThrow('Internal error');
    const [retry] = conversation.reply(ready[1]!, reply('nonsense')).ready;
    expect(() =>
      conversation.fail(ready[1]!, {outcome: 'server', error: recordedError('APIRequestError', 'gone')}),
    ).toThrow('Internal error');
    conversation.reply(retry!, answer());
    expect(() => conversation.reply(retry!, answer())).toThrow('Internal error');
  });

  test('refuses to begin without agents or rounds', () => {
    expect(() => start({agents: []})).toThrow('needs an agent');
    expect(() => start({conversation: {max_rounds: 0}})).toThrow('max_rounds');
  });

  test.each(['constructor', 'toString', 'observer'])('refuses the role and the routing %s', name => {
    expect(() => start({agents: [agent('a', {role: name})]})).toThrow('unknown role');
    expect(() => start({conversation: {routing_strategy: name}})).toThrow('Unknown routing strategy');
  });

  test('goes on as the older system did under compatibility: reference', () => {
    const said = [{answer: '', rationale: ''}, {rationale: 'r'}, {answer: 'Not known'}].map(each => reply(each));
    const {conversation} = playOut(
      {compatibility: 'reference', conversation: {max_rounds: 1}},
      count => count - 1,
      turn => said[turn.agentIndex]!,
    );
    const [round] = conversation.result().rounds;
    expect(round!.messages.map(each => [each.agent_id, each.structured_response.opinion])).toEqual([
      ['c', 'C'],
      ['b', ''],
      ['a', ''],
    ]);
  });

  test('ends at once under compatibility: reference when the answer is no text', () => {
    const {conversation, ready} = start({compatibility: 'reference'});
    conversation.reply(ready[0]!, reply({answer: 7, rationale: 'r'}));
    const {status, error, failedAttempts, failedTurn} = conversation.result();
    expect([status, error?.error_code]).toEqual(['failed', 'UNEXPECTED_ERROR']);
    expect(failedAttempts).toHaveLength(1);
    expect(failedTurn).toMatchObject({agentId: 'a', round: 0, attempts: 1});
  });

  test('asks again under compatibility: reference although retry_on_validation_error is off', () => {
    const {conversation, ready} = start({compatibility: 'reference', retries: {retry_on_validation_error: false}});
    expect(conversation.reply(ready[0]!, reply('nonsense')).ready).toHaveLength(1);
  });

  test('asks again after a reply that was cut off', () => {
    const {conversation, ready} = start();
    conversation.reply(
      ready[0]!,
      reply({answer: 'Not known', rationale: 'r'}, {ending: 'max-tokens', responseTokens: 64}),
    );
    const [error] = conversation.result().validationErrors;
    expect(error).toMatchObject({
      error_code: 'MAX_LENGTH_EXCEEDED',
      message: 'Response exceeded max tokens (64/64)',
      details: {agent_id: 'a', attempt: 0},
    });
  });

  test('records prompts and scores only with the debug flag', () => {
    const metadata = (debug: boolean) => {
      const {conversation} = playOut({debug, conversation: {max_rounds: 1}}, () => 0);
      return conversation.result().rounds[0]!.messages[0]!.message_metadata;
    };
    expect(Object.keys(metadata(false))).toEqual([
      'retry_count',
      'prompt_tokens',
      'response_tokens',
      'matched_answer_text',
      'call',
    ]);
    expect(metadata(true).prompt).toContain('Question: Who?');
    expect(metadata(true).answer_match_info?.match_details[0]).toMatchObject({id: 'C', match_type: 'exact'});
  });

  test('keeps what failed attempts said and cost', () => {
    const {conversation, ready} = start({agents: [agent('a')], conversation: {max_rounds: 1}});
    const [retry] = conversation.reply(ready[0]!, reply('nonsense', {promptTokens: 7, responseTokens: 3})).ready;
    conversation.reply(retry!, answer());
    const {call, retry_count: retries} = conversation.result().rounds[0]!.messages[0]!.message_metadata;
    expect(retries).toBe(1);
    expect(call?.failed_attempts).toEqual([
      {
        error_code: 'MISSING_STRUCTURED_OUTPUT',
        raw_text: 'nonsense',
        finish_reason: 'stop',
        latency_ms: 1,
        prompt_tokens: 7,
        response_tokens: 3,
        sampling: {},
      },
    ]);
  });

  test('marks messages that were read from damaged JSON', () => {
    const {conversation} = playOut(
      {conversation: {max_rounds: 1}},
      () => 0,
      turn => (turn.agentIndex === 0 ? reply("{'answer': 'Not known', 'rationale': 'r',}") : answer()),
    );
    const [first, second] = conversation.result().rounds[0]!.messages.map(each => each.message_metadata.call);
    expect(first?.json_repaired).toBe(true);
    expect(second).not.toHaveProperty('json_repaired');
  });
});
