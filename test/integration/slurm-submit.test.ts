import {appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';

import {createLayout} from '../../src/record/layout.ts';
import {readSubmissions, type Submission} from '../../src/slurm/submission/submission-file.ts';
import {listElements} from '../../src/slurm/submission/array-spec.ts';
import {startCluster, describeOnCluster, type Cluster} from '../support/cluster.ts';
import {MAC, runMac, type MacResult} from '../support/mac.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {makeWorkspace} from '../support/workspace.ts';

const TASKS = 6;
/** They are cancelled at the end of their test. */
const LONG = ['--setup-command', 'sleep 3600'];

/** For a controller that stays silent. */
const IMPATIENT = {MAC_SLURM_PATIENCE_SECONDS: '4'};
const SUBMIT = ['submit', 'config/c.yaml', '--partition', 'gpu', '--mem', '200M'];

/** Files that `mac submit` writes on its way, in that order. */
const SUBMIT_STAGES: [string, (cwd: string) => boolean][] = [
  ['its grid is written', cwd => hasRecord(cwd, /^grid_manifest\/[^.][^/]*\.json$/, '"tasks"')],
  ['its submission is written', cwd => hasRecord(cwd, /\/submission_1\.json$/)],
  ['its job script is written', cwd => hasRecord(cwd, /\/array_1_0\.sbatch$/)],
  ['its array is being submitted', cwd => hasRecord(cwd, /\/submission_1\.json$/, '"submitting"')],
];

function hasRecord(cwd: string, pattern: RegExp, text = ''): boolean {
  const books = join(cwd, 'bookkeeping');
  try {
    // Not the frozen code, whose thousands of files take longer to list than a submission to make.
    const grids = existsSync(join(books, 'slurm')) ? readdirSync(join(books, 'slurm')) : [];
    const folders = ['grid_manifest', ...grids.filter(grid => /^\d{8}T/.test(grid)).map(grid => `slurm/${grid}`)];
    const names = folders.flatMap(folder => readdirSync(join(books, folder)).map(name => `${folder}/${name}`));
    const name = names.find(each => pattern.test(each));
    return name !== undefined && readFileSync(join(books, name), 'utf8').includes(text);
  } catch {
    return false; // not there yet
  }
}

/** Makes a workspace with a grid of six small tasks. */
function workspace(): string {
  const folder = makeWorkspace({questions: 2});
  const sweep = '[a, b, c, d, e, f]';
  appendFileSync(join(folder, 'config/c.yaml'), `\n_grid:\n  sweep:\n    agent_definitions.0.persona: ${sweep}\n`);
  return folder;
}

interface StatusJson {
  readonly slurm_silence: string | null;
  readonly grids: readonly {
    readonly grid_id: string;
    readonly counts: Readonly<Record<string, number>>;
    readonly tasks: readonly {task_id: number; state: string; cause: string | null; detail: string | null}[];
  }[];
}

describeOnCluster('mac submit, status, cancel and resume on a real cluster', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterEach(() => cluster.recover());
  afterAll(() => cluster.stop());

  const mac = async (cwd: string, args: readonly string[], env: Record<string, string> = {}): Promise<MacResult> =>
    await runMac(args, {cwd, env: {...cluster.env, ...env}});
  const submit = async (
    cwd: string,
    args: readonly string[] = [],
    env: Record<string, string> = {},
  ): Promise<MacResult> => await mac(cwd, [...SUBMIT, ...args], env);
  const status = async (cwd: string): Promise<StatusJson> => {
    const {stdout, stderr, exitCode} = await mac(cwd, ['status', '--json']);
    expect(exitCode, stderr).toBe(0);
    return JSON.parse(stdout) as StatusJson;
  };
  const counts = async (cwd: string) => (await status(cwd)).grids[0]?.counts;
  const submissionsOf = async (cwd: string): Promise<Submission[]> => {
    const layout = createLayout({workspace: cwd});
    const [grid] = readdirSync(join(cwd, 'bookkeeping/slurm')).filter(name => name !== 'code');
    return (await readSubmissions(layout, grid!)).submissions;
  };
  /** Live and ended jobs of a workspace as the queue has them: `{task}` → how many elements. */
  const elementsByTask = async (cwd: string): Promise<Map<number, number>> => {
    const arrays = (await submissionsOf(cwd)).flatMap(each => each.arrays);
    const stdout = await cluster.ask('squeue', ['-h', '-r', '-t', 'all', '-o', '%K|%j']);
    const tasks = new Map<number, number>();
    for (const line of stdout.split('\n')) {
      const [element, name] = line.split('|');
      const array = arrays.find(each => each.name === name);
      if (!array) continue;
      const placed = listElements(array.tasks).find(each => each.element === Number(element));
      for (const task of placed?.tasks ?? []) tasks.set(task, (tasks.get(task) ?? 0) + 1);
    }
    return tasks;
  };
  const once = new Map(Array.from({length: TASKS}, (_, task) => [task, 1]));
  const allDone = async (cwd: string): Promise<void> => {
    await cluster.waitFor('everything to be done', async () => {
      const {stdout} = await mac(cwd, ['ls', '--json']);
      return (JSON.parse(stdout) as {grids: {state: string}[]}).grids.every(({state}) => state === 'done');
    });
  };

  test('a grid is submitted, watched and done; its jobs run the code as it was', async () => {
    const cwd = workspace();
    const {exitCode, stdout, stderr} = await submit(cwd, ['--after-all', 'touch after-all-ran']);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/6 tasks in 6 jobs\n {2}array 0 {2}job \d+ {2}tasks 0-5 {2}6 elements/);
    expect(exitCode).toBe(0);
    await allDone(cwd);
    expect(await elementsByTask(cwd)).toEqual(once);
    await cluster.waitFor('the job after all', () => Promise.resolve(readdirSync(cwd).includes('after-all-ran')));
    const {stdout: log} = await mac(cwd, ['logs', 'latest', '3']);
    expect(log).toContain('done');
    expect((await mac(cwd, ['status'])).stdout).toMatch(
      /finished .*Z, .* after it was submitted\n {2}tasks {6}6 done {3}of 6/,
    );
  });

  test('a controller that is frozen while mac submits gets exactly one job', async () => {
    const cwd = workspace();
    await cluster.freezeController();
    const submitting = execa(process.execPath, [MAC, ...SUBMIT, ...LONG], {
      cwd,
      env: {...cluster.env, MAC_SLURM_PATIENCE_SECONDS: '300'},
      reject: false,
    });
    // sbatch has given up: it is for mac to find out what became of the job.
    let told = '';
    submitting.stderr.on('data', (text: Buffer) => (told += text.toString()));
    await cluster.waitFor('sbatch to give up', () => Promise.resolve(told.includes('looking whether it was queued')));
    await cluster.thawController();
    const {exitCode, stdout, stderr} = await submitting;
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/array 0 {2}job \d+/);
    expect(await elementsByTask(cwd)).toEqual(once);
    await mac(cwd, ['cancel', 'latest']);
  });

  test.each(SUBMIT_STAGES)(
    'mac submit killed once %s: mac resume submits what is missing and nothing twice',
    async (_stage, isReached) => {
      const cwd = workspace();
      const args = [MAC, ...SUBMIT, ...LONG];
      const victim = execa(process.execPath, args, {cwd, env: cluster.env, reject: false});
      while (!isReached(cwd) && victim.exitCode === null) await new Promise(resolve => setTimeout(resolve, 1));
      victim.kill('SIGKILL');
      expect((await victim).signal, 'it was killed while it submitted').toBe('SIGKILL');
      const resumed = await mac(cwd, ['resume', '--partition', 'gpu', '--mem', '200M', ...LONG]);
      expect(resumed.exitCode, resumed.stderr).toBe(0);
      expect(await elementsByTask(cwd)).toEqual(once);
      await mac(cwd, ['cancel', 'latest']);
    },
  );

  test('mac submit killed while sbatch waits for a frozen controller: the job is found, not made again', async () => {
    const cwd = workspace();
    // Everything before sbatch asks the cluster too: it is frozen when the submission is on disk.
    const args = [MAC, ...SUBMIT, ...LONG];
    await cluster.freezeController();
    const victim = execa(process.execPath, args, {cwd, env: cluster.env, reject: false});
    await cluster.waitFor('sbatch to be called', async () => {
      const submissions = await submissionsOf(cwd).catch(() => []);
      return submissions[0]?.arrays[0]?.state === 'submitting';
    });
    await cluster.waitFor('sbatch to run', () => Promise.resolve(cluster.signal('sbatch ', 'SIGCONT') > 0));
    victim.kill('SIGKILL');
    expect((await victim).signal).toBe('SIGKILL');
    const silent = await mac(cwd, ['resume', '--dry-run'], IMPATIENT);
    expect(silent.exitCode).toBe(1);
    await cluster.thawController();
    const resumed = await mac(cwd, ['resume']);
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    expect(await elementsByTask(cwd)).toEqual(once);
    await mac(cwd, ['cancel', 'latest']);
  });

  test('mac submit killed while its sbatch goes on: mac resume waits for that, and submits nothing twice', async () => {
    const cwd = workspace();
    const folder = temporaryFolder();
    const slow = `#!/bin/sh
case "$*" in *--job-name=*)
  touch ${folder}/called
  until [ -e ${folder}/go-on ]; do sleep 0.1; done
esac
"$REAL_SBATCH" "$@" && touch ${folder}/queued
`;
    writeFileSync(join(folder, 'sbatch'), slow, {mode: 0o755});
    const {stdout: real} = await execa('sh', ['-c', 'command -v sbatch']);
    const env = {...cluster.env, PATH: `${folder}:${process.env['PATH']}`, REAL_SBATCH: real};
    const victim = execa(process.execPath, [MAC, ...SUBMIT, ...LONG], {cwd, env, reject: false});
    await cluster.waitFor('sbatch to be called', () => Promise.resolve(existsSync(join(folder, 'called'))));
    victim.kill('SIGKILL');
    expect((await victim).signal).toBe('SIGKILL');
    const resuming = execa(process.execPath, [MAC, 'resume', ...LONG], {cwd, env: cluster.env, reject: false});
    let said = '';
    resuming.stderr.on('data', (text: Buffer) => (said += text.toString()));
    await cluster.waitFor('mac resume to wait', () => Promise.resolve(said.includes('waiting for it to end')));
    writeFileSync(join(folder, 'go-on'), '');
    const resumed = await resuming;
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    await cluster.waitFor('the sbatch to end', () => Promise.resolve(existsSync(join(folder, 'queued'))));
    expect(await elementsByTask(cwd)).toEqual(once);
    await mac(cwd, ['cancel', 'latest']);
  });

  test('without a controller nothing is submitted, status says so, and resume goes on when it is back', async () => {
    const cwd = workspace();
    await submit(cwd, LONG);
    await cluster.stopController();
    const down = await status(cwd);
    expect(down.slurm_silence).toContain('connect failure');
    expect(down.grids[0]?.counts).toEqual({unknown: TASKS});
    const resumed = await mac(cwd, ['resume'], IMPATIENT);
    expect(resumed.exitCode).toBe(1);
    expect(resumed.stderr).toContain('nothing was changed');
    const other = workspace();
    const {exitCode, stderr, stdout} = await submit(other, LONG, IMPATIENT);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('not submitted');
    expect(stderr).toContain('connect failure');
    await cluster.startController();
    const late = await mac(other, ['resume']);
    expect(late.exitCode, late.stderr).toBe(0);
    expect(await elementsByTask(other)).toEqual(once);
    expect((await mac(cwd, ['resume'])).stdout).toContain('nothing to submit');
    await mac(cwd, ['cancel', 'latest']);
  });

  test('cancelled elements are told from running and waiting ones; two people resume at once and each task is submitted once', async () => {
    const cwd = workspace();
    await submit(cwd, [...LONG, '--array-throttle', '3']);
    await cluster.waitFor('three to run', async () => (await counts(cwd))?.['running'] === 3);
    const stdout = await cluster.waitFor('what waits to say why', async () => {
      const said = (await mac(cwd, ['status'])).stdout;
      return said.includes('waits for the array throttle') && said;
    });
    expect(stdout).toContain('3 running · 3 pending');
    const {stdout: told, stderr} = await mac(cwd, ['cancel', 'latest', '--tasks', '0,2,4']);
    expect(told, stderr).toContain('cancelled 3 tasks');
    await cluster.waitFor('the three to be gone', async () => (await counts(cwd))?.['cancelled'] === 3);
    const both = await Promise.all([mac(cwd, ['resume']), mac(cwd, ['resume'])]);
    expect(both.map(({exitCode}) => exitCode)).toEqual([0, 0]);
    expect((await submissionsOf(cwd)).length).toBe(2);
    const again = (await submissionsOf(cwd))[1]!.arrays.flatMap(({tasks}) =>
      listElements(tasks).flatMap(each => each.tasks),
    );
    expect(again).toEqual([0, 2, 4]);
    await mac(cwd, ['cancel', 'latest']);
    await cluster.waitFor('all to be gone', async () => (await counts(cwd))?.['cancelled'] === TASKS);
    expect((await mac(cwd, ['ls'])).stdout).toContain('nothing');
  });

  test('a job that fails says why, with the last lines of its log', async () => {
    const cwd = workspace();
    await submit(cwd, ['--setup-command', 'echo the disk is on fire >&2; false']);
    await cluster.waitFor('all to have failed', async () => (await counts(cwd))?.['failed'] === TASKS);
    const {stdout} = await mac(cwd, ['status']);
    expect(stdout).toContain('| the disk is on fire');
    expect(stdout).toContain('| mac: setup_command ended with exit code');
    const dry = await mac(cwd, ['resume', '--dry-run']);
    expect(dry.stdout).toContain('6 tasks would be submitted, nothing was changed');
    expect((await submissionsOf(cwd)).length).toBe(1);
  });

  test('a partition that is not there is refused before anything is left behind', async () => {
    const cwd = workspace();
    const {exitCode, stderr} = await mac(cwd, ['submit', 'config/c.yaml', '--partition', 'nowhere']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Invalid partition name specified; nothing was submitted');
    expect(stderr).toContain('choose a partition');
    expect(readdirSync(join(cwd, 'bookkeeping/grid_manifest'))).toEqual([]);
    expect(readdirSync(join(cwd, 'bookkeeping/slurm'))).toEqual(['code']);
  });

  test('keys stay out of every file', async () => {
    const cwd = workspace();
    await submit(cwd, LONG, {OPENAI_API_KEY: 'sk-very-secret'});
    const [submission] = await submissionsOf(cwd);
    expect(submission?.environment.inherit).toContain('OPENAI_API_KEY');
    const folder = createLayout({workspace: cwd}).slurm(submission!.grid_id).folder;
    for (const name of readdirSync(folder).filter(each => /\.(json|sbatch)$/.test(each)))
      expect(readFileSync(join(folder, name), 'utf8')).not.toContain('very-secret');
    await mac(cwd, ['cancel', 'latest']);
  });
});

test('without Slurm the hint is mac run, and exit code 2', async () => {
  const cwd = workspace();
  const {exitCode, stderr} = await runMac(['submit', 'config/c.yaml'], {cwd, env: {PATH: cwd}});
  expect(exitCode).toBe(2);
  expect(stderr).toContain('there is no sbatch on this machine');
  expect(stderr).toContain('mac run');
});
