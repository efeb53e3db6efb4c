import {resolve} from 'node:path';
import {type Command, Option} from 'commander';

import {pathInside} from '../../../core/path-inside.ts';
import {LOGGERS} from '../../../optimize/catalog/parts.ts';
import {resolveLogger} from '../../../optimize/registry.ts';
import {readDetails} from '../../../plan/bench/details.ts';
import {type BenchOverrides, overrideBench, readLogger} from '../../../plan/bench/override.ts';
import {findLatestRun} from '../../../runs/bench/find-runs.ts';
import {openMatrix} from '../../../runs/bench/open-matrix.ts';
import type {RunAction} from '../../declare.ts';
import {openLayout, type CommandIo, type ExitCode} from '../../io.ts';
import {number, positive} from '../../options/arguments.ts';
import {addExecuteOptions, addGridOptions, addProfileOptions} from '../../options/run-options.ts';
import {runCommand, type RunOptions} from '../run.ts';
import {benchGroup, requireFile} from './bench-group.ts';

/** Flags that stand for keys of a matrix. */
export interface MatrixFlags {
  readonly root?: string;
  readonly runsDir?: string;
  readonly mode?: 'stub' | 'real';
  readonly logger?: string;
  readonly jobTimeout?: number;
  readonly maxWorkers?: number;
  readonly resume?: 'auto' | 'failed' | 'none';
  readonly failFast?: boolean;
}

interface BenchRunOptions extends RunOptions, Omit<MatrixFlags, 'resume' | 'failFast'> {
  readonly config?: string;
  readonly resumeLatest?: boolean;
}

export function declareBenchRun(program: Command, run: RunAction): void {
  const command = addGridOptions(benchGroup(program).command('run [file]'), 'run');
  addMatrixOptions(command)
    .addOption(ofMatrix(new Option('--config <file>', 'the matrix, instead of the argument')))
    .addOption(ofMatrix(new Option('--resume-latest', 'go on in the newest run that computes the same')));
  addProfileOptions(addExecuteOptions(command), {onlyOfServers: true})
    .description('Run the jobs of a matrix here: mac run, with flags for keys of the file')
    .option('--dry-run', 'show what would run; write nothing')
    .action((file: string | undefined, options: BenchRunOptions) =>
      run(io => benchRunCommand(requireFile('run', file, options.config), options, io)),
    );
}

/** Adds the options that stand for keys of a matrix. */
export function addMatrixOptions(command: Command): Command {
  return command
    .addOption(ofMatrix(new Option('--root <folder>', 'folder of LLM4AD tasks')))
    .addOption(ofMatrix(new Option('--output-dir, --runs-dir <folder>', 'folder of runs')))
    .addOption(ofMatrix(new Option('--mode <mode>', 'stub asks no model').choices(['stub', 'real'])))
    .addOption(
      ofMatrix(new Option('--logger <name>', 'logger of every trainer; none silences, config keeps those of the file')),
    )
    .addOption(ofMatrix(new Option('--job-timeout <seconds>', 'end a job after so long; 0: never').argParser(number)))
    .addOption(ofMatrix(new Option('--n-concurrent, --max-workers <n>', 'jobs at once').argParser(positive)));
}

function ofMatrix(option: Option): Option {
  return option.helpGroup('Keys of the matrix, which its snapshot then has:');
}

/** Runs `mac bench run`. */
export async function benchRunCommand(file: string, options: BenchRunOptions, io: CommandIo): Promise<ExitCode> {
  const overrides = readOverrides(options, io);
  const opened = await openMatrix(file, overrides, io);
  const details = readDetails(opened.plan.details);
  const earlier = options.resumeLatest === true ? await findLatestRun(opened.layout, details) : undefined;
  if (options.resumeLatest === true) {
    io.stderr.write(
      earlier === undefined
        ? `note: no run in ${details.matrix.runs_dir} has this config yet; a new one begins\n`
        : `note: goes on with run ${earlier}\n`,
    );
  }
  const runName = earlier ?? details.run_id;
  if (options.json !== true) io.stdout.write(`run ${runName}\n`);
  return await runCommand(file, {...options, edit: text => overrideBench(text, overrides), runName}, io);
}

/** Returns what flags say of the keys of a matrix; folders are relative to the workspace from then on. */
export function readOverrides(flags: MatrixFlags, io: CommandIo): BenchOverrides {
  const {root, runsDir, mode, logger, jobTimeout, maxWorkers, resume, failFast} = flags;
  const place = (folder: string | undefined): string | undefined =>
    folder === undefined ? undefined : placeFolder(folder, io);
  return {
    root: place(root),
    runs_dir: place(runsDir),
    mode,
    logger: checkLogger(logger, io),
    job_timeout: jobTimeout,
    max_workers: maxWorkers,
    resume,
    fail_fast: failFast,
  };
}

/** Returns a folder relative to the workspace where it is in it, as the keys of a file are. */
function placeFolder(folder: string, io: CommandIo): string {
  const absolute = resolve(io.cwd, folder);
  return pathInside(openLayout(io).workspace, absolute) || absolute;
}

/** Warns of a logger that nobody knows, and keeps those of the file. */
function checkLogger(name: string | undefined, {stderr}: CommandIo): string | undefined {
  if (name === undefined) return undefined;
  const named = readLogger(name);
  if (named === undefined || resolveLogger(named)) return named;
  const known = LOGGERS.map(({id}) => id).join(', ');
  stderr.write(`warning: there is no logger ${name} (known: ${known}); the file's are kept\n`);
  return undefined;
}
