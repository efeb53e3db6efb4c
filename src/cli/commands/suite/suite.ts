import {stat} from 'node:fs/promises';
import {basename, join, resolve} from 'node:path';

import type {Command} from 'commander';

import {UserError} from '../../../core/errors.ts';
import {ProcessLog} from '../../../execute/process/process-log.ts';
import type {TrialPlan} from '../../../plan/trial-plan.ts';
import type {Layout} from '../../../record/layout.ts';
import {checkRequest} from '../../../runs/open/check-request.ts';
import {openFreshRun} from '../../../runs/open/prepare-run.ts';
import {isSuiteFile} from '../../../runs/open/read-suite.ts';
import type {RunRequest} from '../../../runs/request.ts';
import {refuseChangedSuite} from '../../../runs/open/resume-suite.ts';
import type {RunAction} from '../../declare.ts';
import {toCaller, type CommandIo, type ExitCode} from '../../io.ts';
import {positive, taskList} from '../../options/arguments.ts';
import {collect} from '../../options/run-options.ts';
import {CaseReporter} from '../../progress/case-reporter.ts';
import {renderCaseEnd, renderSuiteDryRun} from '../../render/render-cases.ts';

export interface SuiteOptions extends Pick<RunRequest, 'tasks' | 'only' | 'force' | 'failFast' | 'limit'> {
  readonly parallelism?: number;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  /** Folder of an earlier run. */
  readonly resume?: string;
  readonly allowConfigChange?: boolean;
}

export function declareSuite(program: Command, run: RunAction): void {
  const command = program
    .command('suite')
    .description('Run the cases of a suite, each in a process of its own')
    .argument('<file>', 'suite in TypeScript or JavaScript, which exports defineSuite(…) as its default')
    .option('--dry-run', 'show the cases and where they would write; write nothing')
    .option('-p, --parallelism <n>', 'run at most n cases at once (default: all)', positive)
    .option('--resume <dir>', 'go on in the folder of an earlier run; finished cases are kept')
    .option('--allow-config-change', 'with --resume: run cases again whose config has changed')
    .option('--only <label=values>', 'only these cases, e.g. variant=a,b; may be repeated', collect)
    .option('--tasks <list>', 'run only the cases of these numbers, e.g. 0,2-5', taskList)
    .option('--force', 'run cases even if they are done')
    .option('--fail-fast', 'start no case after one has failed')
    .option('--limit <n>', 'give cases $MAC_LIMIT, for what counts examples', positive)
    .option('--json', 'print the outcome as JSON')
    .action((file: string, options: SuiteOptions) => run(io => suiteCommand(file, options, io)));
  command
    .command('init <name>')
    .description('Write the files of a new suite: config/suites/NAME/{config,run,suite}.ts')
    .action((name: string) =>
      run(async io => {
        const {suiteInitCommand} = await import('./suite-init.ts');
        return await suiteInitCommand(name, io);
      }),
    );
}

/** Runs `mac suite FILE`. */
export async function suiteCommand(file: string, options: SuiteOptions, io: CommandIo): Promise<ExitCode> {
  if (!isSuiteFile(file)) {
    throw new UserError('suite-invalid', `${file} is no suite, expected a file .ts, .mts, .js or .mjs`, {
      hint: `mac run ${file} runs configs of other kinds`,
    });
  }
  const {parallelism, resume: folder, allowConfigChange = false, dryRun, ...flags} = options;
  const request: RunRequest = {...flags, ...(parallelism === undefined ? {} : {maxParallel: parallelism})};
  const caller = toCaller(io);
  const runName = folder === undefined ? undefined : basename(await requireFolder(resolve(io.cwd, folder)));
  const checked = await checkRequest(file, {...request, ...(runName === undefined ? {} : {runName})}, caller);
  const {layout, shown, indices, kept} = checked;
  if (shown.makes !== 'trials') throw new Error(`Internal error: ${file} is a suite and has no cases`);
  const {plan} = shown;
  if (folder !== undefined) {
    const where = resolve(io.cwd, folder);
    await refuseChangedSuite({layout, plan, folder: where, allowConfigChange, indices}, caller);
  }
  if (indices.length + kept.length === 0) {
    io.stdout.write('nothing to run: no case fits what was asked for\n');
    return 0;
  }
  if (dryRun === true) {
    io.stdout.write(renderSuiteDryRun(plan, indices));
    return 0;
  }
  for (const index of kept) io.stderr.write(renderCaseEnd({variant: `${plan.trials[index]?.trial.id} (done before)`}));
  const {executeHere} = await import('../../execute-here.ts');
  const prepared = await openFreshRun(file, checked, request, caller);
  const [running = plan] = prepared.trialPlans;
  const reporter = new CaseReporter({output: io.stderr, readTail: variant => readTail(layout, running, variant)});
  const exitCode = await executeHere(prepared, {...request, json: options.json === true}, io, () => reporter);
  if (options.json !== true) {
    io.stdout.write(`${reporter.succeeded + kept.length}/${indices.length + kept.length} succeeded\n`);
  }
  return exitCode;
}

async function requireFolder(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return path;
  throw new UserError('suite-resume', `--resume ${path}: ${found ? 'this is a file' : 'there is no such folder'}`, {
    hint: 'name the folder of an earlier run, results/NAME/RUN',
  });
}

const TAIL_LINES = 15;
const TAIL_WIDTH = 300;

function readTail(layout: Layout, plan: TrialPlan, variant: string): string[] {
  const trial = plan.trials.find(each => each.trial.id === variant)?.trial;
  if (!trial) return [];
  const log = new ProcessLog(join(layout.workspace, trial.output_dir, 'trial.log'));
  return log.listLastLines(TAIL_LINES, TAIL_WIDTH);
}
