import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';

import {describeProblem} from '../../src/config/problem.ts';
import {ConfigError} from '../../src/config/problem.ts';
import {readProfile} from '../../src/slurm/profile/read-profile.ts';
import type {ClusterProfile} from '../../src/slurm/profile/profile-schema.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

async function read(text: string, overrides: Record<string, unknown> = {}): Promise<ClusterProfile> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'p.yaml'), text);
  return await readProfile({selector: './p.yaml', overrides, workspace: folder, cwd: folder, env: {}});
}

async function problemsOf(text: string, overrides: Record<string, unknown> = {}): Promise<string[]> {
  const error: unknown = await read(text, overrides).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  expect(error).toHaveProperty('code', 'profile-invalid');
  return (error as ConfigError).problems.map(problem => describeProblem(problem).replace(/^.*\/(?=p\.yaml)/, ''));
}

describe('a cluster profile', () => {
  it('fills in what is left out', async () => {
    expect(await read('partition: gpu\ntime: 90\nmem: null\nenvironment:\n  OMP_NUM_THREADS: 8\n')).toEqual({
      name: 'p',
      partition: 'gpu',
      time: '90',
      gpu_request: 'gres',
      exclude: [],
      requeue: true,
      signal_lead_seconds: 120,
      tasks_per_job: 1,
      sbatch_lines: [],
      modules: [],
      environment: {OMP_NUM_THREADS: '8'},
      ready_url: 'http://127.0.0.1:{port}/health',
      server_ready_timeout_seconds: 1800,
      server_restarts: 2,
      server_hang_seconds: 900,
      model_load_seconds: 300,
      requests_per_second: 10,
    });
  });

  it('reports everything that is wrong, each with its place', async () => {
    const text = [
      'partitoin: gpu',
      'time: soon',
      'cpus_per_task: 0',
      'gpu_request: gpus',
      'sbatch_lines: ["--array=1-3", "--partition=x", "reservation=x", "--gpus-per-node=2"]',
      'container: {immage: x}',
      'requeue: 1',
    ].join('\n');
    expect(await problemsOf(text)).toEqual([
      'p.yaml:1:1: partitoin: found the unknown key "partitoin", expected a known one; did you mean "partition"?',
      'p.yaml:2:1: time: found "soon", expected a time such as 12:00:00, 2-00:00:00, or minutes',
      'p.yaml:3:1: cpus_per_task: found 0, expected a number ≥ 1',
      'p.yaml:4:1: gpu_request: found "gpus", expected one of gres, gres_typed, gpus_per_node',
      'p.yaml:5:16: sbatch_lines.0: found "--array=1-3", expected an option that mac does not set itself (mac plans the arrays)',
      'p.yaml:5:31: sbatch_lines.1: found "--partition=x", expected an option that has no key of its own (use the key partition)',
      'p.yaml:5:48: sbatch_lines.2: found "reservation=x", expected one option of sbatch, such as --reservation=x (without #SBATCH)',
      'p.yaml:5:65: sbatch_lines.3: found "--gpus-per-node=2", expected an option that mac does not set itself (GPUs follow from the models; use gpu_request and gpu_type)',
      'p.yaml:6:1: container.image: found nothing, expected a text (it is missing)',
      'p.yaml:6:13: container.immage: found the unknown key "immage", expected a known one; did you mean "image"?',
      'p.yaml:7:1: requeue: found 1, expected true or false',
    ]);
  });

  it('lays flags over the file: lists anew, variables and parts of the container one by one', async () => {
    const text =
      'partition: gpu\nexclude: [n1]\nenvironment: {A: x, B: y}\ncontainer: {image: a.sif, binds: [/data]}\n';
    const profile = await read(text, {
      partition: 'cpu',
      exclude: ['n2', 'n3'],
      environment: {B: 'z'},
      container: {image: 'b.sif'},
    });
    expect(profile).toMatchObject({
      partition: 'cpu',
      exclude: ['n2', 'n3'],
      environment: {A: 'x', B: 'z'},
      container: {runtime: 'apptainer', image: 'b.sif', binds: ['/data'], args: []},
    });
  });

  it('lays flags over the profile of an earlier submission in the same way', async () => {
    const base = await read('environment: {A: 1, B: 2}\ncontainer: {image: x.sif, binds: [/a]}\ntime: 90\n');
    const over = async (overrides: Record<string, unknown>) =>
      await readProfile({base, overrides, workspace: '/w', cwd: '/w', env: {}});
    expect(await over({})).toEqual(base);
    expect(await over({environment: {B: '3'}, container: {binds: ['/b']}})).toEqual({
      ...base,
      environment: {A: '1', B: '3'},
      container: {...base.container, binds: ['/b']},
    });
    expect(await over({gpu_type: 'a100'})).toEqual({...base, gpu_type: 'a100', gpu_request: 'gres_typed'});
    await expect(over({cpus_per_task: 0})).rejects.toMatchObject({code: 'profile-invalid'});
  });

  it('says which flag is wrong', async () => {
    expect(await problemsOf('partition: gpu', {cpus_per_task: 0, container: {runtime: 'docker'}})).toEqual([
      '--cpus-per-task: found 0, expected a number ≥ 1',
      '--container-runtime: found "docker", expected one of apptainer, singularity',
      '--container-image: found nothing, expected a text (it is missing)',
    ]);
  });

  it('says everything that is wrong at once, also where a value reads differently elsewhere', async () => {
    const problems = await problemsOf('time: 12:00:00\ncpus_per_task: 0\nenvironment: {1x-: a}\n');
    expect(problems).toHaveLength(3);
    expect(problems[0]).toMatch(/^p.yaml:1:7: time: found 12:00:00/);
    expect(problems[1]).toContain('cpus_per_task: found 0, expected a number ≥ 1');
    expect(problems[2]).toContain('found the key "1x-", expected the name of an environment variable');
  });

  it('says of a list in a flag what is wrong, without the place in it', async () => {
    const [problem] = await problemsOf('partition: gpu', {sbatch_lines: ['--array=1']});
    expect(problem).toMatch(/^--sbatch-lines: found "--array=1", expected an option that mac does not set/);
  });

  it('may be empty', async () => {
    expect(await read('')).toMatchObject({signal_lead_seconds: 120});
    expect(await read('# nothing yet\n')).toMatchObject({requeue: true});
  });

  it('keeps line breaks out of what sbatch reads', async () => {
    const expected = 'expected a text on one line, without control characters';
    expect(await problemsOf('account: "a\\nb"')).toEqual([`p.yaml:1:1: account: found "a\\nb", ${expected}`]);
  });

  it('refuses secrets, and does not repeat them', async () => {
    const text = 'environment: {HF_TOKEN: hf_abc}\nsetup_command: export OPENAI_API_KEY=sk-123\nhf_token: hf_abc\n';
    const problems = await problemsOf(text);
    expect(problems).toHaveLength(3);
    expect(problems.join()).not.toMatch(/hf_abc|sk-123/);
    await expect(read('setup_command: export HF_TOKEN="$(cat ~/.hf)" MAX_TOKENS=5')).resolves.toBeDefined();
  });

  it('knows that a typed request needs a type', async () => {
    expect((await problemsOf('gpu_request: gres_typed'))[0]).toMatch(/gpu_type: found nothing, expected a type of GPU/);
  });

  it('is found by name in the workspace, then in the home folder', async () => {
    const [workspace, home] = [temporaryFolder(), temporaryFolder()];
    const search = {workspace, cwd: '/', env: {HOME: home}};
    mkdirSync(join(home, '.config/mac/profiles'), {recursive: true});
    writeFileSync(join(home, '.config/mac/profiles/hill.yaml'), 'partition: of-home\n');
    expect(await readProfile({...search, selector: 'hill'})).toMatchObject({name: 'hill', partition: 'of-home'});
    mkdirSync(join(workspace, 'slurm/profiles'), {recursive: true});
    writeFileSync(join(workspace, 'slurm/profiles/hill.yaml'), 'partition: of-workspace\n');
    expect(await readProfile({...search, selector: 'hill'})).toMatchObject({partition: 'of-workspace'});
    await expect(readProfile({...search, selector: 'dale'})).rejects.toMatchObject({code: 'profile-missing'});
  });

  it('is not needed: flags alone will do', async () => {
    const search = {workspace: '/', cwd: '/', env: {}, overrides: {partition: 'gpu'}};
    expect(await readProfile(search)).toMatchObject({partition: 'gpu', requeue: true});
  });
});
