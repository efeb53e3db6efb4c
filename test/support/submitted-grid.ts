import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {startRun} from '../../src/runs/open/prepare-run.ts';
import {systemClock} from '../../src/core/clock.ts';
import {createLayout, type Layout} from '../../src/record/layout.ts';
import {createSubmission} from '../../src/slurm/submission/submission-file.ts';
import {readElementRecord, type ElementAttempt, type ElementRecord} from '../../src/slurm/submission/element-file.ts';
import {readProfile} from '../../src/slurm/profile/read-profile.ts';
import {renderArrayScript} from '../../src/slurm/submit/render-script.ts';
import {runMac, MAC, type MacResult} from './mac.ts';

export interface SubmittedGridOptions {
  readonly workspace: string;
  /** Keys of the cluster profile. */
  readonly profile?: Readonly<Record<string, unknown>>;
  readonly spec?: string;
  readonly packs?: readonly (readonly number[])[];
}

/**
 * A grid run with a submission as `mac submit` leaves them, of the workspace's `config/c.yaml`, and the means to run
 * its jobs.
 */
export interface SubmittedGrid {
  readonly gridId: string;
  readonly layout: Layout;
  /** The job's script, for sbatch. */
  readonly script: string;
  readonly logs: string;
  /** Arguments of `mac slurm-element` for an element. */
  args(element: number): string[];
  record(arrayJobId: string, element: number): Promise<ElementRecord | undefined>;
  /** The latest attempt. */
  attempt(arrayJobId: string, element: number): Promise<ElementAttempt | undefined>;
  /** Runs one element's command outside Slurm, with the variables that Slurm would set. */
  runElement(element: number, options?: {jobId?: string; env?: Record<string, string>}): Promise<MacResult>;
}

export async function submitByHand(options: SubmittedGridOptions): Promise<SubmittedGrid> {
  const {workspace, profile = {}, spec = '0', packs} = options;
  const resolved = await readProfile({overrides: profile, workspace, cwd: workspace, env: {}});
  const prepared = await startRun(
    'config/c.yaml',
    {},
    {env: {}, cwd: workspace, clock: systemClock, onNotice: () => undefined},
  );
  const gridId = prepared.gridIds[0]!;
  const layout = createLayout({workspace});
  const {folder, logs, script, submission: submissionPath} = layout.slurm(gridId);
  await createSubmission(layout, {
    schema: 'mac.slurm-submission/1',
    grid_id: gridId,
    number: 1,
    token: 'abcdefgh',
    created_at: '2025-12-10T09:08:07.000000Z',
    submitted_by: {user: 'somebody', host: 'login', pid: 1},
    profile: {...resolved},
    code: {version: '0', hash: '0', path: join(MAC, '../..')},
    node_path: process.execPath,
    workspace,
    experiment_root: null,
    environment: {values: {}, inherit: []},
    arrays: [
      {
        index: 0,
        name: 'mac-abcdefgh-0',
        script: 'array_1_0.sbatch',
        tasks: {spec, offset: 0, ...(packs ? {packs} : {})},
        resources: {gpus: 1},
        state: 'submitted',
      },
    ],
  });
  mkdirSync(logs, {recursive: true});
  const path = script(1, 0);
  const facts = {
    gridId,
    submission: 1,
    token: 'abcdefgh',
    workspace,
    logs,
    submissionFile: submissionPath(1),
    codePath: join(MAC, '../..'),
    nodePath: process.execPath,
    macVersion: '0',
    environment: {},
  };
  const array = {index: 0, name: 'mac-abcdefgh-0', spec, throttle: undefined, gpus: 1};
  writeFileSync(path, renderArrayScript(array, resolved, facts));
  const args = (element: number): string[] => [
    'slurm-element',
    ...['--submission', submissionPath(1), '--array', '0', '--element', String(element)],
  ];
  const record = (jobId: string, element: number): Promise<ElementRecord | undefined> =>
    readElementRecord(layout.slurm(gridId).element(jobId, element));
  return {
    gridId,
    layout,
    script: path,
    logs,
    args,
    record,
    attempt: async (jobId, element) => (await record(jobId, element))?.attempts.at(-1),
    runElement: (element, {jobId = '7', env = {}} = {}) =>
      runMac(args(element), {
        cwd: folder,
        env: {
          SLURM_ARRAY_JOB_ID: jobId,
          SLURM_ARRAY_TASK_ID: String(element),
          SLURM_JOB_GPUS: '0',
          CUDA_VISIBLE_DEVICES: '0',
          ...env,
        },
      }),
  };
}

/** A server hook: the simulated model over HTTP. */
export function simulatedServerCommand(options = ''): string {
  return `exec ${process.execPath} ${MAC} serve-simulated --port {port} --model {served_name} ${options}`;
}

/** Lines of a file, or none. */
export function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
