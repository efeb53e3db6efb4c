import {Command, CommanderError} from 'commander';

import {packageVersion} from '../core/version.ts';
import type {DeclareCommand, RunAction} from './declare.ts';
import type {CommandIo, ExitCode} from './io.ts';

interface Entry {
  /** The first word of its command line. */
  readonly word: string;
  /** One line of `mac --help`; absent for a command that only job scripts call. */
  readonly summary?: string;
  /** Imports its declarations; a group of commands has several. */
  readonly load: () => Promise<DeclareCommand[]>;
}

/** Every command, in the order of `mac --help`. Only the one that is given is imported, so that it starts quickly. */
const COMMANDS: readonly Entry[] = [
  {
    word: 'plan',
    summary: 'Show what a config would run, and what is wrong with it',
    load: async () => [(await import('./commands/plan.ts')).declarePlan],
  },
  {
    word: 'run',
    summary: 'Run the tasks of a config on this machine',
    load: async () => [(await import('./commands/run.ts')).declareRun],
  },
  {
    word: 'submit',
    summary: 'Submit the tasks of a config to Slurm',
    load: async () => [(await import('./commands/slurm/submit.ts')).declareSubmit],
  },
  {
    word: 'status',
    summary: 'Show the state of every task of a grid',
    load: async () => [(await import('./commands/slurm/status.ts')).declareStatus],
  },
  {
    word: 'logs',
    summary: "Print the log of a task's job",
    load: async () => [(await import('./commands/slurm/logs.ts')).declareLogs],
  },
  {
    word: 'cancel',
    summary: 'Cancel the jobs of a grid',
    load: async () => [(await import('./commands/slurm/cancel.ts')).declareCancel],
  },
  {
    word: 'resume',
    summary: 'Run the unfinished questions of a grid, here or on Slurm',
    load: async () => [(await import('./commands/resume.ts')).declareResume],
  },
  {
    word: 'repair',
    summary: 'Run the unfinished questions of a grid whose manifest is lost',
    load: async () => [(await import('./commands/repair.ts')).declareRepair],
  },
  {
    word: 'ls',
    summary: 'List the grids with their progress',
    load: async () => [(await import('./commands/ls.ts')).declareLs],
  },
  {
    word: 'show',
    summary: 'Print one conversation',
    load: async () => [(await import('./commands/show.ts')).declareShow],
  },
  {
    word: 'results',
    summary: 'Print metrics with intervals',
    load: async () => [(await import('./commands/results.ts')).declareResults],
  },
  {
    word: 'compare',
    summary: 'Compare conditions, with intervals and p-values',
    load: async () => [(await import('./commands/compare.ts')).declareCompare],
  },
  {
    word: 'report',
    summary: 'Write one HTML page with results and figures',
    load: async () => [(await import('./commands/report.ts')).declareReport],
  },
  {
    word: 'export',
    summary: 'Write the records as tables',
    load: async () => [(await import('./commands/export.ts')).declareExport],
  },
  {
    word: 'query',
    summary: 'Query the tables with SQL',
    load: async () => [(await import('./commands/query.ts')).declareQuery],
  },
  {
    word: 'eval',
    summary: 'Evaluate one run by a preset',
    load: async () => [(await import('./commands/eval.ts')).declareEval],
  },
  {
    word: 'data',
    summary: 'Make and check question files',
    load: async () => [
      (await import('./commands/data-format.ts')).declareDataFormat,
      (await import('./commands/data-check.ts')).declareDataCheck,
    ],
  },
  {
    word: 'study',
    summary: 'Work with studies: their tree of results, notes and scripts',
    load: async () => [(await import('./commands/study/study.ts')).declareStudy],
  },
  {
    word: 'bench',
    summary: 'Check, run and compare benchmark matrices',
    load: async () => [
      (await import('./commands/bench/list-tasks.ts')).declareListTasks,
      (await import('./commands/bench/list-trainers.ts')).declareListTrainers,
      (await import('./commands/bench/validate.ts')).declareValidate,
      (await import('./commands/bench/run.ts')).declareBenchRun,
      (await import('./commands/bench/diff.ts')).declareDiff,
      (await import('./commands/bench/coverage.ts')).declareCoverage,
    ],
  },
  {
    word: 'slurm',
    summary: 'Work with the cluster: profiles',
    load: async () => [(await import('./commands/slurm/slurm-profile.ts')).declareSlurmProfile],
  },
  {
    word: 'suite',
    summary: 'Run the cases of a suite in TypeScript, or write a new one',
    load: async () => [(await import('./commands/suite/suite.ts')).declareSuite],
  },
  {
    word: 'doctor',
    summary: 'Check what runs and jobs need on this machine',
    load: async () => [(await import('./commands/doctor.ts')).declareDoctor],
  },
  {
    word: 'schema',
    summary: 'Print JSON Schemas, and tables of keys, metrics and errors',
    load: async () => [(await import('./commands/schema.ts')).declareSchema],
  },
  {
    word: 'serve-simulated',
    summary: 'Serve the built-in simulated model over HTTP',
    load: async () => [(await import('./commands/serve-simulated.ts')).declareServeSimulated],
  },
  {word: 'study-grid', load: async () => [(await import('./commands/study/study-grid.ts')).declareStudyGrid]},
  {word: 'slurm-element', load: async () => [(await import('./commands/slurm/slurm-element.ts')).declareSlurmElement]},
];

const EXIT_CODES = `Exit codes: 0 everything is done · 1 some questions are not done (mac resume) · 2 the request was wrong ·
70 a bug in mac · 130 interrupted by Ctrl-C · 143 terminated. Errors by code: mac schema errors.`;

/** Parses the command line and runs one command. */
export async function runProgram(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const run: RunAction = async work => {
    exitCode = await work(io);
  };
  const program = createProgram(io);
  const [word] = argv.filter(arg => arg !== 'help' && arg !== '--');
  const given = COMMANDS.find(entry => entry.word === word);
  if (given) for (const declare of await given.load()) declare(program, run);
  else listCommands(program);
  try {
    await program.parseAsync([...argv], {from: 'user'});
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version end here with 0; everything else commander complains about is a wrong request.
    return error.exitCode === 0 ? 0 : 2;
  }
  return exitCode;
}

/** Adds every command by name and summary, for help and for suggestions after a misspelt one. */
function listCommands(program: Command): void {
  for (const {word, summary} of COMMANDS) if (summary !== undefined) program.command(word).description(summary);
}

function createProgram(io: CommandIo): Command {
  return new Command('mac')
    .description('Plan, run and resume large grids of multi-agent LLM experiments.')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({writeOut: text => io.stdout.write(text), writeErr: text => io.stderr.write(text)})
    .showHelpAfterError('(mac --help lists the commands)')
    .addHelpText('after', `\nmac COMMAND --help describes a command.\n${EXIT_CODES}`);
}
