import {join} from 'node:path';

import {UserError} from '../../core/errors.ts';
import {afterAllName} from '../submission/submission-file.ts';
import type {ClusterProfile} from '../profile/profile-schema.ts';
import type {ProfileKeyName} from '../profile/profile-keys.ts';
import {profileDirectives, type OwnOption} from '../profile/sbatch-options.ts';
import {loadTemplate, type Template} from './template.ts';

/** Values shared by the jobs of a submission. Paths are absolute. */
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
 * Returns the script of an array.
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
 * Returns the script of the job after all arrays; it needs neither GPUs nor modules. Its dependency is an argument of
 * sbatch, since it names jobs that do not exist yet.
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
    own('job-name', afterAllName(job.token)),
    own('comment', `mac ${job.gridId} ${job.token}/after`),
    ...takeDirectives(profile).take('partition', 'account', 'qos', 'time'),
    own('chdir', job.workspace),
    own('output', logPattern(job, 'after-all_%j.out')),
    own('open-mode', 'append'),
    own('nodes', '1'),
    own('ntasks', '1'),
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

/** Checks what the script names in a comment, which a line break would end. */
function buildHeader({macVersion, gridId}: JobFacts): {version: string; grid: string} {
  checkDirectives([macVersion, gridId]);
  return {version: macVersion, grid: gridId};
}

/** Lists what mac sets itself around what the profile's keys ask for, in an order that people know. */
function arrayDirectives(array: ArrayFacts, profile: ClusterProfile, job: JobFacts): string[] {
  const {spec, throttle, gpus, index, name} = array;
  const {take, rest} = takeDirectives(profile);
  return [
    own('job-name', name),
    own('comment', `mac ${job.gridId} ${job.token}/${index}`),
    own('array', `${spec}${throttle === undefined ? '' : `%${throttle}`}`),
    ...take('partition', 'account', 'qos', 'constraint', 'time'),
    own('nodes', '1'),
    own('ntasks', '1'),
    ...take('cpus_per_task', 'mem'),
    ...gpuDirective(gpus, profile),
    ...rest(),
    own('chdir', job.workspace),
    own('output', logPattern(job, '%A_%a.out')),
    // A requeued element would empty the log of its first attempt.
    own('open-mode', 'append'),
    ...profile.sbatch_lines,
  ];
}

function own(option: OwnOption, value: string): string {
  return `--${option}=${value}`;
}

/** Gives out the lines of a profile's keys: those that are named, and what is left of them. */
function takeDirectives(profile: ClusterProfile): {
  take: (...keys: ProfileKeyName[]) => string[];
  rest: () => string[];
} {
  const lines = profileDirectives(profile);
  return {
    take: (...keys) =>
      keys.flatMap(key => {
        const line = lines.get(key);
        lines.delete(key);
        return line ?? [];
      }),
    rest: () => [...lines.values()],
  };
}

function gpuDirective(gpus: number, {gpu_request: style, gpu_type: type}: ClusterProfile): string[] {
  if (gpus === 0) return [];
  if (style === 'gres') return [own('gres', `gpu:${gpus}`)];
  if (style === 'gres_typed') return [own('gres', `gpu:${type ?? ''}:${gpus}`)];
  return [own('gpus-per-node', `${type === undefined ? '' : `${type}:`}${gpus}`)];
}

/**
 * Returns the path of logs as sbatch reads it: it replaces `%` in the whole path, and cannot take a backslash.
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
