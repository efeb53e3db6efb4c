import {existsSync, writeFileSync} from 'node:fs';
import {expect, test} from 'vitest';

import type {StopSwitch} from '../../../src/execute/guards/stop.ts';
import {TrialWork} from '../../../src/execute/trial/trial-work.ts';
import type {TrialRecord} from '../../../src/record/trial/trial-record.ts';
import {makeEvaluator, makeTrial, TrialBench} from './a-trial.ts';

/** Judges a trial that ended with a record. */
async function judge(record: TrialRecord): Promise<{isFinal: boolean; reason: string | null; done: number}> {
  return await new Promise(resolve => {
    const work = new TrialWork({
      id: 'a',
      isKept: false,
      run: () => Promise.resolve(record),
      fence: {lower: () => Promise.resolve()},
      recordPath: '/records/a.json',
      onEnded: () => {
        const {isFinal, reason} = work.judge(unit!);
        resolve({isFinal, reason, done: work.counts().done});
      },
    });
    const unit = work.next();
    unit!.start();
  });
}

test('a trial is done when its evaluators have results too', async () => {
  const bench = new TrialBench();
  const evaluators = [makeEvaluator('e', 'echo "{}" > "$2"')];
  const requested = new AbortController();
  const stop: Pick<StopSwitch, 'requested' | 'expired'> = {
    requested: requested.signal,
    expired: new AbortController().signal,
  };
  const done = await bench.run(makeTrial('true', {evaluators}));
  expect(await judge(done)).toEqual({isFinal: true, reason: null, done: 1});
  const failed = await bench.run(makeTrial('true', {evaluators: [makeEvaluator('e', 'exit 1')], seed: 1}));
  expect(await judge(failed)).toEqual({isFinal: false, reason: 'evaluator e: ended with exit code 1', done: 0});
  // The stop comes while the run itself goes on: it ends, and its evaluator never begins.
  const running = bench.run(makeTrial('touch begun; while [ ! -e go ]; do sleep 0.02; done', {evaluators, seed: 2}), {
    stop,
  });
  while (!existsSync(bench.path('begun'))) await new Promise(resolve => setTimeout(resolve, 10));
  requested.abort();
  writeFileSync(bench.path('go'), '');
  expect(await judge(await running)).toEqual({isFinal: false, reason: 'evaluator e has not run', done: 0});
});
