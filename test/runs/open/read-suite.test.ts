import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {describe, expect, test} from 'vitest';

import {systemClock} from '../../../src/core/clock.ts';
import {readSuite} from '../../../src/runs/open/read-suite.ts';
import {suiteDescriptionSchema, type SuiteDescription} from '../../../src/suite/suite-description.ts';
import {processesWith} from '../../support/processes.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const HEAD = `import {defineConfig, defineSuite, z} from 'mac/suite';
const Config = defineConfig('demo', {model: z.string().default('a')});
const suite = (cases, more = {}) => defineSuite({name: 'demo', entry: './run.mjs', config: Config, cases, ...more});
const named = (...variants) => variants.map(variant => ({variant, config: Config.create()}));
`;

/** A workspace outside of any package, with a suite and its entry. */
function aWorkspace(suite: string, file = 'suite.ts'): {workspace: string; file: string} {
  const workspace = temporaryFolder();
  mkdirSync(join(workspace, 'config'));
  writeFileSync(join(workspace, 'config', file), suite.includes('import') ? suite : HEAD + suite);
  writeFileSync(join(workspace, 'config', 'run.mjs'), 'console.log(1);\n');
  return {workspace, file: join(workspace, 'config', file)};
}

async function read(
  {workspace, file}: {workspace: string; file: string},
  env: Record<string, string> = {},
): Promise<SuiteDescription> {
  const {PATH = '', HOME = ''} = process.env;
  const text = await readSuite(file, {env: {PATH, HOME, ...env}, cwd: workspace, clock: systemClock});
  return suiteDescriptionSchema.parse(JSON.parse(text));
}

const refusal = async (suite: string, env?: Record<string, string>): Promise<string> => {
  const opened = aWorkspace(suite);
  return await read(opened, env).then(
    () => 'it was read',
    (error: unknown) => String(error instanceof Error ? error.message : error).replace(opened.file, 'FILE'),
  );
};

const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {encoding: 'utf8'}).trim();

describe('a suite', () => {
  test('is read from any folder, where nothing is installed', async () => {
    const description = await read(aWorkspace("export default suite(named('one', 'two'));\n"));
    expect(description).toMatchObject({
      schema: 'mac.suite/1',
      name: 'demo',
      mode: 'standard',
      file: 'config/suite.ts',
      entry: 'config/run.mjs',
      git: null,
      cases: [
        {variant: 'one', config: {model: 'a', seed: 42}},
        {variant: 'two', config: {model: 'a', seed: 42}},
      ],
    });
  });

  test.each(['suite.mts', 'suite.mjs', 'suite.js'])('is read from %s', async name => {
    if (name === 'suite.js') {
      const opened = aWorkspace("export default suite(named('one'));\n", name);
      writeFileSync(join(opened.workspace, 'package.json'), '{"type": "module"}');
      expect((await read(opened)).name).toBe('demo');
      return;
    }
    expect((await read(aWorkspace("export default suite(named('one'));\n", name))).name).toBe('demo');
  });

  test('may await, import TypeScript beside it, and print whatever it likes', async () => {
    const opened = aWorkspace(`${HEAD}import {names} from './names.ts';
console.log('{"not": "the suite"}');
await new Promise(resolve => setTimeout(resolve, 10));
export default suite(named(...names));
setInterval(() => {}, 1000);
`);
    writeFileSync(join(opened.workspace, 'config', 'names.ts'), "export const names: string[] = ['x'];\n");
    expect((await read(opened)).cases.map(({variant}) => variant)).toEqual(['x']);
  });

  test.each([
    ['throws', "throw new Error('no such data');", /Error: no such data\n.*suite\.ts:\d+/],
    ['throws what is no error', "throw 'odd';", /it threw odd/],
    ['is no TypeScript', 'const const;', /Expected identifier but found "const"/],
    ['imports what is not there', "import './nothing.ts';", /Cannot find module/],
    ['exports nothing', 'const x = 1;', /it exports no suite/],
    ['exports another thing', 'export default {name: "demo", cases: []};', /it exports no suite/],
    ['exports two', "export const a = suite(named('a')); export default suite(named('b'));", /it exports 2 suites/],
    ['has no cases', 'export default suite([]);', /it has no cases/],
    ['repeats a name', "export default suite(named('a', 'b', 'a'));", /variants repeat: a \(2 times\)/],
    ['leaves its folder', "export default suite(named('../x', 'a/b'));", /variant "\.\.\/x" cannot .*\n.*"a\/b"/],
    [
      'has a function in a config',
      "const C = defineConfig('c', {f: z.any()}); export default suite([{variant: 'a', config: C.create({f: () => 1})}]);",
      /f is a function, which JSON cannot hold/,
    ],
    [
      'has no entry',
      "export default suite(named('a'), {entry: './nothing.mjs'});",
      /its entry .*nothing\.mjs is not there/,
    ],
    ['ends the process', 'process.exit(0);', /it ended its process itself/],
    [
      'ends the process with an error',
      "console.error('bad luck'); process.exit(7);",
      /exit code 7; it printed:\nbad luck/,
    ],
    ['waits for nothing', 'await new Promise(() => {});', /waits for something that never comes/],
  ])('that %s is refused in one clear message', async (_, body, expected) => {
    const message = await refusal(HEAD + body);
    expect(message).toMatch(expected);
    expect(message).toMatch(/^FILE: /);
  });

  test('that loops without end is ended, with everything that it started', async () => {
    const body = `import {spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';
const own = fileURLToPath(new URL('./started', import.meta.url));
spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', own], {detached: true, stdio: 'ignore'});
for (;;);`;
    const opened = aWorkspace(HEAD + body);
    const before = readdirSync(tmpdir()).filter(name => name.startsWith('mac-suite-')).length;
    await expect(read(opened, {MAC_SUITE_TIMEOUT_SECONDS: '3'})).rejects.toThrow(/it did not end in 3 s/);
    expect(processesWith(opened.workspace)).toEqual([]);
    expect(readdirSync(tmpdir()).filter(name => name.startsWith('mac-suite-')).length).toBeLessThanOrEqual(before);
  });

  test('that is not there, or a folder, is refused', async () => {
    const {workspace} = aWorkspace("export default suite(named('a'));");
    await expect(read({workspace, file: join(workspace, 'no.ts')})).rejects.toMatchObject({code: 'config-missing'});
    await expect(read({workspace, file: workspace})).rejects.toMatchObject({code: 'config-unreadable'});
  });
});

describe('the code of a suite', () => {
  test('has a hash of the entry and of what it imports, which other files do not change', async () => {
    const opened = aWorkspace("export default suite(named('a'));");
    const write = (name: string, text: string): void => writeFileSync(join(opened.workspace, 'config', name), text);
    write('run.mjs', "import {a} from './a.js';\nawait import('./b');\nimport 'node:fs';\nconsole.log(a);\n");
    write('a.ts', "export * from './c/index.js';\n");
    write('b.ts', 'export {};\n');
    mkdirSync(join(opened.workspace, 'config', 'c'));
    write('c/index.ts', "export const a = 1; import '../a.js'; new URL('./data.json', import.meta.url);\n");
    write('c/data.json', '1');
    write('unrelated.ts', '1');
    const first = await read(opened);
    expect(first.code_files.toSorted()).toEqual(
      ['a.ts', 'b.ts', 'c/data.json', 'c/index.ts', 'run.mjs'].map(name => `config/${name}`),
    );
    write('unrelated.ts', '2');
    expect((await read(opened)).code).toBe(first.code);
    write('c/data.json', '2');
    expect((await read(opened)).code).not.toBe(first.code);
  });
});

describe('the repository of a suite', () => {
  test('is that of its file, not that of the caller; its changes are told', async () => {
    const opened = aWorkspace("export default suite(named('a'));");
    const config = join(opened.workspace, 'config');
    git(opened.workspace, 'init', '-q');
    git(opened.workspace, 'commit', '-q', '--allow-empty', '-m', 'outer');
    git(config, 'init', '-q');
    git(config, 'add', '.');
    git(config, 'commit', '-q', '-m', 'one');
    const short = git(config, 'rev-parse', '--short', 'HEAD');
    expect(short).not.toBe(git(opened.workspace, 'rev-parse', '--short', 'HEAD'));
    expect((await read(opened)).git).toMatchObject({short, dirty: false, diff_sha256: null});
    writeFileSync(join(config, 'run.mjs'), 'console.log(2);\n');
    const diff = createHash('sha256')
      .update(git(config, 'diff', 'HEAD'))
      .digest('hex');
    expect((await read(opened)).git).toMatchObject({short, dirty: true, diff_sha256: diff});
  });

  test('is changed, too, when a file of the code is in no commit', async () => {
    const opened = aWorkspace("export default suite(named('a'));");
    git(opened.workspace, 'init', '-q');
    git(opened.workspace, 'add', 'config/suite.ts');
    git(opened.workspace, 'commit', '-q', '-m', 'one');
    expect((await read(opened)).git).toMatchObject({dirty: true, diff_sha256: null});
  });
});
