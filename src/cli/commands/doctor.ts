import {randomUUID} from 'node:crypto';
import {join} from 'node:path';
import type {Command} from 'commander';

import {UserError} from '../../core/errors.ts';
import {fail, type Finding, warn} from '../../core/finding.ts';
import {codeVersion} from '../../core/version.ts';
import {checkFilesystem} from '../../record/doctor/check-filesystem.ts';
import {checkConfigFolder, checkLocalGpus, checkNode, existingFolder} from '../../record/doctor/check-machine.ts';
import {checkMount, checkSpace, readMount} from '../../record/doctor/check-space.ts';
import {findLeftovers} from '../../record/doctor/find-leftovers.ts';
import type {Layout} from '../../record/layout.ts';
import {readProfileOptions} from '../../runs/slurm/submit-context.ts';
import {checkCluster} from '../../slurm/cluster/check-cluster.ts';
import {createSlurmClient} from '../../slurm/cluster/client.ts';
import {maxGpusPerNode, usablePartitions} from '../../slurm/cluster/cluster-limits.ts';
import {hasProfile, type ProfileOptions} from '../../slurm/profile/profile-flags.ts';
import type {ClusterProfile} from '../../slurm/profile/profile-schema.ts';
import {checkJob} from '../../slurm/submit/check-job.ts';
import type {RunAction} from '../declare.ts';
import {openLayout, toCaller, type CommandIo, type ExitCode} from '../io.ts';
import {addProfileOptions} from '../options/run-options.ts';

type DoctorOptions = ProfileOptions & {readonly deep?: boolean; readonly json?: boolean};

interface Section {
  readonly section: string;
  readonly findings: readonly Finding[];
}

export function declareDoctor(program: Command, run: RunAction): void {
  addProfileOptions(program.command('doctor'))
    .description('Check what runs and jobs need: filesystem, locks, clocks, space, Node.js, Slurm, the profile')
    .option('--deep', 'also submit a tiny job, and report what it finds on its node')
    .option('--json', 'print the findings as JSON')
    .action((options: DoctorOptions) => run(io => doctorCommand(options, io)));
}

/** Runs `mac doctor`: checks what runs and jobs will need here. Exit 1 when something will fail. */
export async function doctorCommand(options: DoctorOptions, io: CommandIo): Promise<ExitCode> {
  const layout = openLayout(io);
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
