import {expect} from 'vitest';

import {buildIndexRecord} from '../../src/conversation/transcript/transcript.ts';
import type {Outcome} from '../../src/conversation/transcript/outcome.ts';
import {transcriptStatistics} from '../../src/conversation/transcript/transcript-statistics.ts';
import {buildTranscript} from '../../src/conversation/transcript/transcript.ts';
import type {FailedTurn} from '../../src/conversation/turn.ts';
import {goldenSuite, type GoldenVector} from '../support/golden.ts';

function check(mode: 'reference' | 'default', {input, expected}: GoldenVector): void {
  const outcome: Outcome = {
    status: input.status,
    rounds: input.conversation_rounds,
    tokens: input.token_stats,
    validationErrors: input.all_validation_errors,
    error: input.error_info ?? null,
    // The vectors' arguments do not have them.
    failedAttempts: [],
    failedTurn: null,
  };
  const common = {
    outcome,
    transcriptId: input.transcript_id,
    question: input.question,
    config: {...input.config, compatibility: mode},
  };
  const transcript = buildTranscript({
    ...common,
    configSnapshotPath: input.snapshot_path,
    jobTaskId: '<PID>_4',
    submissionTimestamp: utc(input.submission_timestamp),
    executionTimestamp: utc(input.execution_timestamp),
    createdAt: '<TS>',
    debug: input.debug,
  });
  expect(transcript).toEqual(expected.transcript);
  expect(Object.keys(transcript)).toEqual(expected.transcript_key_order);
  const index = buildIndexRecord({
    ...common,
    jobTaskId: '<PID>_4',
    configSnapshotPath: input.snapshot_path,
    transcriptPath: expected.index_entry.transcript_path,
  });
  expect(index).toEqual(expected.index_entry);
  const failedTurn = mode === 'reference' ? readFailedTurn(input.error_info) : blamedTurn(input);
  const statistics = transcriptStatistics({...common, outcome: {...outcome, failedTurn}});
  expect(statistics).toEqual(withFailedTurn(expected.per_transcript_statistics_entry, blamedTurn(input), mode));
}

/** Returns the turn that ran out of retries, from the error's own details. */
function readFailedTurn(error: any): FailedTurn | null {
  const {agent_id: agentId, validation_errors: errors} = error?.details ?? {};
  return agentId && errors ? {agentId, round: 0, attempts: Math.max(1, errors.length), failedAttempts: []} : null;
}

function blamedTurn({error_info: error, config}: any): FailedTurn | null {
  const turn = error?.error_code === 'MAX_RETRIES_EXCEEDED' ? readFailedTurn(error) : null;
  return config.agent_definitions.some((agent: any) => agent.agent_id === turn?.agentId) ? turn : null;
}

/** The statistics as they should have been: the failed agent has its retries, and has exceeded their limit. */
function withFailedTurn(entry: any, turn: FailedTurn | null, mode: string): any {
  if (!turn || mode === 'reference') return entry;
  const own = entry.per_agent[turn.agentId];
  const right = {...own, retry_count: Number(own.retry_count) + turn.attempts - 1, exceeded_retry_limit: true};
  return {...entry, per_agent: {...entry.per_agent, [turn.agentId]: right}};
}

goldenSuite('transcript.json', {mode: 'reference', check: vector => check('reference', vector)});

goldenSuite('transcript.json', {
  mode: 'default',
  check: vector => check('default', vector),
  decision: ({input}) =>
    blamedTurn(input)
      ? 'the agent that ran out of retries has exceeded_retry_limit and its retries counted'
      : undefined,
  checkDecision: vector => check('default', vector),
});

function utc(iso: string): string {
  return iso.replace('+00:00', 'Z');
}
