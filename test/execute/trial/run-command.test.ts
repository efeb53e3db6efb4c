import {existsSync, readFileSync} from 'node:fs';
import {expect, test} from 'vitest';

import {makeTrial, TrialBench} from './a-trial.ts';

test('a command runs without a shell of ours, in its folder, and its output is kept in order', async () => {
  const bench = new TrialBench();
  const argv = [
    'bash',
    '-c',
    'echo one; echo two >&2; echo "$1"; echo "$MAC_SEED $MAC_TRIAL_ID $MAC_ATTEMPT"',
    'x',
    '$HOME; *',
  ];
  const record = await bench.run(makeTrial('', {runner: {kind: 'command', argv, output: 'planned'}}));
  expect(record).toMatchObject({
    status: 'succeeded',
    command: argv,
    exit_code: 0,
    output_dir: 'runs/a',
    log_path: 'runs/a/trial.log',
    tail: ['one', 'two', '$HOME; *', '11 a 1'],
  });
  expect(readFileSync(bench.path('runs/a/trial.log'), 'utf8')).toBe('one\ntwo\n$HOME; *\n11 a 1\n');
  expect(await bench.record()).toEqual(record);
});

test('a failing command is recorded as failed, with its last line', async () => {
  const record = await new TrialBench().run(makeTrial('echo "no such model"; exit 3'));
  expect(record).toMatchObject({
    status: 'failed',
    exit_code: 3,
    reason: 'ended with exit code 3; its last line: no such model',
  });
});

test('the result file gives status, metrics, tokens, and whatever else it says', async () => {
  const script = `echo '{"metrics": {"score": 0.5}, "tokens": {"prompt": 1, "completion": 2, "total": 3}, "note": [1]}' > "$MAC_RESULT_FILE"`;
  const bench = new TrialBench();
  const record = await bench.run(makeTrial(script));
  expect(record).toMatchObject({
    status: 'succeeded',
    metrics: {score: 0.5},
    tokens: {prompt: 1, completion: 2, total: 3},
    result: {note: [1]},
  });
  expect(existsSync(bench.path('bookkeeping/trial_record/study/a-study/.work/a.1'))).toBe(false);
});
