import {randomUUID} from 'node:crypto';
import {stat} from 'node:fs/promises';
import {dirname, isAbsolute, join} from 'node:path';
import type {Command} from 'commander';
import {execa} from 'execa';

import {readEnvironment} from '../../config/workspace.ts';
import {UserError} from '../../core/errors.ts';
import {fail, type Finding, ok, warn} from '../../core/finding.ts';
import {codeVersion} from '../../core/version.ts';
import {listFolder} from '../../record/disk/list-folder.ts';
import {checkFilesystem} from '../../record/doctor/check-filesystem.ts';
import {checkMount, checkSpace, isShared, readMount} from '../../record/doctor/check-space.ts';
import {findLeftovers} from '../../record/doctor/find-leftovers.ts';
import {createLayout, type Layout} from '../../record/layout.ts';
import {readProfileOptions} from '../../runs/slurm/submit-context.ts';
import {checkCluster} from '../../slurm/cluster/check-cluster.ts';
import {createSlurmClient} from '../../slurm/cluster/client.ts';
import {maxGpusPerNode, usablePartitions} from '../../slurm/cluster/cluster-limits.ts';
import {hasProfile, type ProfileOptions} from '../../slurm/profile/profile-flags.ts';
import type {ClusterProfile} from '../../slurm/profile/profile-schema.ts';
import {checkJob} from '../../slurm/submit/check-job.ts';
import type {RunAction} from '../declare.ts';
import {toCaller, type CommandIo, type ExitCode} from '../io.ts';
import {addProfileOptions} from '../options/profile-options.ts';

export type DoctorOptions = ProfileOptions & {readonly deep?: boolean; readonly json?: boolean};

interface Section {
  readonly section: string;
  readonly findings: readonly Finding[];
}

export function declareDoctor(program: Command, run: RunAction): void {
  addProfileOptions(program.command('doctor'))
    .description('Check what runs and jobs need: filesystem, locks, clocks, space, Node.js, Slurm, the profile')
    .option('--deep', 'submit a tiny job too, and check what it finds on its node')
    .option('--json', 'print the findings as JSON')
    .action((options: DoctorOptions) => run(io => doctorCommand(options, io)));
}

/** Runs `mac doctor`: checks what runs and jobs will need here. Exit 1 when something will fail. */
export async function doctorCommand(options: DoctorOptions, io: CommandIo): Promise<ExitCode> {
  const layout = createLayout(readEnvironment(io.env, io.cwd));
  const sections: Section[] = [];
  const report = (section: string, findings: readonly Finding[]): void => {
    sections.push({section, findings});
    if (options.json !== true) io.stdout.write(renderSection({section, findings}));
  };
  const {profile, problem} = await findProfile(options, layout, io);
  const run = createSlurmClient(io.env);
  const cluster = await checkCluster(run, profile);
  const hasSlurm = cluster.facts !== undefined;
  for (const {name, folder} of await listFoldersToCheck(layout)) report(name, await checkFolder(folder, hasSlurm, io));
  report('workspace', [...(await checkConfigFolder(layout)), ...(await findLeftovers(layout, io.clock.now()))]);
  report('machine', [...(await checkNode(profile?.node_path ?? process.execPath, hasSlurm)), await checkLocalGpus()]);
  report('slurm', [...(problem ? [problem] : []), ...cluster.findings]);
  if (options.deep === true) {
    const jobProfile = profile ?? (await readProfileOptions({}, layout, toCaller(io)));
    const partitions = usablePartitions(jobProfile, cluster.facts?.partitions ?? []);
    const job = {
      run,
      clock: io.clock,
      profile: jobProfile,
      withGpu: (maxGpusPerNode(partitions, jobProfile) ?? 0) > 0,
      workspace: layout.workspace,
      folder: join(layout.bookkeeping, 'slurm', `.doctor.${randomUUID()}`),
      nodePath: process.execPath,
      macVersion: codeVersion(),
    };
    report(
      'a job',
      hasSlurm ? await checkJob(job) : [warn('job', 'not tried: no Slurm', 'run mac doctor --deep on a login node')],
    );
  }
  const findings = sections.flatMap(section => section.findings);
  const failures = findings.filter(({status}) => status === 'fail').length;
  const warnings = findings.filter(({status}) => status === 'warn').length;
  if (options.json === true) {
    io.stdout.write(`${JSON.stringify({schema: 'mac.doctor/1', failures, warnings, sections}, null, 2)}\n`);
  } else {
    io.stdout.write(failures + warnings === 0 ? '\nall is well\n' : `\n${failures} FAIL, ${warnings} warnings\n`);
  }
  return failures === 0 ? 0 : 1;
}

async function findProfile(
  options: DoctorOptions,
  layout: Layout,
  io: CommandIo,
): Promise<{profile?: ClusterProfile; problem?: Finding}> {
  if (!hasProfile(options)) return {};
  try {
    return {profile: await readProfileOptions(options, layout, toCaller(io))};
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {problem: fail('profile', error.message, error.hint ?? 'correct the profile')};
  }
}

/** Returns one folder for each filesystem to check; without records, those where they would be. Creates nothing. */
async function listFoldersToCheck(layout: Layout): Promise<{name: string; folder: string}[]> {
  const records = await existingFolder(layout.bookkeeping);
  const results = await existingFolder(layout.experimentRoot);
  const isOne = (await readMount(records)).point === (await readMount(results)).point;
  if (isOne) return [{name: 'records and results', folder: records}];
  return [
    {name: 'records of grids', folder: records},
    {name: 'results of tasks', folder: results},
  ];
}

async function checkFolder(folder: string, hasSlurm: boolean, io: CommandIo): Promise<Finding[]> {
  return [
    await checkMount(folder, hasSlurm),
    ...(await checkSpace(folder)),
    ...(await checkFilesystem(folder, io.clock)),
  ];
}

const LABELS = {ok: 'ok  ', warn: 'warn', fail: 'FAIL'} as const;

function renderSection({section, findings}: Section): string {
  const lines = findings.map(({check, status, found, advice}) => {
    const line = `  ${LABELS[status]}  ${check.padEnd(17)} ${found}`;
    return advice === undefined ? line : `${line}\n${' '.repeat(26)}→ ${advice}`;
  });
  return `${section}\n${lines.join('\n')}\n`;
}

const TIMEOUT_MS = 20_000;
/** Equals `engines` in package.json. */
const OLDEST_NODE = [20, 19];

/** Checks that the Node.js of jobs exists, is new enough and lies where nodes can see it. */
export async function checkNode(path: string, hasSlurm: boolean): Promise<Finding[]> {
  const {stdout, failed} = await execa(path, ['--version'], {reject: false, timeout: TIMEOUT_MS});
  if (failed)
    return [fail('node', `${path} does not run here`, 'set node_path in the profile to a Node.js that nodes have')];
  const [major = 0, minor = 0] = stdout.replace(/^v/, '').split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    return [fail('node', `${path} is ${stdout}`, `Node.js ${OLDEST_NODE.join('.')} or newer is needed`)];
  }
  if (!hasSlurm || !isAbsolute(path)) return [ok('node', `${stdout}, ${path}`)];
  const mount = await readMount(path);
  if (isShared(mount)) return [ok('node', `${stdout}, ${path} (${mount.kind})`)];
  const found = `${stdout}, ${path} is on ${mount.kind} at ${mount.point}`;
  return [warn('node', found, 'nodes may not have it there: mac doctor --deep tries it; node_path chooses another')];
}

/** Counts the GPUs of this machine; login nodes have none. */
export async function checkLocalGpus(): Promise<Finding> {
  const {stdout, failed} = await execa('nvidia-smi', ['-L'], {reject: false, timeout: TIMEOUT_MS});
  if (failed) return ok('gpus here', 'none that nvidia-smi shows (jobs have their own)');
  const count = stdout.split('\n').filter(Boolean).length;
  return ok('gpus here', `${count}: ${stdout.split('\n')[0] ?? ''}`);
}

/** Checks that the workspace has configs where the examples expect them. */
export async function checkConfigFolder(layout: Layout): Promise<Finding[]> {
  const names = await listFolder(join(layout.workspace, 'config'));
  const configs = names.filter(name => /\.ya?ml$/.test(name)).length;
  if (configs > 0) return [ok('config', `${configs} configs in ${layout.workspace}/config`)];
  return [warn('config', `no configs in ${layout.workspace}/config`, 'put one there; configs may also lie elsewhere')];
}

/** Returns the folder, or the nearest existing one above it. */
export async function existingFolder(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    found => found.isDirectory(),
    () => false,
  );
  return isThere || dirname(folder) === folder ? folder : existingFolder(dirname(folder));
}
