import {cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';

import {execa} from 'execa';
import {describe, expect, test} from 'vitest';

import {runMac, type MacResult} from '../support/mac.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const TSX = join(ROOT, 'node_modules/.bin/tsx');

const CONFIG = `import {defineConfig, z} from 'mac/suite';
export const Config = defineConfig('probe', {
  word: z.string().default('w'),
  fails: z.boolean().default(false),
  opt: z.string().nullable().default(null),
  tags: z.array(z.string()).default(['x']),
  barrier: z.int().default(0),
});
`;

/** Waits at a barrier until as many cases have started, so that what overlaps is no matter of luck. */
const RUN = `import {defineEntry} from 'mac/suite';
import {appendFileSync, readFileSync} from 'node:fs';
import {Config} from './config.ts';
globalThis.counted = (globalThis.counted ?? 0) + 1;
await defineEntry(Config, async (config, ctx) => {
  appendFileSync('started', config.word + '\\n');
  while (config.barrier > readFileSync('started', 'utf8').trim().split('\\n').length) {
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  console.log('word', config.word);
  if (config.fails) throw new Error('no luck with ' + config.word);
  ctx.writeResult({pid: process.pid, counted: globalThis.counted, draw: ctx.rng(), from: performance.timeOrigin,
    to: Date.now()}, {opt: config.opt});
});
`;

const suiteText = (cases: string, more = "entry: './run.ts'"): string => `import {defineSuite} from 'mac/suite';
import {Config} from './config.ts';
const base = Config.create();
const make = (variant: string, changes: Parameters<typeof Config.copyWith>[1] = {}) => ({
  variant, config: Config.copyWith(base, {word: variant, ...changes}),
});
export default defineSuite({name: 'probe', config: Config, cases: [${cases}], ${more}});
`;

interface Workspace {
  readonly folder: string;
  readonly mac: (...args: string[]) => Promise<MacResult>;
  readonly write: (cases: string, more?: string) => void;
  /** Folder of its only run. */
  readonly run: () => string;
  readonly json: (...path: string[]) => any;
}

function aWorkspace(cases: string): Workspace {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'config'));
  writeFileSync(join(folder, 'config/config.ts'), CONFIG);
  writeFileSync(join(folder, 'config/run.ts'), RUN);
  const write = (changed: string, more?: string): void =>
    writeFileSync(join(folder, 'config/suite.ts'), suiteText(changed, more));
  write(cases);
  const run = (): string => {
    const runs = readdirSync(join(folder, 'results/probe'));
    expect(runs).toHaveLength(1);
    return join('results/probe', runs[0]!);
  };
  return {
    folder,
    write,
    run,
    mac: (...args) => runMac(args, {cwd: folder}),
    json: (...path) => JSON.parse(readFileSync(join(folder, ...path), 'utf8')),
  };
}

describe('mac suite', () => {
  test('shows in a dry run the cases and their folders, and makes none', async () => {
    const {mac, folder} = aWorkspace("make('a'), make('b'), make('c'), make('d')");
    const {exitCode, stdout} = await mac('suite', 'config/suite.ts', '--dry-run');
    expect(exitCode).toBe(0);
    for (const name of ['a', 'b', 'c', 'd']) {
      expect(stdout).toMatch(new RegExp(`^  ${name}  results/probe/\\d{8}_\\d{6}_nogit/${name}$`, 'm'));
    }
    expect(readdirSync(folder)).toEqual(['config']);
  });

  test('runs each case in a process of its own and goes on after one has failed', async () => {
    const {mac, run, json, folder} = aWorkspace(
      "make('a'), make('b', {opt: 'o', tags: []}), make('bad', {fails: true}), make('d')",
    );
    const {exitCode, stdout, stderr} = await mac('suite', 'config/suite.ts');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('3/4 succeeded');
    expect(stderr).toMatch(/^\[OK\] a$/m);
    expect(stderr).toMatch(/^\[FAILED\] bad: no luck with bad$/m);
    expect(stderr).toContain('    Error: no luck with bad');
    // Written before it ran, whatever became of it.
    expect(json(run(), 'bad/config.json')).toMatchObject({word: 'bad', output_dir: join(folder, run(), 'bad')});
    expect(json(run(), 'b/config.json')).toMatchObject({opt: 'o', tags: [], seed: 42});
    const results = ['a', 'b', 'd'].map(name => json(run(), name, 'results.json').metrics);
    expect(new Set(results.map(({pid}) => pid)).size).toBe(3);
    expect(results.map(({counted}) => counted)).toEqual([1, 1, 1]);
    expect(new Set(results.map(({draw}) => draw)).size).toBe(1);
    // Logs of those that succeeded too.
    expect(readFileSync(join(folder, run(), 'a/trial.log'), 'utf8')).toContain('word a');
    const summary = json(run(), 'summary.json');
    expect(summary.counts).toEqual({succeeded: 3, failed: 1});
    const record = json('bookkeeping/trial_record/suite/probe', run().slice('results/probe/'.length), 'bad.json');
    const written = statSync(join(folder, run(), 'bad/config.json')).mtimeMs;
    expect(written).toBeLessThanOrEqual(Date.parse(record.started_at) + 1);
  });

  test('runs all cases at once, or as many as -p says', async () => {
    const all = aWorkspace(
      "make('a', {barrier: 4}), make('b', {barrier: 4}), make('c', {barrier: 4}), make('d', {barrier: 4})",
    );
    expect((await all.mac('suite', 'config/suite.ts')).exitCode).toBe(0);
    const two = aWorkspace("make('a', {barrier: 2}), make('b', {barrier: 2}), make('c'), make('d')");
    const {exitCode, stdout} = await two.mac('suite', 'config/suite.ts', '-p', '2');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('4/4 succeeded');
    const spans = ['a', 'b', 'c', 'd'].map(name => two.json(two.run(), name, 'results.json').metrics);
    for (const {from} of spans)
      expect(spans.filter(span => span.from <= from && from < span.to).length).toBeLessThan(3);
  });

  test('goes on in the folder of an earlier run: what is done is kept, what failed runs again', async () => {
    const {mac, run, write, json, folder} = aWorkspace("make('a'), make('bad', {fails: true}), make('gone')");
    await mac('suite', 'config/suite.ts');
    const before = json(run(), 'a/results.json').metrics;
    const runtime = readFileSync(join(folder, 'config/run.ts'), 'utf8');

    // Another config is refused, with what differs; nothing is touched.
    write("make('a', {opt: 'new'}), make('bad', {fails: true})");
    const refused = await mac('suite', 'config/suite.ts', '--resume', run());
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('a: opt: null → "new"');
    expect(refused.stderr).toContain('no longer in the suite, left alone: gone');
    expect(readdirSync(join(folder, run(), 'a'))).not.toContain('config.1.json');

    // The same config: only what failed runs.
    write("make('a'), make('bad', {fails: true}), make('gone')");
    const again = await mac('suite', 'config/suite.ts', '--resume', run());
    expect(again.exitCode).toBe(1);
    expect(again.stdout).toContain('2/3 succeeded');
    expect(again.stderr).toContain('[OK] a (done before)');
    expect(json(run(), 'a/results.json').metrics).toEqual(before);

    // Allowed: runs again, and the old config is kept.
    write("make('a', {opt: 'new'}), make('bad', {fails: true})");
    const allowed = await mac('suite', 'config/suite.ts', '--resume', run(), '--allow-config-change');
    expect(allowed.stdout).toContain('1/2 succeeded');
    expect(json(run(), 'a/config.json').opt).toBe('new');
    expect(json(run(), 'a/config.1.json').opt).toBeNull();
    expect(json(run(), 'a/results.json').opt).toBe('new');

    // Other code of the cases is another result, too.
    writeFileSync(join(folder, 'config/run.ts'), `${runtime}\n// edited\n`);
    const edited = await mac('suite', 'config/suite.ts', '--resume', run(), '--dry-run');
    expect(edited.stdout).toContain('2 cases, 2 to run');
    expect(edited.stderr).toContain('what they do has changed');
  });

  test.each([
    ['a variant twice', "make('a'), make('a')", [], /variants repeat: a \(2 times\)/],
    ['a variant outside', "make('../x')", [], /variant "\.\.\/x" cannot be the name of a folder/],
    ['no cases', '', [], /it has no cases/],
    ['a folder that is not there', "make('a')", ['--resume', 'results/probe/none'], /there is no such folder/],
    ['a folder of another kind', "make('a')", ['--resume', 'config'], /no folder of a run of this suite/],
  ])('refuses %s with exit code 2 and writes nothing', async (_, cases, flags, message) => {
    const {mac, folder} = aWorkspace(cases);
    const {exitCode, stderr} = await mac('suite', 'config/suite.ts', ...flags);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
    expect(readdirSync(folder)).toEqual(['config']);
  });

  test('writes the files of a new suite, which run', async () => {
    const {mac, folder} = aWorkspace("make('a')");
    const written = await mac('suite', 'init', 'mine');
    expect(written.exitCode).toBe(0);
    expect(readdirSync(join(folder, 'config/suites/mine')).toSorted()).toEqual([
      'config.ts',
      'package.json',
      'run.ts',
      'suite.ts',
    ]);
    const {exitCode, stdout} = await mac('suite', 'config/suites/mine/suite.ts');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('4/4 succeeded');
    expect(existsSync(join(folder, 'results/mine'))).toBe(true);
    expect((await mac('suite', 'init', 'mine')).exitCode).toBe(2);
    expect((await mac('suite', 'init', '../mine')).exitCode).toBe(2);
  });
});

describe('a suite in Inspect mode', () => {
  const ENTRY = `import {writeFileSync} from 'node:fs';
const {INSPECT_LOG_DIR, INSPECT_EVAL_LOG_FILE_PATTERN, MAC_OUTPUT_DIR} = process.env;
const name = INSPECT_EVAL_LOG_FILE_PATTERN.replace('{id}', 'Q' + process.pid);
const content = {argv: process.argv.slice(2), folder: MAC_OUTPUT_DIR, pattern: INSPECT_EVAL_LOG_FILE_PATTERN};
writeFileSync(INSPECT_LOG_DIR + '/2026-11-20T20-13-10-00-00_' + name + '.eval', JSON.stringify(content));
`;

  test('leaves a flat folder of files named by code and variant, and no configs', async () => {
    const {mac, folder, json, write} = aWorkspace('');
    writeFileSync(join(folder, 'config/inspect.mjs'), ENTRY);
    write("make('a'), make('a_b')", "mode: 'inspect', entry: ['node', 'config/inspect.mjs', '{word}', '{flags}']");
    const {exitCode, stdout} = await mac('suite', 'config/suite.ts');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('2/2 succeeded');
    const results = join(folder, 'results/probe');
    const names = readdirSync(results).toSorted();
    expect(names.every(name => statSync(join(results, name)).isFile())).toBe(true);
    expect(names.filter(name => name.endsWith('.json'))).toEqual([
      expect.stringMatching(/_nogit\.provenance\.json$/),
      expect.stringMatching(/_nogit\.summary\.json$/),
    ]);
    const [own] = names.filter(name => /_nogit_a_Q\d+\.eval$/.test(name));
    expect(json('results/probe', own!)).toEqual({
      argv: ['a', '--word=a', '--fails=false', '--opt=__none__', '--tags=["x"]', '--barrier=0', '--seed=42'],
      folder: results,
      pattern: 'nogit_a_{id}',
    });
    const summary = json(
      'results/probe',
      names.find(name => name.endsWith('summary.json'))!,
    );
    expect(summary.cases[0].eval_files).toEqual([own]);
    expect(summary.cases[1].eval_files).toHaveLength(1);
  });

  test('runs a module, which gets its config by file, and cannot be resumed', async () => {
    const {mac, folder, write} = aWorkspace('');
    writeFileSync(join(folder, 'config/inspect.mjs'), ENTRY);
    write("make('a')", "mode: 'inspect', entry: './inspect.mjs'");
    expect((await mac('suite', 'config/suite.ts')).exitCode).toBe(0);
    const refused = await mac('suite', 'config/suite.ts', '--resume', 'results/probe');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('a suite in Inspect mode cannot be resumed');
  });
});

describe('the library mac/suite, where it is installed', () => {
  /** The worked example in a project that has mac as a package. */
  function aProject(): string {
    const folder = temporaryFolder();
    cpSync(join(ROOT, 'config/suites'), join(folder, 'config/suites'), {recursive: true});
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(ROOT, join(folder, 'node_modules/mac'));
    return folder;
  }

  const tsx = (cwd: string, ...args: string[]) => execa(TSX, args, {cwd, reject: false});

  test('runs a suite whose file is the program, as mac suite does', async () => {
    const cwd = aProject();
    const dry = await tsx(cwd, 'config/suites/demo/suite.ts', '--dry-run');
    expect(dry.stdout).toContain('demo: 4 cases, 4 to run');
    const {exitCode, stdout} = await tsx(cwd, 'config/suites/demo/suite.ts', '--only', 'variant=small_full');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('1/1 succeeded');
    expect((await tsx(cwd, 'config/suites/demo/suite.ts', '--resume', 'nowhere')).exitCode).toBe(2);
  });

  test('runs an entry by hand: from flags, or from the file of a case with flags before it', async () => {
    const cwd = aProject();
    const entry = 'config/suites/demo/run.ts';
    const flags = await tsx(cwd, entry, '--numSamples', '3', '--dry-run', '--output-dir', 'out');
    expect(flags).toMatchObject({exitCode: 0, stdout: expect.stringMatching(/^\d of 3 right$/)});
    writeFileSync(join(cwd, 'case.json'), '{"numSamples": 5, "model": "large", "output_dir": "out2"}');
    const file = await tsx(cwd, entry, '--config', 'case.json');
    expect(file.stdout).toMatch(/^\d of 5 right$/);
    expect(existsSync(join(cwd, 'out2/results.json'))).toBe(true);
    const again = await tsx(cwd, entry, '--config', 'case.json');
    expect(again.stdout).toMatch(/already complete: .*out2\/results\.json/);
    // Another config in the folder of finished results is not complete.
    expect((await tsx(cwd, entry, '--config', 'case.json', '--numSamples', '4')).stdout).toMatch(/^\d of 4 right$/);
    const wrong = await tsx(cwd, entry, '--numSamples', 'many', '--output-dir', 'out');
    expect(wrong).toMatchObject({exitCode: 2, stderr: expect.stringContaining('numSamples')});
    expect(await tsx(cwd, entry)).toMatchObject({exitCode: 2, stderr: expect.stringContaining('no output folder')});
  });

  test('has types: a wrong suite does not compile', async () => {
    const cwd = aProject();
    const options = {
      module: 'nodenext',
      target: 'es2022',
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      types: [],
      allowImportingTsExtensions: true,
    };
    writeFileSync(join(cwd, 'tsconfig.json'), JSON.stringify({compilerOptions: options, include: ['config']}));
    writeFileSync(
      join(cwd, 'config/wrong.ts'),
      `import {Config} from './suites/demo/config.ts';
const base = Config.create({numSamples: 'many'});
Config.copyWith(base, {modell: 'large'});
Config.copyWith(base, {outputDir: '/tmp'});
base.model = 'large';
`,
    );
    const {stdout} = await execa(join(ROOT, 'node_modules/.bin/tsc'), ['-p', cwd], {reject: false});
    const errors = stdout.split('\n').filter(line => /^\S.*error TS/.test(line));
    expect(errors.map(line => /wrong\.ts\((\d+),/.exec(line.slice(line.lastIndexOf('config/')))?.[1])).toEqual([
      '2',
      '3',
      '4',
      '5',
    ]);
  });
});
