import {join} from 'node:path';

import {UserError} from '../../core/errors.ts';
import {afterAllName} from '../submission/submission-file.ts';
import type {ClusterProfile} from '../profile/read-profile.ts';
import {loadTemplate, type Template} from './template.ts';

/** What the jobs of a submission have in common. Paths are absolute. */
export interface JobFacts {
  readonly gridId: string;
  /** Number of the submission. */
  readonly submission: number;
  readonly token: string;
  readonly workspace: string;
  /** Folder of the logs. */
  readonly logs: string;
  /** The file that jobs read: `submission_{n}.json`. */
  readonly submissionFile: string;
  /** The frozen code; jobs run `bin/mac.js` of it. */
  readonly codePath: string;
  readonly nodePath: string;
  readonly macVersion: string;
  /** Variables that jobs set beside those of the profile: MAC_FAIRNESS_…; never a key. */
  readonly environment: Readonly<Record<string, string>>;
}

/** One array as a script asks for it. */
export interface ArrayFacts {
  readonly index: number;
  readonly name: string;
  /** Elements, without the throttle. */
  readonly spec: string;
  readonly throttle: number | undefined;
  readonly gpus: number;
}

interface ArrayValues extends Readonly<Record<string, unknown>> {
  readonly version: string;
  readonly grid: string;
  readonly directives: readonly string[];
  readonly environment: readonly string[];
  readonly modules: readonly string[];
  readonly setup_command: string;
  readonly node: string;
  readonly arguments: readonly string[];
}

interface AfterAllValues extends Readonly<Record<string, unknown>> {
  readonly version: string;
  readonly grid: string;
  readonly directives: readonly string[];
  readonly environment: readonly string[];
  readonly node: string;
  readonly program: readonly string[];
  readonly command: string;
}

let arrayTemplate: Template<ArrayValues> | undefined;
let afterAllTemplate: Template<AfterAllValues> | undefined;

/**
 * The script of an array.
 *
 * @throws UserError `sbatch-value-invalid` for a value that sbatch cannot be given.
 */
export function renderArrayScript(array: ArrayFacts, profile: ClusterProfile, job: JobFacts): string {
  arrayTemplate ??= loadTemplate<ArrayValues>('array.sbatch.hbs', [
    'version',
    'grid',
    'directives',
    'environment',
    'modules',
    'setup_command',
    'node',
    'arguments',
  ]);
  return arrayTemplate({
    ...buildHeader(job),
    directives: checkDirectives(arrayDirectives(array, profile, job)),
    environment: listEnvironment(profile, job),
    modules: profile.modules,
    setup_command: profile.setup_command ?? '',
    node: profile.node_path ?? job.nodePath,
    arguments: [
      join(job.codePath, 'bin/mac.js'),
      'slurm-element',
      '--submission',
      job.submissionFile,
      '--array',
      String(array.index),
    ],
  });
}

/**
 * The script of the job after all arrays; it needs neither GPUs nor modules. Its dependency is given to sbatch as an
 * argument, since it names jobs that do not exist yet.
 *
 * @param command shell text; `mac` in it is the one that ran the tasks.
 * @throws UserError `sbatch-value-invalid`.
 */
export function renderAfterAllScript(command: string, profile: ClusterProfile, job: JobFacts): string {
  afterAllTemplate ??= loadTemplate<AfterAllValues>('after-all.sbatch.hbs', [
    'version',
    'grid',
    'directives',
    'environment',
    'node',
    'program',
    'command',
  ]);
  const directives = [
    `--job-name=${afterAllName(job.token)}`,
    `--comment=mac ${job.gridId} ${job.token}/after`,
    ...placement(profile),
    ...option('time', profile.time),
    `--chdir=${job.workspace}`,
    `--output=${logPattern(job, 'after-all_%j.out')}`,
    '--open-mode=append',
    '--nodes=1',
    '--ntasks=1',
    // Without it a job may get all memory of a node, and wait for it.
    '--mem=4G',
  ];
  return afterAllTemplate({
    ...buildHeader(job),
    directives: checkDirectives(directives),
    environment: listEnvironment(profile, job),
    node: profile.node_path ?? job.nodePath,
    program: [join(job.codePath, 'bin/mac.js')],
    command,
  });
}

/** They stand in a comment, which a line break would end. */
function buildHeader({macVersion, gridId}: JobFacts): {version: string; grid: string} {
  checkDirectives([macVersion, gridId]);
  return {version: macVersion, grid: gridId};
}

function arrayDirectives(array: ArrayFacts, profile: ClusterProfile, job: JobFacts): string[] {
  const {spec, throttle, gpus, index, name} = array;
  return [
    `--job-name=${name}`,
    `--comment=mac ${job.gridId} ${job.token}/${index}`,
    `--array=${spec}${throttle === undefined ? '' : `%${throttle}`}`,
    ...placement(profile),
    ...option('constraint', profile.constraint),
    ...option('time', profile.time),
    '--nodes=1',
    '--ntasks=1',
    ...option('cpus-per-task', profile.cpus_per_task),
    ...option('mem', profile.mem),
    ...gpuDirective(gpus, profile),
    ...(profile.exclude.length > 0 ? [`--exclude=${profile.exclude.join(',')}`] : []),
    ...option('mail-user', profile.mail_user),
    ...option('mail-type', profile.mail_type),
    profile.requeue ? '--requeue' : '--no-requeue',
    // Not USR1, which opens Node's inspector; B: because only this shell can pass it on.
    `--signal=B:USR2@${profile.signal_lead_seconds}`,
    `--chdir=${job.workspace}`,
    `--output=${logPattern(job, '%A_%a.out')}`,
    // A requeued element would empty the log of its first attempt.
    '--open-mode=append',
    ...profile.sbatch_lines,
  ];
}

function placement({partition, account, qos}: ClusterProfile): string[] {
  return [...option('partition', partition), ...option('account', account), ...option('qos', qos)];
}

function option(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`--${name}=${value}`];
}

function gpuDirective(gpus: number, {gpu_request: style, gpu_type: type}: ClusterProfile): string[] {
  if (gpus === 0) return [];
  if (style === 'gres') return [`--gres=gpu:${gpus}`];
  if (style === 'gres_typed') return [`--gres=gpu:${type ?? ''}:${gpus}`];
  return [`--gpus-per-node=${type === undefined ? '' : `${type}:`}${gpus}`];
}

/**
 * sbatch looks for its `%` in the whole path, and gives up on a path with a backslash.
 *
 * @throws UserError `sbatch-value-invalid`.
 */
function logPattern({logs}: JobFacts, name: string): string {
  if (logs.includes('\\')) {
    throw new UserError(
      'sbatch-value-invalid',
      `${logs} holds a backslash, which sbatch does not take in the path of a log`,
      {
        hint: 'move the workspace to a folder without one',
      },
    );
  }
  return join(logs.replaceAll('%', '%%'), name);
}

function listEnvironment(profile: ClusterProfile, job: JobFacts): string[] {
  const all = {...profile.environment, ...job.environment};
  return Object.entries(all).map(([name, value]) => `${name}=${value}`);
}

/** sbatch reads a line into a buffer of 8 KiB. */
const MAX_DIRECTIVE_LENGTH = 8_000;

function checkDirectives(directives: readonly string[]): readonly string[] {
  for (const directive of directives) {
    const option = directive.split('=', 1)[0] ?? directive;
    if (/[\x00-\x1f\x7f]/.test(directive)) {
      throw new UserError(
        'sbatch-value-invalid',
        `${option}: ${JSON.stringify(directive)} holds a line break or a control character`,
        {
          hint: 'a #SBATCH line cannot hold one: change the value in the profile, or the name of the folder',
        },
      );
    }
    if (Buffer.byteLength(directive) > MAX_DIRECTIVE_LENGTH) {
      throw new UserError(
        'sbatch-value-invalid',
        `${option}: ${Buffer.byteLength(directive)} bytes are more than sbatch reads`,
        {
          hint: `at most ${MAX_DIRECTIVE_LENGTH}`,
        },
      );
    }
  }
  return directives;
}
