import {Command, CommanderError, Option} from 'commander';

import {packageVersion} from '../core/version.ts';
import {natural, number, port, positive, shellCommand, taskList} from './options/arguments.ts';
import {describeCompare} from './compare-command.ts';
import {addGuardOptions} from './options/guard-options.ts';
import type {CommandIo, ExitCode} from './io.ts';
import {addProfileOptions} from './options/profile-options.ts';
import {describeReport} from './report-command.ts';
import {describeResults} from './results-command.ts';
import {describeSlurm, escalation} from './slurm-commands.ts';
import {describeTables} from './tables-commands.ts';
import type {DoctorOptions} from './commands/doctor.ts';
import type {PlanOptions} from './commands/plan.ts';
import type {RunOptions} from './commands/run.ts';
import type {ShowOptions} from './render/render-transcript.ts';
import type {ResumeGridOptions, ResumeOptions} from './commands/resume.ts';
import type {ElementOptions} from '../runs/element/element-job.ts';
import type {ServeSimulatedOptions} from './commands/serve-simulated.ts';

const EXIT_CODES = `
Exit codes: 0 everything done · 1 some questions are not done (mac resume) · 2 the request was wrong ·
70 a bug in mac · 130 interrupted by Ctrl-C · 143 terminated.`;

/**
 * Parses the command line and runs one command; commands are imported only when they run, so that start-up stays short.
 */
export async function runProgram(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const program = describeProgram(io, code => (exitCode = code));
  try {
    await program.parseAsync([...argv], {from: 'user'});
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version end here with 0; everything else commander complains about is a wrong request.
    return error.exitCode === 0 ? 0 : 2;
  }
  return exitCode;
}

function describeProgram(io: CommandIo, finish: (code: ExitCode) => void): Command {
  const program = new Command('mac')
    .description('Plan, run and resume large grids of multi-agent LLM experiments.')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({writeOut: text => io.stdout.write(text), writeErr: text => io.stderr.write(text)})
    .showHelpAfterError('(mac --help shows what there is)')
    .addHelpText('after', EXIT_CODES);

  const runLike = (command: Command): Command =>
    addGuardOptions(command)
      .option('--max-parallel <tasks>', 'how many tasks may be open at once', positive)
      .option('--fail-fast', 'stop at the first question that fails')
      .option('--json', 'print the outcome as JSON on stdout');

  addProfileOptions(program.command('plan <config>'))
    .description(
      'show what would run: dimensions, tasks, questions, requests, and what is wrong; with a profile also the arrays, GPUs and scripts',
    )
    .option('--task <n>', "print one task's whole config as YAML, or with --json as JSON", natural)
    .option('--json', 'everything in a stable machine form')
    .option('--all', 'list every task')
    .option('--scripts', 'print the job scripts')
    .option('--rep <n>', 'repetitions', positive)
    .option('--limit <n>', 'questions per task', positive)
    .action(async (config: string, options: PlanOptions) => {
      const {planCommand} = await import('./commands/plan.ts');
      finish(await planCommand(config, options, io));
    });

  addProfileOptions(runLike(program.command('run <config>')), {onlyOfServers: true})
    .description('run the tasks of a config on this machine')
    .option('--tasks <list>', 'only these tasks, e.g. 3,7-12', taskList)
    .option('--rep <n>', 'repetitions', positive)
    .option('--limit <n>', 'only the first n questions of each task (recorded as such)', positive)
    .option('--dry-run', 'show what would run; write nothing')
    .option('--skip-invalid', 'run the valid tasks of a config in which others are invalid')
    .action(async (config: string, options: RunOptions) => {
      const {runCommand} = await import('./commands/run.ts');
      finish(await runCommand(config, options, io));
    });

  addProfileOptions(runLike(program.command('resume [grid]')))
    .description(
      'run what is missing of a grid, where it ran before (here or on Slurm): its id, config or experiment, a beginning of one, or "latest" (the default)',
    )
    .option('--dry-run', 'print the tree of tasks with their missing questions; change nothing')
    .option('--tasks <list>', 'only these tasks, e.g. 3,7-12', taskList)
    .option('--local', 'run here what was submitted to Slurm')
    .option('--escalate <factors>', 'more for tasks that died of too little, e.g. mem=1.5x,time=2x', escalation)
    .option('--dependency <list>', 'what the jobs wait for, as sbatch takes it, e.g. afterok:123')
    .option('--after-all <command>', 'run this on Slurm when all jobs have ended, whatever their outcome', shellCommand)
    .action(async (grid: string | undefined, options: ResumeGridOptions) => {
      const {resumeCommand} = await import('./commands/resume.ts');
      finish(await resumeCommand(grid ?? 'latest', options, io));
    });

  addProfileOptions(runLike(program.command('repair <snapshot>')), {onlyOfServers: true})
    .description(
      'run the missing questions of every task manifest that refers to a grid snapshot, also without a grid manifest',
    )
    .option('--dry-run', 'list them; change nothing')
    .action(async (snapshot: string, options: ResumeOptions) => {
      const {repairCommand} = await import('./commands/repair.ts');
      finish(await repairCommand(snapshot, options, io));
    });

  program
    .command('ls')
    .description('list grids with their progress, newest last')
    .option('--json', 'as JSON')
    .action(async (options: {json?: boolean}) => {
      const {lsCommand} = await import('./commands/ls.ts');
      finish(await lsCommand(options, io));
    });

  addProfileOptions(program.command('doctor'))
    .description('try out what runs and jobs need: filesystem, locks, clocks, space, Node.js, Slurm, the profile')
    .option('--deep', 'also submit a tiny job and see what it sees')
    .option('--json', 'as JSON')
    .action(async (options: DoctorOptions) => {
      const {doctorCommand} = await import('./commands/doctor.ts');
      finish(await doctorCommand(options, io));
    });

  program
    .command('show <id>')
    .description('print one conversation: a transcript id or a question id, a beginning of one, or a transcript file')
    .option('--prompts', 'with the prompts, where they were recorded (MAC_FAIRNESS_DEBUG_FLAG=1)')
    .option('--full', 'unusable replies and thoughts whole')
    .action(async (id: string, options: ShowOptions) => {
      const {showCommand} = await import('./commands/show.ts');
      finish(await showCommand(id, options, io));
    });

  describeResults(program, io, finish);
  describeReport(program, io, finish);
  describeCompare(program, io, finish);
  describeTables(program, io, finish);

  program
    .command('schema <kind>')
    .description(
      'print a JSON Schema; kind: config or profile; as Markdown tables: keys, profile-keys, tables or metrics',
    )
    .action(async (kind: string) => {
      const {schemaCommand} = await import('./commands/schema.ts');
      finish(await schemaCommand(kind, io));
    });

  program
    .command('slurm-element', {hidden: true})
    .description('what a job of mac submit runs')
    .requiredOption('--submission <file>', 'the submission it belongs to')
    .requiredOption('--array <k>', 'index of the array in it', natural)
    .requiredOption('--element <n>', 'element of the array', natural)
    .action(async (options: ElementOptions) => {
      const {slurmElementCommand} = await import('./commands/slurm/slurm-element.ts');
      finish(await slurmElementCommand(options, io));
    });

  describeSlurm(program, io, finish);
  describeData(program, io, finish);
  describeServeSimulated(program, io, finish);
  return program;
}

function describeData(program: Command, io: CommandIo, finish: (code: ExitCode) => void): void {
  const data = program.command('data').description('question files');
  data
    .command('format <benchmark>')
    .description("convert a public dataset's raw files to the unified format; benchmark: bbq, discrimeval or diffaware")
    .requiredOption('--input <path>', 'folder or file with the raw data')
    .requiredOption('--output <folder>', 'where the question files go')
    .action(async (benchmark: string, options: {input: string; output: string}) => {
      const {dataFormatCommand} = await import('./commands/data-format.ts');
      finish(await dataFormatCommand(benchmark, options, io));
    });
  data
    .command('check <files...>')
    .description('validate question files line by line')
    .option('--json', 'as JSON')
    .action(async (files: string[], options: {json?: boolean}) => {
      const {dataCheckCommand} = await import('./commands/data-check.ts');
      finish(await dataCheckCommand(files, options, io));
    });
}

function describeServeSimulated(program: Command, io: CommandIo, finish: (code: ExitCode) => void): void {
  program
    .command('serve-simulated')
    .description('serve the built-in simulated model over HTTP, OpenAI-compatible')
    .option('--port <n>', '0 chooses a free one', port, 8000)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--slots <n>', 'sequences that run at once; the rest queues', positive, 256)
    .option('--latency-ms <ms>', 'median of the lognormal latency', number, 0)
    .option('--sigma <s>', "standard deviation of the latency's logarithm", number, 0.5)
    .option('--seed <n>', 'seed of the model', natural, 0)
    .option('--malformed-rate <p>', 'share of replies that are not in the asked-for format', number, 0)
    .option('--failure-rate <p>', 'share of requests answered with 500', number, 0)
    .option('--accuracy <p>', 'how often it is right (or says what it believes) where nothing pulls elsewhere', number)
    .option('--conformity <p>', 'how often it gives in to the majority of its peers', number)
    .option('--bias <words=strength...>', 'pull of identities towards the stereotyped answer, from -1 to 1')
    .addOption(new Option('--model <name...>', 'names it serves').default(['simulated']))
    .option('--questions <file...>', 'question files whose right answers it knows')
    .option('--startup-seconds <s>', 'how long it takes until it listens, like an engine that loads a model', number)
    .addOption(new Option('--die-after <n>', 'is killed after n answers').argParser(natural).conflicts('hangAfter'))
    .option('--hang-after <n>', 'takes requests and answers no more after n answers', natural)
    .action(async (options: ServeSimulatedOptions) => {
      const {serveSimulatedCommand} = await import('./commands/serve-simulated.ts');
      finish(await serveSimulatedCommand(options, io));
    });
}
