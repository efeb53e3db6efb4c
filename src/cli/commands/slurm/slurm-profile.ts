import {resolve} from 'node:path';
import type {Command} from 'commander';

import {UserError} from '../../../core/errors.ts';
import {createFileExclusive} from '../../../record/disk/atomic-file.ts';
import {askCluster} from '../../../slurm/cluster/ask-cluster.ts';
import {createSlurmClient} from '../../../slurm/cluster/client.ts';
import {profileFromCluster} from '../../../slurm/cluster/profile-from-cluster.ts';
import {commandGroup, type RunAction} from '../../declare.ts';
import type {CommandIo, ExitCode} from '../../io.ts';

export function declareSlurmProfile(program: Command, run: RunAction): void {
  const slurm = commandGroup(program, 'slurm', 'Work with the cluster: profiles');
  commandGroup(slurm, 'profile', 'Make cluster profiles')
    .command('init')
    .description('Ask the cluster for its partitions, GPUs and limits, and write a commented profile')
    .option('-o, --output <file>', 'write a new file, e.g. slurm/profiles/NAME.yaml; default: print it')
    .action((options: {output?: string}) => run(io => slurmProfileInitCommand(options, io)));
}

/**
 * Runs `mac slurm profile init`: writes a commented profile from what the cluster reports, to stdout or a new file.
 *
 * @throws UserError `slurm-missing`, `slurm-unavailable`, `file-exists`, `cannot-write`.
 */
export async function slurmProfileInitCommand(options: {readonly output?: string}, io: CommandIo): Promise<ExitCode> {
  const answer = await askCluster(createSlurmClient(io.env));
  if (answer.kind === 'missing') {
    throw new UserError('slurm-missing', 'there is no Slurm on this machine', {
      hint: 'run it on a login node of your cluster, or copy an example from slurm/profiles',
    });
  }
  if (answer.kind === 'unavailable') {
    throw new UserError('slurm-unavailable', `the cluster cannot be asked: ${answer.reason}`, {
      hint: 'try again later',
    });
  }
  const text = profileFromCluster(answer.facts);
  if (options.output === undefined) {
    io.stdout.write(text);
    return 0;
  }
  const path = resolve(io.cwd, options.output);
  if ((await createFileExclusive(path, text)) === 'exists') {
    throw new UserError('file-exists', `${path} is there already`, {hint: 'choose another name, or remove it'});
  }
  io.stdout.write(`${path}\n`);
  io.stderr.write(`go through it, then: mac plan CONFIG --profile ${options.output}\n`);
  return 0;
}
