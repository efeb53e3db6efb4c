import {expect, test} from 'vitest';

import {main} from '../../src/cli/main.ts';
import {systemClock, type Clock} from '../../src/core/clock.ts';
import {recordsOf} from '../support/records.ts';
import {makeWorkspace} from '../support/workspace.ts';

const HOUR_MS = 3_600_000;
const QUESTIONS = 20;

/** A machine whose clock is set again and again while we run; `jumpMs` is what the n-th look at it is wrong by. */
function jumpingClock(jumpMs: (look: number) => number): Clock {
  let looks = 0;
  return {...systemClock, now: () => systemClock.now() + jumpMs(looks++)};
}

const silent = {write: () => undefined, isTerminal: false, columns: 80};

test.each<[string, (look: number) => number]>([
  ['runs ahead by an hour at every look', look => look * HOUR_MS],
  ['is set back by an hour at every look', look => -look * HOUR_MS],
  ['jumps to and fro by days', look => (look % 2 === 0 ? 1 : -1) * 48 * HOUR_MS],
])('a clock that %s neither stops a run nor makes a duration negative', async (_how, jumpMs) => {
  const workspace = makeWorkspace({
    questions: QUESTIONS,
    rounds: 2,
    model: '{backend: simulated, max_num_seqs: 4, simulated_config: {latency_median_ms: 5, malformed_rate: 0.1}}',
    extra: '_grid: {sweep: {agent_definitions.0.persona: [null, nurse]}}',
  });
  const io = {stdout: silent, stderr: silent, env: {}, cwd: workspace, clock: jumpingClock(jumpMs)};
  const startMs = performance.now();
  expect(await main(['run', 'config/c.yaml'], io)).toBe(0);
  const tookSeconds = (performance.now() - startMs) / 1000;

  const {transcripts, indexLines, summaries, manifests, archives} = recordsOf(workspace);
  expect([transcripts.length, indexLines.length]).toEqual([2 * QUESTIONS, 2 * QUESTIONS]);
  expect([manifests.length, archives.length]).toEqual([0, 1]);
  for (const {duration_seconds: seconds, throughput_performance: throughput} of summaries) {
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(tookSeconds);
    expect(throughput.questions_per_second).toBeGreaterThan(0);
  }
  const latencies = transcripts
    .flatMap(transcript => transcript.conversation_rounds)
    .flatMap(round => round.messages)
    .map(message => message.message_metadata.call.latency_ms);
  expect(latencies.every(latency => latency >= 0 && latency < 1000 * tookSeconds)).toBe(true);
});
