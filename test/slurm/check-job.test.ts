import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import type {Finding} from '../../src/core/finding.ts';
import type {SlurmAnswer} from '../../src/slurm/cluster/client.ts';
import {checkJob} from '../../src/slurm/submit/check-job.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {aProfile} from './a-profile.ts';
import {aClock, aSlurm, said} from './a-submission.ts';

const REPORT = {host: 'n1', node: 'v20.1.0', gpus: '', visible: null, scratch: '/tmp'};

async function check({
  report,
  sbatch = said('17\n'),
  squeue = said(''),
  withGpu = false,
  log,
}: {
  report?: Partial<Omit<typeof REPORT, 'visible'>> & {visible?: string};
  sbatch?: SlurmAnswer;
  squeue?: SlurmAnswer;
  withGpu?: boolean;
  log?: string;
}): Promise<{findings: Finding[]; calls: string[]; script: string}> {
  const workspace = temporaryFolder();
  const folder = join(workspace, 'probe');
  let script = '';
  const slurm = aSlurm({
    sbatch: ([, path]) => {
      script = readFileSync(path!, 'utf8');
      if (report) writeFileSync(join(folder, 'report.json'), JSON.stringify({...REPORT, ...report}));
      if (log !== undefined) writeFileSync(join(folder, '17_0.out'), log);
      return sbatch;
    },
    squeue: () => squeue,
  });
  const findings = await checkJob({
    ...{run: slurm.run, clock: aClock(), profile: await aProfile({partition: 'gpu', time: '12:00:00', mem: '64G'})},
    ...{withGpu, workspace, folder, nodePath: '/usr/bin/node', macVersion: '0.1.0'},
  });
  expect(existsSync(folder)).toBe(false);
  return {findings, calls: slurm.calls, script};
}

test('a job that reports is fine; it asks for little, so that it starts at once', async () => {
  const {findings, script} = await check({report: {}});
  expect(findings).toMatchObject([{status: 'ok', found: expect.stringContaining('ran on n1 after 0.5 s')}]);
  expect(script).toMatch(/--partition=gpu\n[^]*--time=5\n[^]*--mem=1G\n/);
  expect(script).toContain('--no-requeue');
  expect(script).not.toContain('--gres');
});

test('of a GPU is said whether the job sees it', async () => {
  const seen = await check({withGpu: true, report: {gpus: 'GPU 0: A100\nGPU 1: A100', visible: '0,1'}});
  expect(seen.script).toContain('--gres=gpu:1');
  expect(seen.findings[1]).toMatchObject({status: 'ok', found: 'GPU 0: A100'});
  expect((await check({withGpu: true, report: {}})).findings[1]).toMatchObject({status: 'fail'});
  expect((await check({withGpu: true, report: {visible: '0'}})).findings[1]).toMatchObject({status: 'warn'});
});

test('a refusal of sbatch is given with its advice', async () => {
  const stderr =
    'sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified';
  const {findings, calls} = await check({sbatch: said('', {exitCode: 1, stderr})});
  expect(findings).toMatchObject([{status: 'fail', found: expect.stringContaining('Invalid account')}]);
  expect(findings[0]?.advice).toContain('--account');
  expect(calls).toHaveLength(1);
});

test('a job that waits too long is cancelled, with the reason why it waits', async () => {
  const {findings, calls} = await check({squeue: said('PENDING (Priority)\n')});
  expect(findings).toMatchObject([{status: 'warn', found: expect.stringContaining('PENDING (Priority)')}]);
  expect(calls.at(-1)).toBe('scancel 17');
});

test('a job that ended without a report is shown with its log', async () => {
  const {findings} = await check({log: 'node: not found\n'});
  expect(findings).toMatchObject([{status: 'fail', found: expect.stringContaining('node: not found')}]);
  expect((await check({})).findings[0]?.found).toContain('no log');
});
