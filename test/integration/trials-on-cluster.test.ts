import {cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';

import {describeOnCluster, startCluster, type Cluster} from '../support/cluster.ts';
import {runMac, type MacResult} from '../support/mac.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

type Json = Record<string, any>;

/** Leaves what it saw: the environment of the setup, the server, the job. */
const ROW = `
import {mkdirSync, writeFileSync} from 'node:fs';
const {MAC_OUTPUT_DIR: folder, MAC_SERVER_URL: url, Z, SLURM_ARRAY_JOB_ID, SLURM_ARRAY_TASK_ID} = process.env;
const answer = await (await fetch(url)).text();
mkdirSync(folder, {recursive: true});
writeFileSync(folder + '/seen.json', JSON.stringify({answer, Z, SLURM_ARRAY_JOB_ID, SLURM_ARRAY_TASK_ID}));
if (process.argv[2] === 'fails') process.exit(3);
`;

const SERVER = `
import {createServer} from 'node:http';
createServer((_request, response) => response.end('served with ' + process.env.Z)).listen(Number(process.argv[2]));
`;

const STUDY = `
schema_version: 1
study:
  name: demo
  scenarios: [s]
  run_defaults: {seeds: [11, 12, 13]}
  services:
    setup_command: export Z=41
    server_command: node server.mjs {port}
    server_ready_url: http://127.0.0.1:{port}/
hypotheses:
  h1:
    conditions:
      base: {execution: {command: node row.mjs}}
      more: {execution: {command: node row.mjs}}
  h2:
    conditions:
      bad: {execution: {command: node row.mjs fails}}
`;

describeOnCluster('trials on a real Slurm', () => {
  let cluster: Cluster;
  let workspace: string;
  const mac = (...args: string[]): Promise<MacResult> => runMac(args, {cwd: workspace, env: cluster.env});
  const readJson = (...path: string[]): Json => JSON.parse(readFileSync(join(workspace, ...path), 'utf8')) as Json;
  const untilQueueIsEmpty = (): Promise<unknown> =>
    cluster.waitFor('an empty queue', async () => (await cluster.ask('squeue', ['-h', '-r'])).trim() === '');

  beforeAll(async () => {
    cluster = await startCluster();
    workspace = temporaryFolder('mac-trials-', undefined, afterAll);
    const profile = {partition: 'gpu', time: '0:10:00', mem: '1G', signal_lead_seconds: 60};
    const files = {
      'row.mjs': ROW,
      'server.mjs': SERVER,
      'config/demo/study.yaml': STUDY,
      'slurm/profiles/test.yaml': JSON.stringify(profile),
    };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(workspace, path)), {recursive: true});
      writeFileSync(join(workspace, path), text);
    }
  });
  afterAll(() => cluster.stop());

  test('rows of a study run in jobs of their condition, with their services and only those that were chosen', async () => {
    const filters = ['--only', 'hypothesis=h1', '--only', 'seed=11,12', '--array-mode', 'case'];
    const submitted = await mac('submit', 'config/demo/study.yaml', '--profile', 'test', ...filters);
    expect(submitted.exitCode, submitted.stderr).toBe(0);
    await untilQueueIsEmpty();

    const runs = 'experiments/studies/demo/runs/h1';
    const seen = (condition: string, seed: number): Json =>
      readJson(runs, condition, 's', `seed_${seed}`, 'run/seen.json');
    expect(readdirSync(join(workspace, runs, 'base/s')).sort()).toEqual(['seed_11', 'seed_12']);
    const base = [seen('base', 11), seen('base', 12)];
    const more = [seen('more', 11), seen('more', 12)];
    for (const row of [...base, ...more]) expect(row).toMatchObject({answer: 'served with 41', Z: '41'});
    // A case is one job: its rows share it, and another case has another.
    const element = ({SLURM_ARRAY_JOB_ID: job, SLURM_ARRAY_TASK_ID: index}: Json): string => `${job}_${index}`;
    expect(new Set(base.map(element)).size).toBe(1);
    expect(new Set(more.map(element)).size).toBe(1);
    expect(element(base[0]!)).not.toBe(element(more[0]!));

    // Jobs that end at the same time lose no record of each other.
    const {records} = readJson('experiments/studies/demo/generated/repro_lock.json');
    expect((records as Json[]).map(({run_id: id, status}) => [id, status])).toEqual([
      ['h1__base__s__seed11', 'success'],
      ['h1__base__s__seed12', 'success'],
      ['h1__more__s__seed11', 'success'],
      ['h1__more__s__seed12', 'success'],
    ]);
    // Nothing of the servers stays on the node.
    const commands = readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(readCommand);
    expect(commands.filter(command => command.includes(`server.mjs`) && command.includes(workspace))).toEqual([]);
  });

  test('a row that fails in its job is recorded so, and the other rows of the study keep their records', async () => {
    const submitted = await mac('submit', 'config/demo/study.yaml', '--profile', 'test', '--only', 'hypothesis=h2');
    expect(submitted.exitCode, submitted.stderr).toBe(0);
    await untilQueueIsEmpty();
    const {records} = readJson('experiments/studies/demo/generated/repro_lock.json');
    const statuses = (records as Json[]).map(({status}) => String(status));
    expect(statuses.filter(status => status === 'failed')).toHaveLength(3);
    expect(statuses.filter(status => status === 'success')).toHaveLength(4);
  });

  test('cases of a suite are an array of four elements, each with its config and result', async () => {
    cpSync(resolve(import.meta.dirname, '../../config/suites'), join(workspace, 'config/suites'), {recursive: true});
    const submit = ['submit', 'config/suites/demo/suite.ts', '--profile', 'test'];
    const dry = await mac(...submit, '--dry-run');
    expect(dry.exitCode, dry.stderr).toBe(0);
    expect(dry.stdout).toMatch(/array 0 .* tasks 0-3 +4 elements/);
    const submitted = await mac(...submit);
    expect(submitted.exitCode, submitted.stderr).toBe(0);
    await untilQueueIsEmpty();
    const [run = ''] = readdirSync(join(workspace, 'results/demo'));
    for (const variant of ['large_full', 'large_none', 'small_full', 'small_none']) {
      const [model, setting] = variant.split('_');
      expect(readJson('results/demo', run, variant, 'config.json')).toMatchObject({model, setting});
      expect(readJson('results/demo', run, variant, 'results.json')['metrics']['accuracy']).toBeGreaterThan(0.3);
    }
  });
});

function readCommand(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}
