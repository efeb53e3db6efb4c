import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {describe, expect, test} from 'vitest';

import {StopSwitch} from '../../../src/execute/guards/stop.ts';
import {describeUnevaluated} from '../../../src/record/trial/decide.ts';
import {processesWith} from '../../support/processes.ts';
import {makeEvaluator, makeTrial, TrialBench} from './a-trial.ts';

const RUN = 'echo run >> "$MAC_OUTPUT_DIR/runs"; echo 5 > "$MAC_OUTPUT_DIR/value"';
/** Writes one metric `m`, from the run's folder. */
const MEASURE = `echo "{\\"aggregated\\": {\\"m\\": $(cat "$1/value"), \\"huge\\": 1e999, \\"name\\": \\"x\\", \\"deep\\": {\\"a\\": 1}}}" > "$2"; echo measured`;

describe('evaluators', () => {
  test('run in order, each into a folder of its own with its log beside, and their numbers become metrics', async () => {
    const bench = new TrialBench();
    const second = makeEvaluator('second', `cat "${bench.path('eval/first/eval.json')}" > "$2"`);
    const trial = makeTrial(RUN, {evaluators: [makeEvaluator('first', MEASURE), second]});
    const record = await bench.run(trial);
    expect(record).toMatchObject({status: 'succeeded', metrics: {'first.m': 5, 'second.m': 5}});
    expect(record.evaluations).toMatchObject([
      {
        id: 'first',
        status: 'succeeded',
        path: 'eval/first/eval.json',
        log_path: 'eval/first/eval.json.log',
        exit_code: 0,
        tail: ['measured'],
        metrics: {m: 5},
      },
      {id: 'second', status: 'succeeded', path: 'eval/second/eval.json'},
    ]);
    expect(record.evaluations[0]?.command?.slice(-2)).toEqual([
      bench.path('runs/a'),
      bench.path('eval/first/eval.json'),
    ]);
    expect(await bench.record()).toEqual(record);
  });

  test('that crash, hang, print no JSON or write nothing fail, and the others go on', async () => {
    const bench = new TrialBench();
    const evaluators = [
      makeEvaluator('crash', 'echo no such file >&2; exit 2'),
      makeEvaluator('hang', `exec -a ${bench.layout.workspace} sleep 1000`),
      makeEvaluator('text', 'echo "score: 3" > "$2"'),
      makeEvaluator('nothing', 'true'),
      makeEvaluator('folder', 'mkdir "$2"'),
      makeEvaluator('off', 'exit 1', {enabled: false}),
      makeEvaluator('good', MEASURE),
    ];
    const record = await bench.run(makeTrial(RUN, {evaluators, timeout_seconds: 1}));
    expect(record.status).toBe('succeeded');
    expect(record.evaluations.map(({id, status}) => [id, status])).toEqual([
      ['crash', 'failed'],
      ['hang', 'timeout'],
      ['text', 'failed'],
      ['nothing', 'failed'],
      ['folder', 'failed'],
      ['off', 'disabled'],
      ['good', 'succeeded'],
    ]);
    expect(record.evaluations.map(({reason}) => reason)).toEqual([
      'ended with exit code 2; it printed: no such file',
      'ran longer than 1 s',
      expect.stringMatching(/eval\/text\/eval\.json is no JSON/),
      expect.stringMatching(/^wrote no .*eval\/nothing\/eval\.json$/),
      expect.stringMatching(/eval\/folder\/eval\.json/),
      undefined,
      undefined,
    ]);
    expect(record.metrics).toEqual({m: 5});
    expect(processesWith(bench.layout.workspace)).toEqual([]);
  });

  test('do not run when the run has failed', async () => {
    const bench = new TrialBench();
    const record = await bench.run(makeTrial('exit 1', {evaluators: [makeEvaluator('e', MEASURE)]}));
    expect(record).toMatchObject({status: 'failed', evaluations: []});
    expect(existsSync(bench.path('eval/e'))).toBe(false);
  });

  test('get the flags of their input mode, and of the files of a run only those that are there', async () => {
    const bench = new TrialBench();
    const show = `printf '%s\\n' "$@"; for last; do :; done; echo '{}' > "$last"`;
    const argv = ['bash', '-c', show, 'e', '--static'];
    const flags = {checkpoint: '--checkpoint-path', effective_config: '--config', metrics: '--metrics', prompts: '--p'};
    const common = {argv, manage_io_args: true};
    const evaluators = [
      makeEvaluator('folder', '', {...common, run_dir_arg: '--dir', output_arg: '--out'}),
      makeEvaluator('files', '', {...common, input_mode: 'explicit_paths', explicit_args: flags}),
      makeEvaluator('only', '', {
        ...common,
        input_mode: 'explicit_paths',
        explicit_args: {metrics: '-m'},
        include_run_dir_in_explicit: false,
      }),
    ];
    const run = `cd "$MAC_OUTPUT_DIR"; mkdir checkpoints; touch checkpoints/step_9.json checkpoints/step_10.json metrics.json`;
    const record = await bench.run(makeTrial(run, {evaluators}));
    const folder = bench.path('runs/a');
    expect(record.evaluations.map(({tail}) => tail)).toEqual([
      ['--static', '--dir', folder, '--out', bench.path('eval/folder/eval.json')],
      [
        '--static',
        ...['--checkpoint-path', `${folder}/checkpoints/step_10.json`, '--metrics', `${folder}/metrics.json`],
        ...['--run-dir', folder, '--output', bench.path('eval/files/eval.json')],
      ],
      ['--static', '-m', `${folder}/metrics.json`, '--output', bench.path('eval/only/eval.json')],
    ]);
  });
});

describe('a run that is done', () => {
  test('is kept when only evaluators are missing, failed or changed: only these run', async () => {
    const bench = new TrialBench();
    const good = makeEvaluator('good', `echo g >> "${bench.path('good')}"; ${MEASURE}`);
    const bad = makeEvaluator('bad', 'exit 1');
    const first = await bench.run(makeTrial(RUN, {evaluators: [bad, good]}));
    expect(describeUnevaluated(first, [bad, good])).toBe('evaluator bad failed');
    const repaired = makeTrial(RUN, {evaluators: [makeEvaluator('bad', MEASURE), good, makeEvaluator('new', MEASURE)]});
    const second = await bench.run(repaired);
    expect(second).toMatchObject({status: 'succeeded', attempt: 1, metrics: {'bad.m': 5, 'good.m': 5, 'new.m': 5}});
    expect(second.evaluations.map(({id, status}) => `${id} ${status}`)).toEqual([
      'bad succeeded',
      'good succeeded',
      'new succeeded',
    ]);
    expect(readFileSync(bench.path('runs/a/runs'), 'utf8')).toBe('run\n');
    expect(readFileSync(bench.path('good'), 'utf8')).toBe('g\n');
    expect(describeUnevaluated(second, repaired.evaluators)).toBeUndefined();
    const changed = makeEvaluator('good', `echo changed >> "${bench.path('good')}"; ${MEASURE}`);
    expect(describeUnevaluated(second, [changed])).toBe('evaluator good has changed since it ran');
    await bench.run(makeTrial(RUN, {evaluators: [makeEvaluator('bad', MEASURE), changed]}));
    expect(readFileSync(bench.path('good'), 'utf8')).toBe('g\nchanged\n');
    expect(readFileSync(bench.path('runs/a/runs'), 'utf8')).toBe('run\n');
  });

  test('runs again when that is asked for, or when it would do something else', async () => {
    const bench = new TrialBench();
    const trial = makeTrial(RUN);
    await bench.run(trial);
    expect(await bench.run(trial, {again: true})).toMatchObject({
      attempt: 2,
      history: [{attempt: 1, status: 'succeeded'}],
    });
    await bench.run({...trial, seed: 12});
    const read = (folder: string): string => readFileSync(bench.path(folder, 'runs'), 'utf8');
    // The same goes on in its folder; something else begins with an empty one.
    expect([read('runs/a.attempt-2'), read('runs/a')]).toEqual(['run\nrun\n', 'run\n']);
  });

  test('keeps its own metrics apart from those of evaluators that run again', async () => {
    const bench = new TrialBench();
    const run = `${RUN}; echo '{"metrics": {"m": 1, "own": 2}}' > "$MAC_RESULT_FILE"`;
    await bench.run(makeTrial(run, {evaluators: [makeEvaluator('e', MEASURE), makeEvaluator('f', 'exit 1')]}));
    const record = await bench.run(
      makeTrial(run, {evaluators: [makeEvaluator('e', MEASURE), makeEvaluator('f', MEASURE)]}),
    );
    expect(record.metrics).toEqual({m: 1, own: 2, 'e.m': 5, 'f.m': 5});
  });
});

describe('an earlier run that is used again', () => {
  const reuse = (changes: object = {}) => ({
    kind: 'reuse' as const,
    source: 'old',
    evaluation: null,
    re_evaluate: false,
    ...changes,
  });

  test('is recorded as reused with its evaluation, and nothing is executed', async () => {
    const bench = new TrialBench();
    bench.makeFolder('old');
    writeFileSync(bench.path('old/effective_config.yaml'), '{}');
    writeFileSync(bench.path('old/eval.json'), '{"aggregated": {"m": 3}}');
    const trial = makeTrial('', {
      runner: reuse({evaluation: 'old/eval.json'}),
      evaluators: [makeEvaluator('e', 'exit 1')],
    });
    const record = await bench.run(trial);
    expect(record).toMatchObject({
      status: 'reused',
      command: null,
      output_dir: 'old',
      log_path: null,
      config_sha256: '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
      evaluations: [{status: 'reused', path: 'old/eval.json', metrics: {m: 3}, command: null}],
      metrics: {m: 3},
    });
    expect(existsSync(bench.path('runs'))).toBe(false);
  });

  test('is evaluated again when that is asked for', async () => {
    const bench = new TrialBench();
    bench.makeFolder('old');
    writeFileSync(bench.path('old/value'), '7');
    writeFileSync(bench.path('old/eval.json'), '{"aggregated": {"m": 3}}');
    const trial = makeTrial('', {
      runner: reuse({evaluation: 'old/eval.json', re_evaluate: true}),
      evaluators: [makeEvaluator('e', MEASURE)],
    });
    expect(await bench.run(trial)).toMatchObject({
      status: 'reused',
      evaluations: [{id: 'e', status: 'succeeded', metrics: {m: 7}}],
      metrics: {m: 7},
    });
  });

  test('that is missing fails, and so does a missing evaluation', async () => {
    const bench = new TrialBench();
    expect(await bench.run(makeTrial('', {runner: reuse()}))).toMatchObject({
      status: 'failed',
      output_dir: null,
      reason: `the run to use again, ${bench.path('old')}, is no folder`,
    });
    bench.makeFolder('old');
    const without = makeTrial('', {runner: reuse({evaluation: 'old/eval.json'})});
    expect((await bench.run(without)).evaluations).toMatchObject([{id: 'reused', status: 'failed', path: null}]);
    writeFileSync(bench.path('old/eval.json'), '{}');
    expect((await bench.run(without)).evaluations).toMatchObject([{id: 'reused', status: 'reused'}]);
  });
});

describe('a stop', () => {
  test('that is requested before it begins keeps a trial from starting, and its record as it was', async () => {
    const bench = new TrialBench();
    const stop = new StopSwitch();
    stop.request({kind: 'signal', signal: 'SIGINT'});
    expect(await bench.run(makeTrial(RUN), {stop})).toMatchObject({
      status: 'cancelled',
      reason: 'stopped before it began',
    });
    await expect(bench.record()).rejects.toThrow('no record of a');
    const failed = await bench.run(makeTrial('exit 1'));
    await bench.run(makeTrial('exit 1'), {stop});
    expect(await bench.record()).toEqual(failed);
  });

  test('that reaches the trial too, as the end of a job does, is no failure of the trial', async () => {
    const bench = new TrialBench();
    const stop = new StopSwitch();
    const running = bench.run(makeTrial('echo $$ > pid; mv pid begun; sleep 60'), {stop});
    while (!existsSync(bench.path('begun'))) await new Promise(resolve => setTimeout(resolve, 10));
    stop.request({kind: 'signal', signal: 'SIGTERM'});
    process.kill(Number(readFileSync(bench.path('begun'), 'utf8')), 'SIGTERM');
    expect(await running).toMatchObject({status: 'cancelled', reason: 'stopped before it ended'});
  });

  test('that is requested while it runs lets it end, and starts no evaluator', async () => {
    const bench = new TrialBench();
    const stop = new StopSwitch();
    const script = `touch begun; while [ ! -e go ]; do sleep 0.02; done; ${RUN}`;
    const trial = makeTrial(script, {evaluators: [makeEvaluator('e', MEASURE)]});
    const running = bench.run(trial, {stop});
    while (!existsSync(bench.path('begun'))) await new Promise(resolve => setTimeout(resolve, 10));
    stop.request({kind: 'signal', signal: 'SIGINT'});
    writeFileSync(bench.path('go'), '');
    const record = await running;
    expect(record).toMatchObject({status: 'succeeded', evaluations: []});
    expect(describeUnevaluated(record, trial.evaluators)).toBe('evaluator e has not run');
    expect(await bench.run(trial)).toMatchObject({attempt: 1, metrics: {m: 5}});
  });

  test('that expires ends what runs, and records it as cancelled', async () => {
    const bench = new TrialBench();
    const stop = new StopSwitch();
    const running = bench.run(makeTrial('touch begun; exec sleep 1000'), {stop});
    while (!existsSync(bench.path('begun'))) await new Promise(resolve => setTimeout(resolve, 10));
    expect(await bench.record()).toMatchObject({status: 'started', command: ['bash', '-c', expect.any(String)]});
    stop.request({kind: 'signal', signal: 'SIGTERM'});
    stop.expire();
    expect(await running).toMatchObject({status: 'cancelled', reason: 'stopped before it ended'});
    expect((await bench.record()).finished_at).not.toBeNull();
  });

  test('of the lease ends what runs and records nothing more', async () => {
    const bench = new TrialBench();
    const lost = new AbortController();
    const requireCurrent = (): Promise<void> =>
      lost.signal.aborted ? Promise.reject(new Error('lease lost')) : Promise.resolve();
    const running = bench.run(makeTrial('touch begun; exec sleep 1000'), {lost: lost.signal, requireCurrent});
    while (!existsSync(bench.path('begun'))) await new Promise(resolve => setTimeout(resolve, 10));
    lost.abort();
    await expect(running).rejects.toThrow('lease lost');
    expect(await bench.record()).toMatchObject({status: 'started'});
  });
});
