import {chmodSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, expect, it} from 'vitest';

import {readProfile} from '../../src/slurm/profile/read-profile.ts';
import {renderArrayScript} from '../../src/slurm/submit/render-script.ts';
import {aConfig} from '../config/a-config.ts';
import {aProfile, jobFacts} from '../slurm/a-profile.ts';
import {describeOnCluster, startCluster, type Cluster} from '../support/cluster.ts';
import {runMac, type MacResult} from '../support/mac.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const SAMPLE = join(import.meta.dirname, '../../data/sample/bbq_sample.jsonl');

/** A workspace with one config of this many tasks for each of two models. */
function aWorkspace(temperatures: number): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'config'));
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data/q.jsonl'), readFileSync(SAMPLE));
  const models = {
    small: {backend: 'vllm', model_path: 'org/small', max_num_seqs: 8},
    large: {backend: 'vllm', model_path: 'org/large', max_num_seqs: 8, vllm_config: {tensor_parallel_size: 2}},
  };
  const sweep = {
    'agent_definitions.0.temperature': Array.from({length: temperatures}, (_, i) => i / temperatures),
    'agent_definitions.0.model': ['small', 'large'],
  };
  const config = aConfig({model_definitions: models, 'agent_definitions.1.model': 'small'});
  writeFileSync(join(folder, 'config/c.yaml'), JSON.stringify({_grid: {sweep}, ...config}));
  return folder;
}

describeOnCluster('a plan beside a real Slurm', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({maxArraySize: 21});
  });
  afterEach(() => cluster.recover());
  afterAll(() => cluster.stop());

  const mac = async (cwd: string, ...args: string[]): Promise<MacResult> => await runMac(args, {cwd, env: cluster.env});

  it('says what the cluster would take and what not', async () => {
    const workspace = aWorkspace(30);
    const {exitCode, stdout} = await mac(
      workspace,
      'plan',
      'config/c.yaml',
      '--partition=cpu',
      '--time=8:00:00',
      '--json',
    );
    expect(exitCode).toBe(0);
    const {cluster: planned} = JSON.parse(stdout) as {cluster: Record<string, any>};
    expect(
      planned['groups'].map((each: any) => [each.gpus, each.tasks, each.arrays.map((a: any) => a.elements)]),
    ).toEqual([
      [3, 30, [21, 9]],
      [1, 30, [21, 9]],
    ]);
    expect(planned['warnings'].map(({code}: {code: string}) => code)).toContain('time-limit-above-partition');
    expect(planned['asked']).toBe('asked the cluster dev for its limits');
    const refused = await mac(workspace, 'plan', 'config/c.yaml', '--gpus-per-node=2');
    expect(refused).toMatchObject({exitCode: 2});
    expect(refused.stderr).toMatch(/large \(org\/large\): 2 \+ small \(org\/small\): 1/);
    const plain = await mac(workspace, 'plan', 'config/c.yaml');
    expect(plain.stdout).toMatch(/on plain Slurm[^]*30 tasks in 30 jobs, 3 GPUs a job[^]*--array=0-20/);
  });

  it('writes a profile from what the cluster says, which the plan takes', async () => {
    const workspace = aWorkspace(2);
    const init = await mac(workspace, 'slurm', 'profile', 'init', '-o', 'slurm/profiles/dev.yaml');
    expect(init).toMatchObject({exitCode: 0});
    const profile = await readProfile({selector: 'dev', workspace, cwd: workspace, env: {}});
    expect(profile).toMatchObject({
      partition: 'gpu',
      time: '12:00:00',
      max_array_size: 21,
      gpus_per_node: 4,
      mem: '56G',
    });
    const text = readFileSync(join(workspace, 'slurm/profiles/dev.yaml'), 'utf8');
    expect(text).toMatch(/gpu \(default\): up to 1-00:00:00; 2 nodes with 4 × a100, 32 CPUs, 250 GB \(n\[1-2\]\)/);
    expect(await mac(workspace, 'plan', 'config/c.yaml', '--profile', 'dev')).toMatchObject({exitCode: 0});
    const again = await mac(workspace, 'slurm', 'profile', 'init', '-o', 'slurm/profiles/dev.yaml');
    expect(again).toMatchObject({exitCode: 2});
    expect(again.stderr).toMatch(/is there already/);
    expect(readFileSync(join(workspace, 'slurm/profiles/dev.yaml'), 'utf8')).toBe(text);
  });

  it('renders scripts that sbatch takes, element for element', async () => {
    const workspace = aWorkspace(25);
    mkdirSync(join(workspace, 'logs'));
    const {stdout} = await mac(
      workspace,
      'plan',
      'config/c.yaml',
      '--array-throttle=7',
      '--mem=1G',
      '--scripts',
      '--json',
    );
    const {cluster: planned} = JSON.parse(stdout) as {
      cluster: {groups: {arrays: {text: string; elements: number}[]}[]};
    };
    const arrays = planned.groups.flatMap(group => group.arrays);
    expect(arrays).toHaveLength(4);
    for (const {text, elements} of arrays) {
      const id = await cluster.submit(text, ['--hold']);
      const queue = await cluster.ask('squeue', ['-h', '-r', '-j', id, '-o', '%K']);
      expect(queue.split('\n')).toHaveLength(elements);
    }
  });

  it('keeps every value as it is, in the lines that sbatch reads and in the job', async () => {
    const nasty = `it's "x" \\ $(touch PWNED) \`y\` $HOME #z %j 漢字`;
    const workspace = join(temporaryFolder(), `w $(x) 'q' %a ü`);
    const logs = join(workspace, 'book keeping/logs');
    mkdirSync(logs, {recursive: true});
    const node = join(workspace, 'node');
    writeFileSync(node, '#!/bin/bash\nprintf "%s\\n" "$PWD" "$@" "$VALUE"\n');
    chmodSync(node, 0o755);
    const profile = await aProfile({
      mem: '100M',
      environment: {VALUE: nasty},
      sbatch_lines: ['--begin=now+1'],
    });
    const job = jobFacts({
      workspace,
      logs,
      submissionFile: `${workspace}/s.json`,
      codePath: nasty,
      nodePath: node,
      gridId: nasty,
    });
    const script = renderArrayScript({index: 0, name: 'mac-x-0', spec: '3', throttle: 1, gpus: 1}, profile, job);
    const file = join(temporaryFolder(), 'array.sbatch');
    writeFileSync(file, script);
    const {stdout: id} = await cluster.run('sbatch', ['--parsable', file]);
    const show = await cluster.ask('scontrol', ['show', 'job', id]);
    expect(show).toContain(`Comment=mac ${nasty} abcd1234/0`);
    expect(show).toContain(`WorkDir=${workspace}\n`);
    const log = join(logs, `${id}_3.out`);
    const text = await cluster.waitFor('the log', () =>
      Promise.resolve(readIfThere(log)?.includes('漢字') && readIfThere(log)),
    );
    expect(text.trimEnd().split('\n')).toEqual([
      workspace,
      `${nasty}/bin/mac.js`,
      'slurm-element',
      '--submission',
      `${workspace}/s.json`,
      '--array',
      '0',
      '--element',
      '3',
      nasty,
    ]);
  });
});

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
