import {expect} from 'vitest';

import {buildTaskSummary} from '../../src/record/task/task-summary.ts';
import {fileTimestamp, jsonTimestamp} from '../../src/record/disk/timestamps.ts';
import {goldenSuite} from '../support/golden.ts';

/** Microseconds survive: Date.parse keeps milliseconds only. */
function parseIso(iso: string): number {
  const micros = Number((/\.(\d{1,6})/.exec(iso)?.[1] ?? '').padEnd(6, '0'));
  return Date.parse(iso.replace(/\.\d+/, '')) + micros / 1000;
}

goldenSuite('task-summary.json', {
  mode: 'reference',
  check: ({input, expected}) => {
    const startMs = parseIso(input.start_time);
    const endMs = parseIso(input.end_time);
    const summary = buildTaskSummary({
      jobTaskId: '<PID>_2',
      config: input.config,
      configSnapshotPath: input.config_snapshot_path,
      startTime: jsonTimestamp(startMs + 0.0002),
      endTime: jsonTimestamp(endMs + 0.0002),
      durationMs: Math.round((endMs - startMs) * 1000) / 1000,
      createdAt: '<TS>',
      questions: {
        total: input.questions_total,
        succeeded: input.questions_succeeded,
        partial: input.questions_partial,
        failed: input.questions_failed,
      },
      failures: input.error_summary ?? [],
      transcripts: input.per_transcript_stats ?? [],
      debug: input.debug,
    });
    expect(summary).toEqual(expected.summary);
    expect(Object.keys(summary)).toEqual(expected.summary_key_order);
    expect(`${fileTimestamp(startMs)}_<PID>_2.json`).toBe(expected.file_name);
  },
});
