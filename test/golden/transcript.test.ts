import {expect} from 'vitest';

import {
  buildIndexRecord,
  buildTranscript,
  transcriptStatistics,
  type Outcome,
} from '../../src/conversation/transcript.ts';
import {goldenSuite} from '../support/golden.ts';

goldenSuite('transcript.json', {
  mode: 'reference',
  check: ({input, expected}) => {
    const outcome: Outcome = {
      status: input.status,
      rounds: input.conversation_rounds,
      tokens: input.token_stats,
      validationErrors: input.all_validation_errors,
      error: input.error_info ?? null,
      failedAgentId: null,
    };
    const common = {
      outcome,
      transcriptId: input.transcript_id,
      question: input.question,
      config: {...input.config, compatibility: 'reference'},
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
    expect(transcriptStatistics(common)).toEqual(expected.per_transcript_statistics_entry);
    const index = buildIndexRecord({
      ...common,
      jobTaskId: '<PID>_4',
      configSnapshotPath: input.snapshot_path,
      transcriptPath: expected.index_entry.transcript_path,
    });
    expect(index).toEqual(expected.index_entry);
  },
});

function utc(iso: string): string {
  return iso.replace('+00:00', 'Z');
}
