import {InvalidArgumentError, type Command} from 'commander';

import type {Escalation} from '../slurm/submit/escalate.ts';
import {parseEscalation} from '../slurm/submit/escalate.ts';
import {natural, positive, shellCommand, taskList} from './options/arguments.ts';
import type {CancelOptions} from './commands/slurm/cancel.ts';
import type {LogsOptions} from './commands/slurm/logs.ts';
import type {StatusOptions} from './commands/slurm/status.ts';
import type {SubmitOptions} from './commands/slurm/submit.ts';
import {addGuardOptions} from './options/guard-options.ts';
import type {CommandIo, ExitCode} from './io.ts';
import {addProfileOptions} from './options/profile-options.ts';

/** Commands around jobs on a cluster. */
export function describeSlurm(program: Command, io: CommandIo, finish: (code: ExitCode) => void): void {
  addGuardOptions(addProfileOptions(program.command('submit <config>')))
    .description('give the tasks of a config to Slurm, as job arrays')
    .option('--tasks <list>', 'only these tasks, e.g. 3,7-12', taskList)
    .option('--rep <n>', 'repetitions', positive)
    .option('--limit <n>', 'only the first n questions of each task (recorded as such)', positive)
    .option('--dependency <list>', 'what the jobs wait for, as sbatch takes it, e.g. afterok:123')
    .option('--after-all <command>', 'run this on Slurm when all jobs have ended, whatever their outcome', shellCommand)
    .option('--skip-invalid', 'submit the valid tasks of a config in which others are invalid')
    .option('--dry-run', 'show what would be submitted; write nothing')
    .option('--json', 'as JSON')
    .action(async (config: string, options: SubmitOptions) => {
      const {submitCommand} = await import('./commands/slurm/submit.ts');
      finish(await submitCommand(config, options, io));
    });

  program
    .command('status [grid]')
    .description(
      'show the state of every task of a grid: its id, config or experiment, a beginning of one, or "latest" (the default)',
    )
    .option('--watch', 'look again, at growing intervals')
    .option('--json', 'every task, as JSON')
    .action(async (grid: string | undefined, options: StatusOptions) => {
      const {statusCommand} = await import('./commands/slurm/status.ts');
      finish(await statusCommand(grid ?? 'latest', options, io));
    });

  program
    .command('logs')
    .argument('<grid>')
    .argument('<task>', 'its number', natural)
    .description("print the log of a task's newest job")
    .option('-f, --follow', 'go on as it grows, until the job ends')
    .option('--server', 'the logs of its model servers instead')
    .action(async (grid: string, task: number, options: LogsOptions) => {
      const {logsCommand} = await import('./commands/slurm/logs.ts');
      finish(await logsCommand(grid, task, options, io));
    });

  program
    .command('cancel <grid>')
    .description('take jobs of a grid off Slurm; what they have done stays')
    .option('--tasks <list>', 'only the jobs of these tasks, e.g. 3,7-12', taskList)
    .option('--json', 'as JSON')
    .action(async (grid: string, options: CancelOptions) => {
      const {cancelCommand} = await import('./commands/slurm/cancel.ts');
      finish(await cancelCommand(grid, options, io));
    });
  describeProfiles(program, io, finish);
}

function describeProfiles(program: Command, io: CommandIo, finish: (code: ExitCode) => void): void {
  const profile = program
    .command('slurm')
    .description('the cluster')
    .command('profile')
    .description('cluster profiles');
  profile
    .command('init')
    .description('ask the cluster for its partitions, GPUs and limits, and write a commented profile')
    .option('-o, --output <file>', 'a new file, e.g. slurm/profiles/NAME.yaml; default: print it')
    .action(async (options: {output?: string}) => {
      const {slurmProfileInitCommand} = await import('./commands/slurm/slurm-profile.ts');
      finish(await slurmProfileInitCommand(options, io));
    });
}

export function escalation(text: string): Escalation {
  const parsed = parseEscalation(text);
  if (!parsed) throw new InvalidArgumentError('expected factors above 1 such as mem=1.5x,time=2x.');
  return parsed;
}
