import {describe, expect, test} from 'vitest';

import {transcriptSchema} from '../../src/record/formats.ts';
import {RECORD_KINDS, recordJsonSchema} from '../../src/record/json-schema.ts';
import {gridManifestSchema} from '../../src/record/grid/grid-manifest.ts';
import {indexSchema} from '../../src/record/index/index-file.ts';
import {taskManifestSchema} from '../../src/record/task/task-manifest.ts';

const TRANSCRIPT = {
  transcript_id: '8c1f',
  protocol_version: '2025-12-10',
  experiment_metadata: {
    experiment_name: 'e',
    benchmark_subcategory: 'b',
    config_snapshot_path: '$MAC_FAIRNESS_WORKSPACE/bookkeeping/config_snapshot/b/e_1.yaml',
    submission_timestamp: '2025-12-10T09:08:07.123456Z',
    execution_timestamp: '2025-12-10T09:08:07.123456Z',
    job_task_id: '1_0',
    question_id: 'q1',
  },
  conversation_rounds: [
    {
      round_id: 0,
      messages: [
        {
          message_id: 'msg_0_001',
          agent_id: 'spkr_001',
          agent_role: 'judge',
          round_id: 0,
          agent_identity_display: null,
          structured_response: {response_type: 'judge', rationale: 'r', verdict: null},
          visible_to: ['spkr_001'],
          message_metadata: {
            retry_count: 0,
            prompt_tokens: 1,
            response_tokens: 1,
            answer_match_info: {
              original_answer: 'A',
              match_details: [{text: 'a', id: 'A', match_score: 1, match_type: 'exact'}],
            },
          },
        },
      ],
    },
  ],
  conversation_summary: {
    total_rounds: 1,
    total_messages: 1,
    status: 'succeeded',
    final_answers: {spkr_001: null},
    consensus_reached: true,
    token_metrics: {
      total_messages: 1,
      prompt_tokens: {total: 1, avg: 1, max: 1},
      response_tokens: {total: 1, avg: 1, max: 1},
      combined_tokens: {total: 2, avg: 2, max: 2},
    },
    retry_statistics: {total_retry_attempts: 0, messages_requiring_retries: 0, validation_errors_summary: []},
  },
  created_at: '2025-12-10T09:08:07.123456Z',
};

/** A copy of the transcript with one value replaced. */
function transcriptWith(path: readonly (string | number)[], value: unknown): unknown {
  const copy: unknown = structuredClone(TRANSCRIPT);
  const last = path.at(-1) ?? '';
  const parent = path.slice(0, -1).reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)[key], copy);
  (parent as Record<PropertyKey, unknown>)[last] = value;
  return copy;
}

test('every record has a versioned schema of the dialect of 2020-12', () => {
  expect(RECORD_KINDS).toEqual(['transcript', 'question', 'manifest', 'grid-manifest', 'index', 'trial']);
  for (const kind of RECORD_KINDS) {
    expect(recordJsonSchema(kind)).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: `urn:mac:${kind}:1`,
      type: 'object',
    });
  }
});

test('the schema of questions says which ids are shown', () => {
  expect(recordJsonSchema('question')).toMatchObject({
    properties: {choices: {items: {properties: {id: {type: 'string', pattern: '^[A-Z]$'}}}}},
  });
});

describe('transcripts', () => {
  test('judges without a verdict and sections of debugging are fine', () => {
    expect(transcriptSchema.safeParse(TRANSCRIPT).error).toBeUndefined();
    expect(transcriptSchema.safeParse({...TRANSCRIPT, retry_config: {max_retries: 2}}).error).toBeUndefined();
  });

  test('a match score beyond its documented range does not cost the record', () => {
    const metadata = ['conversation_rounds', 0, 'messages', 0, 'message_metadata'];
    const odd = transcriptWith([...metadata, 'answer_match_info', 'match_details', 0, 'match_score'], 1.1);
    expect(transcriptSchema.safeParse(odd).error).toBeUndefined();
    expect(JSON.stringify(recordJsonSchema('transcript'))).toContain(
      '"match_score":{"type":"number","minimum":0,"maximum":1',
    );
  });

  test.each([
    [['conversation_summary', 'status'], 'done'],
    [['conversation_summary', 'final_answers'], null],
    [['conversation_rounds', 0, 'messages', 0, 'visible_to'], 'spkr_001'],
    [['experiment_metadata', 'question_id'], 7],
  ])('a wrong value at %j is found there', (path, value) => {
    const {error} = transcriptSchema.safeParse(transcriptWith(path, value));
    expect(error?.issues.map(issue => issue.path)).toEqual([path]);
  });
});

test('index lines and manifests of the older system, which has none of our keys, are whole', () => {
  const line = {
    question_id: 'q1',
    job_task_id: '1_0',
    config_snapshot_path: 'c',
    transcript_path: 't',
    status: 'failed',
    total_rounds_completed: 0,
    fatal_error: {error_class: 'GenerationError', error_code: 'API_ERROR', message: 'no'},
  };
  expect(indexSchema.safeParse(line).error).toBeUndefined();
  expect(indexSchema.safeParse({...line, fatal_error: 'no'}).success).toBe(false);
  const manifest = {
    job_task_id: '1_0',
    config_snapshot_path: 'c',
    num_questions_planned: 1,
    num_questions_processed: 0,
    questions: {q1: {status: null, transcript_id: 't'}},
    created_at: 'now',
  };
  expect(taskManifestSchema.safeParse(manifest).error).toBeUndefined();
  expect(
    taskManifestSchema.safeParse({...manifest, questions: {q1: {status: 'lost', transcript_id: 't'}}}).success,
  ).toBe(false);
  const grid = {
    grid_config_snapshot_path: 'g',
    pid: 1,
    submission_timestamp: 'now',
    num_tasks_planned: 0,
    num_tasks_succeeded: 0,
    tasks: [],
    created_at: 'now',
  };
  expect(gridManifestSchema.safeParse(grid).error).toBeUndefined();
});
