import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';

import {evaluateRun, type Evaluation} from '../../../src/analyze/presets/evaluate.ts';
import {parsePostprocessor} from '../../../src/analyze/presets/postprocessors.ts';
import {findPreset} from '../../../src/analyze/presets/presets.ts';
import {writeRun} from './a-run.ts';

interface Recorded {
  readonly aggregated: object;
  readonly plots: {
    readonly generated_files: readonly string[];
    readonly extensions: readonly Record<string, unknown>[];
  };
}

interface Evaluated extends Evaluation {
  readonly json: Recorded;
  /** The folder of the postprocessors. */
  readonly cwd: string;
}

/** Evaluates a run with postprocessors of the given sources; `{file}:{function}` names one. */
async function evaluateWith(
  files: Readonly<Record<string, string>>,
  names: readonly string[],
  timeoutMs = 60_000,
): Promise<Evaluated> {
  const runDir = writeRun();
  const cwd = dirname(runDir);
  for (const [name, source] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), {recursive: true});
    writeFileSync(join(cwd, name), source);
  }
  const output = join(cwd, 'eval.json');
  const postprocessors = names.map(name => parsePostprocessor(name)!);
  const preset = findPreset('probe_metrics_detailed');
  const evaluation = await evaluateRun(preset, {runDir, output, postprocessors, carriesForward: false, timeoutMs, cwd});
  return {...evaluation, cwd, json: JSON.parse(readFileSync(output, 'utf8')) as Recorded};
}

const VOLUME = `
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
export function volume(records, outDir, context) {
  const path = join(outDir, 'volume.json');
  writeFileSync(path, JSON.stringify({records, context}));
  return {generated_files: [path], answers: records.choice.length};
}
export const postprocess = () => ['volume.json', 'absent.png'];
`;

test('a postprocessor gets the answers by type, its folder and the context, and its files are recorded', async () => {
  const {json, cwd, files} = await evaluateWith({'tools/volume.mjs': VOLUME}, ['tools/volume.mjs:volume']);
  const made = join(cwd, 'eval_plots/volume.json');
  expect(json.plots.extensions).toEqual([
    {
      postprocessor: 'tools/volume.mjs:volume',
      status: 'success',
      generated_files: ['eval_plots/volume.json'],
      result: {generated_files: [made], answers: 6},
    },
  ]);
  expect(json.plots.generated_files).toContain('eval_plots/volume.json');
  expect(files).toContain(made);
  const given = JSON.parse(readFileSync(made, 'utf8')) as {
    records: Record<string, readonly object[]>;
    context: Record<string, string>;
  };
  expect(given.context).toEqual({
    mode: 'probe_metrics',
    run_dir: join(cwd, 'run'),
    output_json: join(cwd, 'eval.json'),
    plot_dir: join(cwd, 'eval_plots'),
  });
  expect(given.records['choice']?.[0]).toEqual({
    label: 'agree',
    source_user: 'ann',
    episode: 1,
    event_index: 8,
    choice: 'Yes',
  });
  expect(given.records['numeric']?.map(record => (record as {value: number}).value)).toEqual([7, 4, 9]);
  expect(given.records['freetext']?.[1]).toMatchObject({source_user: 'bob', word_count: 8});
});

test('without a function it is `postprocess`; a list names files in its folder, of which those count that are there', async () => {
  const {json} = await evaluateWith({'volume.mjs': VOLUME}, ['volume.mjs:volume', 'volume.mjs']);
  expect(json.plots.extensions[1]).toEqual({
    postprocessor: 'volume.mjs',
    status: 'success',
    generated_files: ['eval_plots/volume.json'],
    missing_files: ['eval_plots/absent.png'],
    result: ['volume.json', 'absent.png'],
  });
});

test('TypeScript, CommonJS and packages of the current folder are found', async () => {
  const {json} = await evaluateWith(
    {
      'typed.ts': 'export function postprocess(records: {choice: unknown[]}): number { return records.choice.length; }',
      'common.cjs': 'exports.postprocess = () => undefined;',
      'node_modules/volumes/package.json': '{"name": "volumes", "type": "module", "exports": {"import": "./main.js"}}',
      'node_modules/volumes/main.js': 'export const count = async () => 3;',
    },
    ['typed.ts', './common.cjs', 'volumes:count'],
  );
  expect(json.plots.extensions.map(({status, result}) => [status, result])).toEqual([
    ['success', 6],
    ['success', null],
    ['success', 3],
  ]);
});

test('a postprocessor that goes wrong is recorded failed with its reason, and the rest goes on', async () => {
  const {json, extensions} = await evaluateWith(
    {
      'throws.mjs': `console.log('before'); export function postprocess() { throw new Error('no such column'); }`,
      'exits.mjs': 'export function postprocess() { process.exit(3); }',
      'never.mjs': 'export const postprocess = () => new Promise(() => {});',
      'circle.mjs': 'export function postprocess() { const a = {}; a.a = a; return a; }',
      'empty.mjs': '',
      'script.py': 'def postprocess(records, out_dir, context): return None',
      'last.mjs': 'export const postprocess = () => 1;',
    },
    [
      'throws.mjs',
      'exits.mjs',
      'never.mjs',
      'circle.mjs',
      'empty.mjs',
      'script.py',
      'absent.mjs',
      'nowhere',
      'last.mjs',
    ],
  );
  expect(json.plots.extensions.map(({postprocessor, status, error}) => [postprocessor, status, error])).toEqual([
    ['throws.mjs', 'failed', 'no such column'],
    ['exits.mjs', 'failed', 'ended with exit code 3 before it returned'],
    ['never.mjs', 'failed', 'returned a promise that never settles'],
    ['circle.mjs', 'failed', expect.stringContaining('circular')],
    ['empty.mjs', 'failed', 'empty.mjs exports no function postprocess'],
    ['script.py', 'failed', expect.stringContaining('neither JavaScript nor TypeScript')],
    ['absent.mjs', 'failed', expect.stringContaining('there is no file')],
    ['nowhere', 'failed', expect.stringContaining('nowhere')],
    ['last.mjs', 'success', undefined],
  ]);
  expect(extensions[0]?.printed).toBe('before');
  expect(Object.keys(json.aggregated).length).toBeGreaterThan(10);
});

test('an endless loop is ended at the time limit and leaves no process', async () => {
  const source = `import {writeFileSync} from 'node:fs';
export function postprocess(records, outDir) { writeFileSync(outDir + '/pid', String(process.pid)); for (;;); }`;
  // Long enough for a busy machine to start the process.
  const {json, cwd} = await evaluateWith({'loop.mjs': source}, ['loop.mjs'], 8_000);
  expect(json.plots.extensions).toEqual([
    {postprocessor: 'loop.mjs', status: 'failed', generated_files: [], error: 'did not finish within 8 s'},
  ]);
  const pid = readFileSync(join(cwd, 'eval_plots/pid'), 'utf8');
  expect(existsSync(`/proc/${pid}`)).toBe(false);
});

test('timers that a postprocessor leaves open do not keep the evaluation waiting', async () => {
  const {json} = await evaluateWith(
    {'timer.mjs': 'export function postprocess() { setInterval(() => {}, 1000); return 1; }'},
    ['timer.mjs'],
  );
  expect(json.plots.extensions[0]).toMatchObject({status: 'success', result: 1});
});

test.each([
  ['a.mjs:f', 'a.mjs', 'f'],
  ['a.mjs', 'a.mjs', 'postprocess'],
  ['@scope/package/sub:f', '@scope/package/sub', 'f'],
  ['/x:y/a.mjs', '/x:y/a.mjs', 'postprocess'],
])('%s is function %s of module %s', (text, module, functionName) => {
  expect(parsePostprocessor(text)).toEqual({text, module, functionName});
});

test.each(['', '  ', ':f', 'a.mjs:'])('"%s" names no postprocessor', text => {
  expect(parsePostprocessor(text)).toBeNull();
});
