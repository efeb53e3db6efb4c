import {createHash} from 'node:crypto';
import {existsSync, readFileSync} from 'node:fs';
import {describe, expect, test} from 'vitest';

import {makeTrial, TrialBench} from './a-trial.ts';

const announcing = (script: string) =>
  makeTrial('', {runner: {kind: 'command', argv: ['bash', '-c', script], output: 'announced'}});

describe('a command', () => {
  test('runs without a shell of ours, in its folder, and its output is kept in order', async () => {
    const bench = new TrialBench();
    const script = 'echo one; echo two >&2; echo "$1"; echo "$MAC_SEED $MAC_TRIAL_ID $MAC_ATTEMPT"';
    const argv = ['bash', '-c', script, 'x', '$HOME; *'];
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

  test('has what it is in its environment, and nothing that does not apply', async () => {
    const bench = new TrialBench();
    const trial = makeTrial('env | grep -E "^(MAC_|OWN)" | sort; cat "$MAC_CONFIG_FILE"', {
      seed: null,
      environment: {OWN: 'mine'},
      id: 'a/b c',
    });
    const env = {...process.env, MAC_SEED: 'of an outer trial', MAC_LIMIT: '9'};
    const {tail} = await bench.run(trial, {env});
    expect(tail.filter(line => !line.startsWith('MAC_PROCESS_TREE'))).toEqual([
      'MAC_ATTEMPT=1',
      expect.stringMatching(/^MAC_CONFIG_FILE=.*config\.json$/),
      `MAC_OUTPUT_DIR=${bench.path('runs/a')}`,
      expect.stringMatching(/^MAC_RESULT_FILE=.*result\.json$/),
      'MAC_TRIAL_ID=a/b c',
      'OWN=mine',
      '{',
      '  "agents": 3',
      '}',
    ]);
    const limited = await bench.run(makeTrial('echo "limit $MAC_LIMIT"'), {env, limit: 5});
    expect(limited.tail).toEqual(['limit 5']);
  });

  test('that fails is recorded as failed, with the line that says why', async () => {
    const record = await new TrialBench().run(makeTrial('echo "no such model"; exit 3'));
    expect(record).toMatchObject({
      status: 'failed',
      exit_code: 3,
      reason: 'ended with exit code 3; it printed: no such model',
    });
  });

  test('that crashes is recorded with its signal', async () => {
    const record = await new TrialBench().run(makeTrial('kill -SEGV $$'));
    expect(record).toMatchObject({status: 'failed', signal: 'SIGSEGV', reason: 'was killed by SIGSEGV'});
  });

  test('that does not exist is a failure of its trial', async () => {
    const argv = ['/no/such/program'];
    const record = await new TrialBench().run(makeTrial('', {runner: {kind: 'command', argv, output: 'planned'}}));
    expect(record).toMatchObject({status: 'failed'});
    expect(record.reason).toMatch(/not found|could not be started/);
  });

  test('whose working directory is missing is a failure that names it', async () => {
    const bench = new TrialBench();
    const record = await bench.run(makeTrial('true', {cwd: 'nowhere'}));
    expect(record).toMatchObject({
      status: 'failed',
      reason: `its working directory ${bench.path('nowhere')} is no folder`,
    });
  });

  test('that hangs is ended at its time limit with all that it started, and recorded as timeout', async () => {
    const bench = new TrialBench();
    const record = await bench.run(makeTrial('sleep 1000 & exec sleep 1000', {timeout_seconds: 0.3}));
    expect(record).toMatchObject({status: 'timeout', reason: 'ran longer than 0.3 s', exit_code: null});
    expect(record.tail).toEqual(['--- mac: ended after 0.3 s, its time limit']);
  });

  test('writes its log where its front-end wants it', async () => {
    const bench = new TrialBench();
    const record = await bench.run(makeTrial('echo here', {details: {log_path: 'generated/logs/a.log'}}));
    expect(record.log_path).toBe('generated/logs/a.log');
    expect(readFileSync(bench.path('generated/logs/a.log'), 'utf8')).toBe('here\n');
    expect(existsSync(bench.path('runs/a/trial.log'))).toBe(false);
  });

  test('two at once keep their outputs apart, and nothing of them reaches ours', async () => {
    const bench = new TrialBench();
    const of = (id: string) =>
      makeTrial(`for i in 1 2 3 4 5; do echo ${id} $i; sleep 0.02; done`, {id, output_dir: id});
    const records = await Promise.all(['one', 'two'].map(id => bench.run(of(id))));
    expect(records.map(({tail}) => tail)).toEqual(['one', 'two'].map(id => [1, 2, 3, 4, 5].map(i => `${id} ${i}`)));
  });
});

describe('the folder of a run', () => {
  test('is the last one that its output announces', async () => {
    const bench = new TrialBench();
    const script =
      'mkdir -p x "y z"; echo "Output directory: x"; echo "INFO output_dir=x more"; echo "Output directory: y z"';
    const record = await bench.run(announcing(script));
    expect(record).toMatchObject({status: 'succeeded', output_dir: 'y z'});
    // Its log cannot be in a folder that is not known yet.
    expect(record.log_path).toBe('bookkeeping/trial_record/study/a-study/a.log');
  });

  test('is the planned one where it announces none but made that', async () => {
    const record = await new TrialBench().run(announcing('mkdir "$MAC_OUTPUT_DIR"'));
    expect(record).toMatchObject({status: 'succeeded', output_dir: 'runs/a'});
  });

  test('must be there: a success without one is a failure', async () => {
    const bench = new TrialBench();
    expect(await bench.run(announcing('true'))).toMatchObject({
      status: 'failed',
      exit_code: 0,
      output_dir: null,
      reason: `it announced no folder, and made no ${bench.path('runs/a')}: it makes it itself (mkdir -p "$MAC_OUTPUT_DIR"), or announces another`,
    });
    expect(await bench.run(announcing('echo output_dir=/nowhere/x'))).toMatchObject({
      status: 'failed',
      reason: 'it announced /nowhere/x, which is no folder',
    });
  });

  test('is looked for only in the output of this attempt', async () => {
    const bench = new TrialBench();
    await bench.run(announcing('mkdir x; echo output_dir=x; exit 1'));
    expect(await bench.run(announcing('echo again'))).toMatchObject({status: 'failed', output_dir: null});
  });

  test('has the hash of its effective configuration recorded', async () => {
    const record = await new TrialBench().run(makeTrial('printf "a: 1\\n" > "$MAC_OUTPUT_DIR/effective_config.yaml"'));
    expect(record.config_sha256).toBe(createHash('sha256').update('a: 1\n').digest('hex'));
  });
});

describe('the result file', () => {
  const writing = (json: string, code = 0) => makeTrial(`printf '%s' '${json}' > "$MAC_RESULT_FILE"; exit ${code}`);

  test('gives metrics, tokens, and whatever else it says', async () => {
    const bench = new TrialBench();
    const json = '{"metrics": {"score": 0.5}, "tokens": {"prompt": 1, "completion": 2, "total": 3}, "note": [1]}';
    expect(await bench.run(writing(json))).toMatchObject({
      status: 'succeeded',
      metrics: {score: 0.5},
      tokens: {prompt: 1, completion: 2, total: 3},
      result: {note: [1]},
    });
    expect(existsSync(bench.path('bookkeeping/trial_record/study/a-study/.work/a.1'))).toBe(false);
  });

  test('can say that a trial is skipped or failed, with the reason', async () => {
    const bench = new TrialBench();
    expect(await bench.run(writing('{"status": "skipped", "reason": "no dspy"}'))).toMatchObject({
      status: 'skipped',
      reason: 'no dspy',
    });
    expect(
      await bench.run(writing('{"status": "failed", "reason": "diverged", "metrics": {"loss": 9}}')),
    ).toMatchObject({
      status: 'failed',
      reason: 'diverged',
      exit_code: 0,
    });
  });

  test('of a process that failed gives only the reason', async () => {
    const record = await new TrialBench().run(
      writing('{"status": "succeeded", "reason": "out of tokens", "metrics": {"a": 1}}', 2),
    );
    expect(record).toMatchObject({status: 'failed', reason: 'out of tokens', metrics: {}, exit_code: 2});
  });

  test('that is no JSON, or not as it must be, makes a failure with the reason', async () => {
    const bench = new TrialBench();
    expect(await bench.run(writing('{"metrics": NaN}'))).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/^its result file is no JSON/) as string,
    });
    expect(await bench.run(writing('{"metrics": {"a": "high"}}'))).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/^its result file is wrong at metrics\.a/) as string,
    });
    expect(await bench.run(writing('[]'))).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/^its result file is wrong at the top/) as string,
    });
    expect(await bench.run(writing('{"metrics": {"a": 1e999}}'))).toMatchObject({status: 'failed'});
    expect(await bench.run(makeTrial('mkdir "$MAC_RESULT_FILE"'))).toMatchObject({status: 'failed', exit_code: 0});
  });
});

test('a run of something else begins with an empty folder; what was there is kept beside it', async () => {
  const bench = new TrialBench();
  await bench.run(makeTrial('echo 1 > "$MAC_OUTPUT_DIR/effective_config.yaml"; exit 1'));
  expect((await bench.run(makeTrial('ls "$MAC_OUTPUT_DIR"', {seed: 12}))).tail).toEqual(['trial.log']);
  expect(readFileSync(bench.path('runs/a.attempt-1/effective_config.yaml'), 'utf8')).toBe('1\n');
  // A further attempt at the same goes on where the one before ended.
  const again = makeTrial('true', {seed: 13});
  expect((await bench.run(again)).status).toBe('succeeded');
  expect(existsSync(bench.path('runs/a.attempt-2/trial.log'))).toBe(true);
  await bench.run(again, {again: true});
  expect(existsSync(bench.path('runs/a.attempt-3'))).toBe(false);
});

test('each attempt keeps the ends of those before, and goes on in the same log', async () => {
  const bench = new TrialBench();
  const trial = makeTrial('echo "attempt $MAC_ATTEMPT"; [ "$MAC_ATTEMPT" = 2 ]');
  await bench.run(trial);
  const record = await bench.run(trial);
  expect(record).toMatchObject({status: 'succeeded', attempt: 2, tail: ['attempt 2']});
  expect(record.history).toMatchObject([
    {attempt: 1, status: 'failed', reason: expect.stringContaining('exit code 1') as string},
  ]);
  expect(readFileSync(bench.path('runs/a/trial.log'), 'utf8')).toMatch(/^attempt 1\n--- attempt 2, .*\nattempt 2\n$/);
});

test('secrets of the environment reach neither command, output, result nor plan of a record', async () => {
  const bench = new TrialBench();
  const secret = 'abracadabra-42';
  const script = `echo "key is $DEMO_API_KEY"; printf '{"k": "%s", "total_tokens": 12}' "$DEMO_API_KEY" > "$MAC_RESULT_FILE"`;
  const argv = ['bash', '-c', script, secret];
  const trial = makeTrial('', {
    runner: {kind: 'command', argv, output: 'planned'},
    config: {note: `uses ${secret}`},
    environment: {OTHER_TOKEN: 'hush-hush', PLAIN: 'seen'},
  });
  const record = await bench.run(trial, {env: {...process.env, DEMO_API_KEY: secret}});
  const text = JSON.stringify(await bench.record());
  expect(text).not.toContain(secret);
  expect(text).not.toContain('hush-hush');
  expect(record).toMatchObject({
    status: 'succeeded',
    tail: ['key is ***'],
    result: {k: '***', total_tokens: 12},
    trial: {environment: {OTHER_TOKEN: '***', PLAIN: 'seen'}},
  });
});
