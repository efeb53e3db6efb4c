import {chmod, mkdir, readFile, readdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import type {Clock} from '../../core/clock.ts';
import {fail, ok, warn, type Finding} from '../../core/finding.ts';
import type {RunSlurm} from '../cluster/client.ts';
import {readLogTail} from '../submission/log-tail.ts';
import {parseSubmittedId, classifySbatchFailure} from './sbatch-answers.ts';
import type {ClusterProfile} from '../profile/profile-schema.ts';
import {renderArrayScript} from './render-script.ts';

export interface CheckJobOptions {
  readonly run: RunSlurm;
  readonly clock: Clock;
  readonly profile: ClusterProfile;
  /** True to ask for a GPU. */
  readonly withGpu: boolean;
  readonly workspace: string;
  /** Created for this check and removed afterwards; in the workspace, to test that the job sees that. */
  readonly folder: string;
  readonly nodePath: string;
  readonly macVersion: string;
}

interface Report {
  readonly host: string;
  readonly node: string;
  readonly gpus: string;
  readonly visible: string | null;
  readonly scratch: string;
}

const PATIENCE_MS = 120_000;

/** Runs in place of `bin/mac.js`, under the same script as arrays, and reports its surroundings. */
const PROBE = `const {writeFileSync, renameSync} = require('node:fs');
const {execFileSync} = require('node:child_process');
const {join} = require('node:path');
const run = args => { try { return String(execFileSync(args[0], args.slice(1), {stdio: 'pipe', timeout: 20000})).trim(); } catch { return ''; } };
const folder = join(__dirname, '..');
const report = {host: require('node:os').hostname(), node: process.version, gpus: run(['nvidia-smi', '-L']),
  visible: process.env.CUDA_VISIBLE_DEVICES ?? null, scratch: process.env.SLURM_TMPDIR ?? process.env.TMPDIR ?? '/tmp'};
writeFileSync(join(folder, 'report.tmp'), JSON.stringify(report));
renameSync(join(folder, 'report.tmp'), join(folder, 'report.json'));
`;

/** Submits one tiny job with the profile's options, modules and setup; waits up to two minutes for its report. */
export async function checkJob(options: CheckJobOptions): Promise<Finding[]> {
  const {folder, run} = options;
  try {
    await mkdir(join(folder, 'bin'), {recursive: true});
    // The probe is CommonJS, whatever the package.json of the workspace says.
    await writeFile(join(folder, 'package.json'), '{"type": "commonjs"}');
    await writeFile(join(folder, 'bin/mac.js'), PROBE);
    await writeFile(join(folder, 'job.sbatch'), renderScript(options));
    await chmod(join(folder, 'job.sbatch'), 0o755);
    const submitted = await run('sbatch', ['--parsable', join(folder, 'job.sbatch')]);
    const jobId = submitted.exitCode === 0 ? parseSubmittedId(submitted.stdout) : undefined;
    if (jobId === undefined) {
      const failure = classifySbatchFailure(submitted);
      const advice = 'advice' in failure && failure.advice !== '' ? failure.advice : 'mac submit would meet the same';
      return [fail('job', `sbatch gives no job: ${failure.reason}`, advice)];
    }
    return await waitForReport(options, jobId);
  } finally {
    await rm(folder, {recursive: true, force: true, maxRetries: 10}).catch(() => undefined);
  }
}

function renderScript({profile, folder, workspace, nodePath, macVersion, withGpu}: CheckJobOptions): string {
  // As small as can be, so that it starts at once.
  const small: ClusterProfile = {
    ...profile,
    time: '5',
    mem: '1G',
    cpus_per_task: 1,
    signal_lead_seconds: 60,
    requeue: false,
  };
  return renderArrayScript(
    {index: 0, name: 'mac-doctor', spec: '0', throttle: undefined, gpus: withGpu ? 1 : 0},
    small,
    {
      gridId: 'doctor',
      submission: 1,
      token: 'doctor00',
      workspace,
      logs: folder,
      submissionFile: join(folder, 'none.json'),
      codePath: folder,
      nodePath,
      macVersion,
      environment: {MAC_FAIRNESS_WORKSPACE: workspace},
    },
  );
}

async function waitForReport({run, clock, folder, withGpu}: CheckJobOptions, jobId: string): Promise<Finding[]> {
  const startMs = clock.monotonic();
  let waitMs = 500;
  let reason = '';
  while (clock.monotonic() - startMs < PATIENCE_MS) {
    await clock.sleep(waitMs);
    waitMs = Math.min(waitMs * 1.5, 10_000);
    // Listed, not looked up: an absent name stays absent in the cache of a network filesystem.
    if ((await readdir(folder)).includes('report.json')) {
      const report = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as Report;
      return describeReport(report, withGpu, clock.monotonic() - startMs);
    }
    const queue = await run('squeue', ['-h', '-j', jobId, '-o', '%T (%r)']);
    reason = queue.exitCode === 0 ? queue.stdout.trim() : '';
    if (queue.exitCode === 0 && reason === '' && !(await readdir(folder)).includes('report.json')) break;
  }
  await run('scancel', [jobId]);
  if (reason !== '') {
    const found = `job ${jobId} did not start within two minutes: ${reason}`;
    return [warn('job', found, 'the cluster may be busy: try again later, or see squeue --start')];
  }
  const log = await readLogTail(join(folder, `${jobId}_0.out`));
  const found = `job ${jobId} ended and reported nothing${log === undefined ? '; it has no log' : `: ${log}`}`;
  return [fail('job', found, 'does the node see the workspace and the Node.js of node_path under the same paths?')];
}

function describeReport({host, node, gpus, visible, scratch}: Report, withGpu: boolean, tookMs: number): Finding[] {
  const findings = [
    ok(
      'job',
      `ran on ${host} after ${(tookMs / 1000).toFixed(1)} s, sees the workspace; Node.js ${node}; scratch ${scratch}`,
    ),
  ];
  if (!withGpu) return findings;
  const count = gpus.split('\n').filter(Boolean).length;
  if (visible === null && count === 0) {
    findings.push(
      fail('job GPU', 'a GPU was asked for and none is visible', 'ask your site how GPUs are requested (gpu_request)'),
    );
  } else if (count === 0) {
    const found = `CUDA_VISIBLE_DEVICES=${visible ?? ''}, but nvidia-smi shows none`;
    findings.push(warn('job GPU', found, 'pretend GPUs, other makers’, or a missing driver: models may not start'));
  } else findings.push(ok('job GPU', gpus.split('\n')[0] ?? ''));
  return findings;
}
