import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {systemClock} from '../src/core/clock.ts';
import {IndexWriter} from '../src/record/index/index-writer.ts';
import {createLayout} from '../src/record/layout.ts';
import {acquireLease} from '../src/record/lease/lease.ts';
import {openTaskRecorder} from '../src/record/task/open-task-recorder.ts';
import {median, report} from './report.ts';

const QUESTIONS = 100_000;
const BATCH = 250;

/**
 * Measures whether recording a question costs the same at the beginning and at the end of a task of 100,000: CPU time
 * of batches of 250.
 */
export async function run(): Promise<void> {
  const workspace = mkdtempSync(join(tmpdir(), 'mac-bench-'));
  const layout = createLayout({workspace});
  const claim = await acquireLease({directory: layout.leases('g'), name: 'lease', clock: systemClock});
  if (claim.kind !== 'acquired') throw new Error('the lease of an empty folder is free');
  const recorder = await openTaskRecorder({
    layout,
    gridId: 'g',
    taskIndex: 0,
    taskKey: 'k',
    repetition: 1,
    configSnapshotPath: 's.yaml',
    jobTaskId: '1_0',
    config: {
      experiment_metadata: {experiment_name: 'e', benchmark_subcategory: 'b'},
      conversation_config: {routing_strategy: 'vanilla', max_rounds: 1},
      retry_config: {},
      identity_reveal_config: {},
      prompt_template_config: {for_participant: {}},
      model_definitions: {},
      agent_definitions: [{agent_id: 'a', role: 'participant'}],
    },
    isFinal: () => false,
    submittedAtMs: 0,
    questions: Array.from({length: QUESTIONS}, (_, i) => ({question_id: `q${i}`})),
    questionsSha256: 'h',
    questionLimit: null,
    lease: claim.lease,
    clock: systemClock,
    indexWriter: new IndexWriter(systemClock),
    debug: false,
    effectiveLimits: {},
    onWarning: message => console.log(message),
  });
  const costs: number[] = [];
  for (let start = 0; start < QUESTIONS; start += BATCH) {
    const before = process.cpuUsage();
    await Promise.all(
      recorder.pending.slice(start, start + BATCH).map(question => recorder.record(finished(question))),
    );
    const {user, system} = process.cpuUsage(before);
    costs.push((user + system) / BATCH);
  }
  const first = median(costs.slice(1, 21));
  const last = median(costs.slice(-20));
  report('recording the 100,000th question', last, 'µs CPU', {
    value: 1.5 * first,
    name: '1.5 × the cost of the first ones',
  });
  await claim.lease.release();
  rmSync(workspace, {recursive: true});
}

function finished({question_id, transcript_id}: {question_id: string; transcript_id: string}): any {
  const index = {
    question_id,
    job_task_id: '1_0',
    config_snapshot_path: 's.yaml',
    transcript_path: `$MAC_FAIRNESS_WORKSPACE/experiment/b/e/transcript/${transcript_id}.json`,
    status: 'succeeded',
    total_rounds_completed: 1,
    fatal_error: null,
    attempt: 1,
  };
  const statistics = {
    transcript_id,
    question_id,
    status: 'succeeded',
    rounds_completed: 1,
    tokens_generated: 1,
    tokens_prompt: 1,
    max_tokens_prompt: 1,
    max_tokens_combined: 2,
    retry_attempts: 0,
    consensus_reached: true,
    validation_errors: [],
    per_agent: {a: {tokens_generated: 1, message_count: 1, retry_count: 0, exceeded_retry_limit: false}},
  };
  return {transcript: {transcript_id, text: 'x'.repeat(4000)}, indexRecord: index, statistics, error: null};
}
