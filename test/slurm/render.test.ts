import {chmodSync, mkdirSync, existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import fc from 'fast-check';
import {execa} from 'execa';
import {describe, expect, it} from 'vitest';

import {shellQuote} from '../../src/core/text/shell-quote.ts';
import {renderAfterAllScript, renderArrayScript, type JobFacts} from '../../src/slurm/submit/render-script.ts';
import {compileTemplate} from '../../src/slurm/submit/template.ts';
import {complaintsAbout, hasShellcheck} from '../support/shellcheck.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {aProfile, jobFacts} from './a-profile.ts';

const ARRAY = {index: 2, name: 'mac-abcd1234-2', spec: '0-4,7', throttle: 3, gpus: 2};

const NASTY = [
  'plain',
  '',
  'two words',
  "it's",
  'double "quotes"',
  'back\\slash \\',
  '$(touch PWNED)',
  '`touch PWNED`',
  '$HOME ${PATH} $1 !!',
  'a\nb\n\nc ',
  '\ttab',
  'ünïcödé 漢字 🙂',
  '-rf',
  '--option=x',
  'NAME=value; touch PWNED',
  '# no comment',
  '* ? [a-z] {1..3} ~',
  '& | ; < > ( )',
  "'\\''",
  '%A_%a',
];

const nasty = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({unit: 'binary', maxLength: 40}).filter(text => !/[\0\ud800-\udfff]/.test(text)),
  fc.string({unit: fc.constantFrom(...Array.from(`'"\\$\`(){};&|<>#!*?~ \n\t-=ab%`)), maxLength: 20}),
);

/** A program in Node's place that prints its arguments and two variables, each ended by NUL. */
function printer(): string {
  const path = join(temporaryFolder(), "no de's $x");
  writeFileSync(path, '#!/bin/bash\nprintf \'%s\\0\' "$@" "$MAC_VALUE" "$OTHER" "$FROM_SETUP"\n');
  chmodSync(path, 0o755);
  return path;
}

async function runScript(script: string): Promise<string[]> {
  const cwd = temporaryFolder();
  const {stdout} = await execa('bash', ['-c', script], {
    cwd,
    env: {SLURM_ARRAY_TASK_ID: '3'},
    stripFinalNewline: false,
  });
  expect(existsSync(join(cwd, 'PWNED'))).toBe(false);
  return stdout.split('\0').slice(0, -1);
}

describe('quoting', () => {
  it('gives bash every text back', async () => {
    const texts = [...NASTY, ...fc.sample(nasty, 300)];
    const {stdout} = await execa('bash', ['-c', `printf '%s\\0' ${texts.map(shellQuote).join(' ')}`], {
      stripFinalNewline: false,
    });
    expect(stdout.split('\0').slice(0, -1)).toEqual(texts);
  });

  it('leaves plain words and the names before values plain', () => {
    expect(['--time=01:00:00', '/a/b.c', 'A=b c', '--comment=a b'].map(shellQuote)).toEqual([
      '--time=01:00:00',
      '/a/b.c',
      "A='b c'",
      "--comment='a b'",
    ]);
  });
});

describe('the script of an array', () => {
  it('is readable', async () => {
    const profile = await aProfile({
      partition: 'gpu',
      account: 'lab',
      time: '12:00:00',
      mem: '64G',
      cpus_per_task: 8,
      gpu_type: 'a100',
      exclude: ['n1', 'n2'],
      mail_user: 'ada@example.org',
      modules: ['cuda/12.4'],
      environment: {HF_HUB_OFFLINE: 1},
      setup_command: 'source "$HOME/env/bin/activate"',
      sbatch_lines: ['--reservation=x y'],
    });
    const script = renderArrayScript(ARRAY, profile, jobFacts({environment: {MAC_FAIRNESS_WORKSPACE: '/w'}}));
    expect(script).toMatchSnapshot();
  });

  it('passes every value on as it is', async () => {
    const node = printer();
    const values = fc.tuple(nasty, nasty, nasty, nasty);
    await fc.assert(
      fc.asyncProperty(values, async ([path, code, own, set]) => {
        const profile = await aProfile({
          environment: {OTHER: set},
          setup_command: `export FROM_SETUP=${shellQuote(own)}`,
        });
        const job = {submissionFile: `/x/${path}`, codePath: `/c/${code}`, nodePath: node};
        const script = renderArrayScript(ARRAY, profile, jobFacts({...job, environment: {MAC_VALUE: own}}));
        const args = ['slurm-element', '--submission', `/x/${path}`, '--array', '2', '--element', '3'];
        const [program, ...rest] = await runScript(script);
        expect(program?.startsWith('/c')).toBe(true);
        expect(rest).toEqual([...args, own, set, own]);
      }),
      {numRuns: 60, examples: NASTY.map(text => [[text, text, text, text]])},
    );
  });

  it('has one kind of request for GPUs', async () => {
    const gpuLines = async (keys: Record<string, unknown>, gpus = 2): Promise<string[]> =>
      renderArrayScript({...ARRAY, gpus}, await aProfile(keys), jobFacts())
        .split('\n')
        .filter(line => /gpu/.test(line));
    expect(await gpuLines({})).toEqual(['#SBATCH --gres=gpu:2']);
    expect(await gpuLines({gpu_type: 'a100'})).toEqual(['#SBATCH --gres=gpu:a100:2']);
    expect(await gpuLines({gpu_request: 'gres', gpu_type: 'a100'})).toEqual(['#SBATCH --gres=gpu:2']);
    expect(await gpuLines({gpu_request: 'gpus_per_node'})).toEqual(['#SBATCH --gpus-per-node=2']);
    expect(await gpuLines({gpu_request: 'gpus_per_node', gpu_type: 'v100'})).toEqual([
      '#SBATCH --gpus-per-node=v100:2',
    ]);
    expect(await gpuLines({}, 0)).toEqual([]);
  });

  it('is refused where sbatch could not read a value', async () => {
    const render = async (facts: Partial<JobFacts>, keys = {}): Promise<string> =>
      renderArrayScript(ARRAY, await aProfile(keys), jobFacts(facts));
    await expect(render({workspace: '/a\nb', logs: '/a\nb/logs'})).rejects.toMatchObject({
      code: 'sbatch-value-invalid',
      message: expect.stringContaining('--chdir') as string,
    });
    await expect(render({gridId: 'x\nrm -rf .'})).rejects.toMatchObject({code: 'sbatch-value-invalid'});
    await expect(render({}, {exclude: Array.from({length: 3000}, (_, i) => `n${i}`)})).rejects.toThrow(
      /more than sbatch/,
    );
    await expect(render({environment: {A: 'a\0b'}})).rejects.toThrow(/NUL/);
  });

  it('hands signals on to the program and ends with its code', async () => {
    const folder = temporaryFolder();
    const node = join(folder, 'node');
    const body =
      "trap 'echo got USR2' USR2; trap 'echo got TERM; exit 43' TERM; echo ready; while :; do sleep 0.05; done";
    writeFileSync(node, `#!/bin/bash\n${body}\n`);
    chmodSync(node, 0o755);
    const profile = await aProfile({setup_command: 'set -euo pipefail'});
    const script = renderArrayScript(ARRAY, profile, jobFacts({nodePath: node}));
    const job = execa('bash', ['-c', script], {env: {SLURM_ARRAY_TASK_ID: '0'}, reject: false});
    const next = {ready: 'SIGUSR2', 'got USR2': 'SIGTERM'} as const;
    for await (const line of job) {
      if (line in next) job.kill(next[line as keyof typeof next]);
    }
    const {exitCode, stdout} = await job;
    expect(stdout.split('\n')).toEqual(['ready', 'got USR2', 'got TERM']);
    expect(exitCode).toBe(43);
  });

  it('makes the module command known to a batch shell, and loads modules before the setup command', async () => {
    const home = temporaryFolder();
    mkdirSync(join(home, 'init'));
    writeFileSync(join(home, 'init/bash'), 'module() { LOADED="${LOADED-} $*"; }\n');
    const node = join(home, 'node');
    writeFileSync(node, '#!/bin/bash\necho "$SEEN"\n');
    chmodSync(node, 0o755);
    const profile = await aProfile({modules: ['cuda/12.4', 'a b'], setup_command: 'export SEEN="$LOADED, $WHERE"'});
    const script = renderArrayScript(ARRAY, profile, jobFacts({nodePath: node, environment: {WHERE: 'here'}}));
    const {stdout} = await execa('bash', ['-c', script], {env: {SLURM_ARRAY_TASK_ID: '0', MODULESHOME: home}});
    expect(stdout).toBe(' load cuda/12.4 load a b, here');
  });

  it('ends when a module or the setup command fails', async () => {
    const node = printer();
    const setup = renderArrayScript(
      ARRAY,
      await aProfile({setup_command: 'echo no >&2; false'}),
      jobFacts({nodePath: node}),
    );
    const failed = await execa('bash', ['-c', setup], {reject: false});
    expect(failed).toMatchObject({exitCode: 1, stdout: '', stderr: 'no\nmac: setup_command ended with exit code 1'});
    for (const [command, code] of [
      ['exit 3', 3],
      ['exit 0', 0],
    ] as const) {
      const script = renderArrayScript(ARRAY, await aProfile({setup_command: command}), jobFacts({nodePath: node}));
      const ended = await execa('bash', ['-c', script], {reject: false});
      expect(ended).toMatchObject({exitCode: 1, stdout: '', stderr: `mac: setup_command ended with exit code ${code}`});
    }
    const modules = renderArrayScript(ARRAY, await aProfile({modules: ['none/1']}), jobFacts({nodePath: node}));
    const result = await execa('bash', ['-c', modules], {reject: false});
    expect(result).toMatchObject({exitCode: 1, stdout: ''});
    expect(result.stderr).toMatch(/mac: a module cannot be loaded/);
  });
});

describe('the script of the job after all', () => {
  it('runs the command with the same mac', async () => {
    const node = printer();
    const job = jobFacts({nodePath: node, codePath: '/co de', environment: {MAC_VALUE: "a'b"}});
    const script = renderAfterAllScript('mac results "a b" && true', await aProfile(), job);
    expect(await runScript(script)).toEqual(['/co de/bin/mac.js', 'results', 'a b', "a'b", '', '']);
    expect(script).toContain('#SBATCH --job-name=mac-abcd1234-after');
  });
});

describe.skipIf(!hasShellcheck())('shellcheck', () => {
  it('has nothing to say about any script', async () => {
    const profiles = [
      {},
      {modules: ['a b', 'c/1'], setup_command: "source x\nexport Y='z'", environment: {A: '$(b)', B: "it's"}},
      {sbatch_lines: ['--reservation=$x'], requeue: false, exclude: ['n[1-3]'], constraint: 'a&b|c'},
    ];
    for (const keys of profiles) {
      const profile = await aProfile(keys);
      const job = jobFacts({workspace: "/w w/it's", environment: {MAC_FAIRNESS_WORKSPACE: "/w w/it's\nx"}});
      expect(await complaintsAbout(renderArrayScript(ARRAY, profile, job))).toBe('');
      expect(await complaintsAbout(renderAfterAllScript('mac results --json > out.json', profile, job))).toBe('');
    }
  });
});

describe('a template', () => {
  it.each([
    ['{{name}}', /expected quote/],
    ['{{{name}}}', /expected quote/],
    ['{{quote nam}}', /nothing is called nam/],
    ['{{#if nam}}x{{/if}}', /nothing is called nam/],
    ['{{#each list}}{{quote other}}{{/each}}', /nothing is called other/],
    ['{{#each list}}{{this}}{{/each}}', /expected quote/],
    ['{{#with name}}{{/with}}', /expected if or each/],
    ['{{quote (lookup list name)}}', /expected quote/],
    ['{{quote list.[0].x}}', /nothing is called/],
    ['{{> other}}', /PartialStatement is not allowed/],
    ['{{quote "text"}}', /expected quote/],
    ['{{#if name}}{{else}}{{name}}{{/if}}', /expected quote/],
  ])('that says %j is refused when it is loaded', (source, message) => {
    expect(() => compileTemplate<{name: string; list: string[]}>(source, 't.hbs', ['name', 'list'])).toThrow(message);
  });

  it('quotes and does nothing else to a value', () => {
    const render = compileTemplate<{name: string; list: string[]}>(
      '{{#each list}}[{{quote this}}]{{/each}}{{#if name}}{{quote name}}{{/if}}',
      't.hbs',
      ['name', 'list'],
    );
    expect(render({name: '<a> & "b"', list: ["it's", 'x']})).toBe(`['it'\\''s'][x]'<a> & "b"'`);
  });
});
