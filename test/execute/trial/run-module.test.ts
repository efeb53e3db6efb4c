import {existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {describe, expect, test} from 'vitest';

import {makeTrial, TrialBench} from './a-trial.ts';

/** TypeScript that Node 20 cannot run by itself. */
const CASE = `import {readFileSync, writeFileSync} from 'node:fs';
enum Mode { Plain = 'plain' }
const file: string = process.argv[process.argv.indexOf('--config') + 1]!;
const {output_dir, samples} = JSON.parse(readFileSync(file, 'utf8')) as {output_dir: string; samples: number};
(globalThis as {seen?: number}).seen = ((globalThis as {seen?: number}).seen ?? 0) + 1;
writeFileSync(output_dir + '/result.json', JSON.stringify({samples, mode: Mode.Plain, pid: process.pid, seen: (globalThis as {seen?: number}).seen}));
`;

function prepare(text = CASE): TrialBench {
  const bench = new TrialBench();
  writeFileSync(bench.path('case.ts'), text);
  return bench;
}

const module = (changes: object = {}) => ({kind: 'module' as const, file: 'case.ts', inspect: false, ...changes});

describe('a module', () => {
  test('in TypeScript runs in a fresh process, and reads its configuration with its folder from config.json', async () => {
    const bench = prepare();
    const of = (id: string) => makeTrial('', {id, output_dir: id, config: {samples: 3}, runner: module()});
    const records = [await bench.run(of('a')), await bench.run(of('b'))];
    expect(records.map(({status, reason}) => [status, reason])).toEqual([
      ['succeeded', undefined],
      ['succeeded', undefined],
    ]);
    const results = ['a', 'b'].map(id => JSON.parse(readFileSync(bench.path(id, 'result.json'), 'utf8')));
    expect(results).toMatchObject([
      {samples: 3, mode: 'plain', seen: 1},
      {samples: 3, seen: 1},
    ]);
    expect(results[0].pid).not.toBe(results[1].pid);
    expect(JSON.parse(readFileSync(bench.path('a/config.json'), 'utf8'))).toEqual({
      samples: 3,
      output_dir: bench.path('a'),
    });
  });

  test('that fails at once still has its configuration, written before it began', async () => {
    const bench = prepare('throw new Error("never reads it")');
    const record = await bench.run(makeTrial('', {config: {samples: 1}, runner: module()}));
    expect(record).toMatchObject({status: 'failed', exit_code: 1});
    expect(record.tail.join('\n')).toContain('never reads it');
    const {mtimeMs} = statSync(bench.path('runs/a/config.json'));
    expect(mtimeMs).toBeLessThanOrEqual(statSync(bench.path('runs/a/trial.log')).mtimeMs);
  });

  test('whose configuration has changed keeps the older one beside the new', async () => {
    const bench = prepare('');
    for (const samples of [1, 1, 2]) await bench.run(makeTrial('', {config: {samples}, runner: module()}));
    const read = (name: string) => JSON.parse(readFileSync(bench.path('runs/a', name), 'utf8')).samples as number;
    expect([read('config.json'), read('config.1.json')]).toEqual([2, 1]);
    expect(existsSync(bench.path('runs/a/config.2.json'))).toBe(false);
  });
});

describe('a program in Inspect mode', () => {
  test('writes into a shared folder, where nothing of ours lies, with the variables of its case', async () => {
    const bench = new TrialBench();
    mkdirSync(bench.path('results/demo'), {recursive: true});
    const script = 'touch "$INSPECT_LOG_DIR/2026_$INSPECT_EVAL_LOG_FILE_PATTERN.eval"';
    const folder = bench.path('results/demo');
    for (const id of ['one', 'two']) {
      const record = await bench.run(
        makeTrial('', {
          id,
          output_dir: 'results/demo',
          runner: module({inspect: true, argv: ['bash', '-c', script]}),
          environment: {INSPECT_LOG_DIR: folder, INSPECT_EVAL_LOG_FILE_PATTERN: `abc_${id}_{id}`},
        }),
      );
      expect(record).toMatchObject({status: 'succeeded', output_dir: 'results/demo'});
      expect(record.log_path).toBe(`bookkeeping/trial_record/study/a-study/${id}.log`);
    }
    expect(readdirSync(folder).sort()).toEqual(['2026_abc_one_{id}.eval', '2026_abc_two_{id}.eval']);
  });
});
