import {describe, expect, test} from 'vitest';

import type {Turn} from '../../src/conversation/turn.ts';
import type {Reply} from '../../src/conversation/judging/judgement.ts';
import {buildIndexRecord} from '../../src/conversation/transcript/transcript.ts';
import {toOutcome} from '../../src/conversation/transcript/outcome.ts';
import {transcriptStatistics} from '../../src/conversation/transcript/transcript-statistics.ts';
import {buildTranscript} from '../../src/conversation/transcript/transcript.ts';
import {recordedError} from '../../src/record/task/recorded-errors.ts';
import {agent, answer, config, playOut, QUESTION, reply, start, type SetupOptions} from './setup.ts';

function records(options: SetupOptions, result: ReturnType<typeof start>['conversation']) {
  const common = {
    outcome: toOutcome(result.result(), false),
    transcriptId: 't',
    question: QUESTION,
    config: {...config(options), experiment_metadata: {schema_version: '2025-12-10'}},
  };
  const transcript = buildTranscript({
    ...common,
    configSnapshotPath: 'c',
    jobTaskId: '1_0',
    submissionTimestamp: 's',
    executionTimestamp: 'e',
    createdAt: 'n',
    debug: false,
  });
  const index = buildIndexRecord({...common, jobTaskId: '1_0', configSnapshotPath: 'c', transcriptPath: 'p'});
  return {summary: transcript.conversation_summary, index, statistics: transcriptStatistics(common)};
}

const nonsenseOf =
  (id: string, round: number) =>
  (turn: Turn): Reply =>
    turn.agentId === id && turn.round === round ? reply('nonsense', {promptTokens: 7, responseTokens: 3}) : answer();

describe('a conversation whose agent ran out of retries', () => {
  const options = {agents: [agent('a'), agent('b')]};
  const play = (extra: SetupOptions = {}) =>
    records({...options, ...extra}, playOut({...options, ...extra}, () => 0, nonsenseOf('b', 1)).conversation);

  test('is partial, names who failed, and counts what the failed attempts cost', () => {
    const {summary, index} = play();
    expect([summary.status, index.status, summary.total_rounds]).toEqual(['partial', 'partial', 1]);
    // a's message of the round that was not completed counts, the attempts of b do not.
    expect(summary.token_metrics.prompt_tokens.total).toBe(30);
    expect(summary.failed_attempts).toEqual({count: 3, prompt_tokens: 21, response_tokens: 9});
    expect(summary.failed_turn).toMatchObject({agent_id: 'b', round_id: 1});
    expect(summary.failed_turn?.failed_attempts.map(each => each.raw_text)).toEqual(Array(3).fill('nonsense'));
    expect(index.fatal_error).toEqual({
      error_class: 'MaxRetriesExceededError',
      error_code: 'MAX_RETRIES_EXCEEDED',
      message: 'Agent b failed after 2 retries',
    });
  });

  test('keeps what the others said in the round that was not completed', () => {
    const {summary} = play();
    expect(summary.unfinished_round).toMatchObject({round_id: 1, messages: [{agent_id: 'a'}], failed_turns: []});
  });

  test('keeps unusable replies of an agent that was still being asked', () => {
    const {conversation, ready} = start(options);
    const [a, b] = ready;
    conversation.reply(a!, reply('half a thought'));
    conversation.fail(b!, {outcome: 'server', error: recordedError('APIRequestError', 'gone')});
    const {summary} = records(options, conversation);
    expect(summary.unfinished_round).toMatchObject({
      round_id: 0,
      messages: [],
      failed_turns: [{agent_id: 'a', failed_attempts: [{raw_text: 'half a thought'}]}],
    });
  });

  test('says of that agent that it exceeded the limit, after two retries', () => {
    const {statistics} = play();
    expect(statistics.per_agent['b']).toMatchObject({retry_count: 2, exceeded_retry_limit: true});
    expect(statistics.per_agent['a']).toMatchObject({retry_count: 0, exceeded_retry_limit: false});
    expect(statistics.failed_attempts).toEqual({count: 3, prompt_tokens: 21, response_tokens: 9});
  });

  test('hides that under compatibility: reference, as the older system did', () => {
    const {statistics} = play({compatibility: 'reference'});
    expect(statistics.per_agent['b']).toMatchObject({retry_count: 0, exceeded_retry_limit: false});
  });
});

test('a failure of the backend after a retry counts the retry but exceeds no limit', () => {
  const options = {agents: [agent('a')]};
  const {conversation, ready} = start(options);
  const [retry] = conversation.reply(ready[0]!, reply('nonsense')).ready;
  conversation.fail(retry!, {outcome: 'server', error: recordedError('APIRequestError', 'gone')});
  const {summary, statistics} = records(options, conversation);
  expect(summary.status).toBe('failed');
  expect(summary.failed_turn).toMatchObject({agent_id: 'a', failed_attempts: [{raw_text: 'nonsense'}]});
  expect(statistics.per_agent['a']).toMatchObject({retry_count: 1, exceeded_retry_limit: false});
});

test.each([
  ['context-full', 'CONTEXT_FULL'],
  ['filtered', 'CONTENT_FILTERED'],
  ['server', 'API_REQUEST_ERROR'],
] as const)('a request that was refused with the outcome %s is counted as %s', (outcome, code) => {
  const options = {agents: [agent('a')]};
  const {conversation, ready} = start(options);
  conversation.fail(ready[0]!, {outcome, error: recordedError('APIRequestError', 'API request failed (400): no')});
  expect(records(options, conversation).index.failures).toEqual([{code, count: 1}]);
});

test('a conversation without failures says nothing of them', () => {
  const {summary, statistics} = records({}, playOut({}, () => 0).conversation);
  expect(summary).toMatchObject({
    status: 'succeeded',
    consensus_reached: true,
    final_answers: {a: 'C', b: 'C', c: 'C'},
  });
  expect(Object.keys(summary)).not.toContain('failed_attempts');
  expect(Object.keys(summary)).not.toContain('failed_turn');
  expect(Object.keys(summary)).not.toContain('unfinished_round');
  expect(Object.keys(statistics)).not.toContain('failed_attempts');
});

test("a judge's verdict is among the final answers, a moderator's summary is not", () => {
  const options = {
    agents: [agent('a'), agent('j', {role: 'judge'}), agent('m', {role: 'moderator'})],
    conversation: {max_rounds: 1},
  };
  const said: Record<string, Reply> = {
    a: answer(),
    j: reply({verdict: 'The African American man', rationale: 'r'}),
    m: reply({summary: 's', rationale: 'r'}),
  };
  const {conversation} = playOut(
    options,
    () => 0,
    turn => said[turn.agentId]!,
  );
  const {summary} = records(options, conversation);
  expect(summary.final_answers).toEqual({a: 'C', j: 'A'});
  expect(summary.consensus_reached).toBe(false);
});
