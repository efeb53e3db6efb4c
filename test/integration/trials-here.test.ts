import {mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';

import {type Example, listExamples, makeExampleWorkspace} from '../support/example-workspace.ts';
import {runMac} from '../support/mac.ts';
import {linesOf} from '../support/submitted-grid.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {expectSetComplete, findOnlySet} from '../support/trial-files.ts';
import {countStatuses, listSets, readSetRecords} from '../support/trial-records.ts';

/** Runs a command that is to succeed. */
async function succeed(cwd: string, args: readonly string[]): Promise<{stdout: string; stderr: string}> {
  const {exitCode, stdout, stderr} = await runMac(args, {cwd});
  expect(exitCode, `${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
  return {stdout, stderr};
}

/** Names of all files of a folder. */
function listFiles(cwd: string): string[] {
  return (readdirSync(cwd, {recursive: true}) as string[]).sort();
}

describe.each(listExamples())('the worked example $file', ({kind, file}: Example) => {
  test('is planned in words and as JSON, and neither that nor a dry run writes anything', async () => {
    const cwd = makeExampleWorkspace();
    const before = listFiles(cwd);
    const {stdout} = await succeed(cwd, ['plan', file]);
    const plan = JSON.parse((await succeed(cwd, ['plan', file, '--json'])).stdout);
    expect(plan).toMatchObject({schema: 'mac.plan/1', frontend: kind, set: {kind}, done: []});
    expect(plan.to_run).toHaveLength(plan.tasks);
    expect(stdout).toContain(`${file}: ${kind} `);
    expect(stdout).toMatch(new RegExp(`^\\s*\\[0\\] `, 'm'));
    expect(stdout).toMatch(new RegExp(`\\b${plan.tasks} (?:tasks?|trials?)\\b`));
    const dry = await succeed(cwd, ['run', file, '--dry-run']);
    expect(dry.stdout).toMatch(new RegExp(`${plan.tasks} tasks? would run, nothing was written`));
    expect(listFiles(cwd)).toEqual(before);
  });

  test('runs, tells its results and logs, and keeps everything the second time', async () => {
    const cwd = makeExampleWorkspace();
    const {tasks} = JSON.parse((await succeed(cwd, ['plan', file, '--json'])).stdout);
    const {stdout} = await succeed(cwd, ['run', file]);
    expect(stdout).toContain(`${tasks} of ${tasks} trials done`);
    const set = findOnlySet(cwd, kind);
    const before = readSetRecords(cwd, kind, set);
    expect(before.size).toBe(tasks);
    expectSetComplete(cwd, kind, set);
    expect((await succeed(cwd, ['results', file])).stdout).toContain(`${kind}/${set} (${kind}): ${tasks} trial`);
    const log = await succeed(cwd, ['logs', file, '0']);
    const first = [...before.values()].find(({task_id: task}) => task === 0);
    expect(log.stderr).toContain(first?.log_path?.split('/').at(-1));
    if (kind === 'study') {
      expect((await succeed(cwd, ['run', file])).stdout).toContain('nothing to run: every trial is done');
      expect(readSetRecords(cwd, kind, set)).toEqual(before);
    }
  });
});

const FILE = 'config/demo/study.yaml';
const SEEDS = [1, 2, 3, 4];

/** A study of one condition with four seeds. A row tells `seen` its seed and `$MAC_LIMIT`. */
function makeStudy(script = ''): string {
  const cwd = temporaryFolder('mac-here-');
  mkdirSync(join(cwd, 'config/demo'), {recursive: true});
  const command = [
    'bash',
    '-c',
    `cd "$0"; mkdir -p "$MAC_OUTPUT_DIR"; echo "$MAC_SEED \${MAC_LIMIT:-all}" >> seen; echo "row $MAC_SEED"; ${script}`,
    cwd,
  ];
  const study = {
    schema_version: 1,
    study: {name: 'demo', scenarios: ['s'], run_defaults: {seeds: SEEDS}},
    hypotheses: {h: {conditions: {c: {execution: {command}}}}},
  };
  // JSON is YAML.
  writeFileSync(join(cwd, FILE), JSON.stringify(study));
  return cwd;
}

const seenBy = (cwd: string): string[] => linesOf(join(cwd, 'seen')).sort();
const startedSeeds = (cwd: string): number[] => seenBy(cwd).map(line => Number.parseInt(line, 10));

describe('a study here', () => {
  test('runs what --only and --tasks choose, then what is left, and all again with --force', async () => {
    const cwd = makeStudy();
    await succeed(cwd, ['run', FILE, '--only', 'seed=2,3']);
    expect(startedSeeds(cwd)).toEqual([2, 3]);
    await succeed(cwd, ['run', FILE, '--tasks', '0-1']);
    expect(startedSeeds(cwd)).toEqual([1, 2, 3]);
    const {done, to_run} = JSON.parse((await succeed(cwd, ['plan', FILE, '--json'])).stdout);
    expect({done, to_run}).toEqual({done: [0, 1, 2], to_run: [3]});
    const {stdout, stderr} = await succeed(cwd, ['run', FILE]);
    expect(stdout).toContain('1 of 1 trials done');
    expect(stderr).toContain('3 trials done already, kept');
    expect(startedSeeds(cwd)).toEqual(SEEDS);
    await succeed(cwd, ['run', FILE, '--force', '--only', 'seed=4']);
    expect(startedSeeds(cwd)).toEqual([...SEEDS, 4]);
    expectSetComplete(cwd, 'study', 'demo');
  });

  test('refuses labels and tasks that are not there, and options of grids', async () => {
    const cwd = makeStudy();
    for (const [args, message] of [
      [['--only', 'sead=1'], 'seed'],
      [['--tasks', '4'], '0'],
      [['--rep', '2'], '--rep'],
      [['--skip-invalid'], '--skip-invalid'],
      [['--array-mode', 'nothing'], 'case, seed, hypothesis, run'],
    ] as const) {
      const {exitCode, stderr} = await runMac(['run', FILE, ...args], {cwd});
      expect(exitCode, `${args.join(' ')}\n${stderr}`).toBe(2);
      expect(stderr).toContain(message);
    }
    expect(listSets(cwd, 'study')).toEqual([]);
  });

  test('says that nothing fits, and writes nothing', async () => {
    const cwd = makeStudy();
    const {stdout} = await succeed(cwd, ['run', FILE, '--only', 'seed=9']);
    expect(stdout).toContain('nothing to run: no trial fits');
    expect(seenBy(cwd)).toEqual([]);
  });

  test('tells its commands the limit', async () => {
    const cwd = makeStudy();
    await succeed(cwd, ['run', FILE, '--limit', '5']);
    expect(seenBy(cwd)).toEqual(SEEDS.map(seed => `${seed} 5`));
  });

  test('prints the log of a row by file and number', async () => {
    const cwd = makeStudy();
    await succeed(cwd, ['run', FILE]);
    expect((await succeed(cwd, ['logs', FILE, '2'])).stdout).toContain('row 3\n');
    const {exitCode, stderr} = await runMac(['logs', FILE, '4'], {cwd});
    expect(exitCode).toBe(2);
    expect(stderr).toContain('4');
  });

  test('starts nothing more when its canary fails, and goes on when that has been mended', async () => {
    const cwd = makeStudy('[ -e mended ]');
    const {exitCode, stdout, stderr} = await runMac(['run', FILE, '--canary', '1'], {cwd});
    expect(exitCode, stdout + stderr).toBe(1);
    expect(startedSeeds(cwd)).toHaveLength(1);
    expect(stdout + stderr).toContain('canary');
    writeFileSync(join(cwd, 'mended'), '');
    await succeed(cwd, ['resume', FILE]);
    expect(countStatuses(cwd, 'study', 'demo')).toEqual({succeeded: 4});
    expectSetComplete(cwd, 'study', 'demo');
  });

  test('stops after as many failures as it was told', async () => {
    const cwd = makeStudy('exit 3');
    const {exitCode, stdout, stderr} = await runMac(['run', FILE, '--fail-after', '2'], {cwd});
    expect(exitCode, stdout + stderr).toBe(1);
    expect(startedSeeds(cwd)).toHaveLength(2);
    expect(countStatuses(cwd, 'study', 'demo')).toEqual({failed: 2});
  });

  test('runs only what failed with --resume failed', async () => {
    const cwd = makeStudy('[ "$MAC_SEED" != 2 ] || [ -e mended ]');
    const first = await runMac(['run', FILE, '--only', 'seed=1,2'], {cwd});
    expect(first.exitCode).toBe(1);
    writeFileSync(join(cwd, 'mended'), '');
    const {stderr} = await succeed(cwd, ['run', FILE, '--resume', 'failed']);
    expect(stderr).toContain('2 trials left out, which never ran');
    expect(startedSeeds(cwd)).toEqual([1, 2, 2]);
    expect(countStatuses(cwd, 'study', 'demo')).toEqual({succeeded: 2});
  });
});
