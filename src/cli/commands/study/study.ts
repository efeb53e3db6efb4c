import type {Command} from 'commander';

import {commandGroup, type RunAction} from '../../declare.ts';
import {natural, positive} from '../../options/arguments.ts';
import type {CommandIo, ExitCode} from '../../io.ts';
import type {OrganizeOptions, SummaryAppendOptions} from './study-files.ts';
import {
  addFilterOptions,
  addHookOptions,
  chooseStudy,
  type StudyFilters,
  type StudySelection,
} from './study-options.ts';
import type {StudyRunOptions, StudySubmitOptions} from './study-verbs.ts';

type Action<Options> = (file: string, options: Options, io: CommandIo) => Promise<ExitCode>;

export function declareStudy(program: Command, run: RunAction): void {
  const study = commandGroup(program, 'study', 'Work with studies: their tree of results, notes and scripts')
    .option('--study <path>', 'the study: its file, or the folder of a study.yaml')
    .addHelpText('after', '\nmac plan, run, submit, resume, status and results take studies as any other file.');
  const declare = <Options>(name: string, description: string, action: () => Promise<Action<Options>>): Command =>
    study
      .command(`${name} [file]`)
      .description(description)
      .action((file: string | undefined, options: Options) =>
        run(async io => (await action())(chooseStudy(file, study.opts<StudySelection>()), options, io)),
      );

  declare<OrganizeOptions>(
    'organize',
    'Make the organized tree again from the records',
    async () => (await import('./study-files.ts')).organizeCommand,
  )
    .option('--dry-run', 'list what it would hold; write nothing')
    .option('--keep-existing', 'leave files that are not part of the tree');
  declare<SummaryAppendOptions>(
    'summary-append',
    'Add a note to the log and the summary of a study',
    async () => (await import('./study-files.ts')).summaryAppendCommand,
  )
    .requiredOption('--author <name>', 'who writes it')
    .requiredOption('--note <text>', 'what was found')
    .option('--hypothesis <id>', 'the hypothesis that it is about')
    .option('--condition <id>', 'the condition that it is about')
    .option('--evidence <path>', 'a file that shows it; may be repeated', collect);
  addFilterOptions(
    declare<StudyFilters & {readonly output?: string}>(
      'generate-bash',
      'Write the rows as a shell script, for machines without mac',
      async () => (await import('./study-files.ts')).generateBashCommand,
    ),
  ).option('--output <file>', 'default: generated/run_study.sh of the study');
  declareVerbs(declare);
}

type Declare = <Options>(name: string, description: string, action: () => Promise<Action<Options>>) => Command;

/** Declares the verbs that studies had before, each in terms of the general one. */
function declareVerbs(declare: Declare): void {
  addFilterOptions(
    declare<StudyFilters & {readonly output?: string}>(
      'plan',
      'As mac plan; --output writes the rows as JSON',
      async () => (await import('./study-verbs.ts')).studyPlanCommand,
    ),
  ).option('--output <file>', 'write {schema_version, plan: [rows]}');
  addHookOptions(
    addFilterOptions(
      declare<StudyRunOptions>('run', 'As mac run', async () => (await import('./study-verbs.ts')).studyRunCommand),
    ),
  )
    .option('--max-concurrent <n>', 'most rows that run at once', positive)
    .option('--dry-run', 'write plan.json and run_study.sh, and run nothing')
    .option('--force', 'run rows even if they are done');
  addSubmitOptions(
    declare<StudySubmitOptions>('submitit', 'As mac submit', async () => {
      const {studySubmitCommand} = await import('./study-verbs.ts');
      return (file, options, io) => studySubmitCommand(file, options, {io, submits: true});
    }),
  );
  addSubmitOptions(
    declare<StudySubmitOptions>('slurm-array', 'As mac submit --dry-run; with --submit as mac submit', async () => {
      const {studySubmitCommand} = await import('./study-verbs.ts');
      return (file, options, io) => studySubmitCommand(file, options, {io, submits: false});
    }),
  ).option('--submit', 'submit it');
}

function addSubmitOptions(command: Command): Command {
  return addHookOptions(addFilterOptions(command))
    .option('--array-mode <mode>', 'rows of a job: case (the default), seed, hypothesis or run')
    .option('--max-concurrent <n>', 'most jobs that run at once', positive)
    .option('--dry-run', 'show what would be submitted; write nothing')
    .option('--force', 'run rows even if they are done')
    .option('--profile <name|file>', 'use this cluster profile')
    .option('--partition <name>', 'partition')
    .option('--account <name>', 'account to charge')
    .option('--constraint <features>', 'features that a node must have')
    .option('--cpus-per-task <n>', 'CPUs of a job', positive)
    .option('--mem-gb <n>', 'memory of a job; 0: not said', natural)
    .option('--timeout-minutes <n>', 'time limit of a job; 0: not said', natural);
}

function collect(text: string, before: unknown): string[] {
  return [...((before as string[] | undefined) ?? []), text];
}
