import {dirname, join, resolve} from 'node:path';

import {parseLabelFilters, selectTrials} from '../../../plan/select-trials.ts';
import {renderRunScript} from '../../../project/study/run-script.ts';
import {writeOrganized, writeScript} from '../../../project/study/study-projector.ts';
import {ensureFolder} from '../../../record/disk/atomic-file.ts';
import {withLock} from '../../../record/disk/shared-lock.ts';
import {appendSummary} from '../../../runs/study/append-summary.ts';
import {openStudy} from '../../../runs/study/open-study.ts';
import {toCaller, type CommandIo, type ExitCode} from '../../io.ts';
import {listOnly, type StudyFilters} from './study-options.ts';

export interface OrganizeOptions {
  readonly dryRun?: boolean;
  readonly keepExisting?: boolean;
}

/** Runs `mac study organize`: makes the organized tree again from the records. */
export async function organizeCommand(file: string, options: OrganizeOptions, io: CommandIo): Promise<ExitCode> {
  const study = await openStudy(file, toCaller(io));
  const {layout, plan} = study;
  const folder = join(layout.workspace, plan.set.folder, 'organized');
  const dryRun = options.dryRun === true;
  const write = async (): Promise<readonly string[]> =>
    await writeOrganized(study, {dryRun, keepOthers: options.keepExisting === true});
  if (dryRun) {
    for (const path of await write()) io.stdout.write(`${join(folder, path)}\n`);
    io.stdout.write('dry run: nothing was written\n');
    return 0;
  }
  const lock = join(layout.trialRecords(plan.set.kind, plan.set.id), 'derived');
  await ensureFolder(dirname(lock));
  const paths = await withLock(lock, write);
  io.stdout.write(`${folder}: ${paths.length} files and links\n`);
  return 0;
}

export interface SummaryAppendOptions {
  readonly author: string;
  readonly note: string;
  readonly hypothesis?: string;
  readonly condition?: string;
  readonly evidence?: readonly string[];
}

/** Runs `mac study summary-append`: adds a note to the study's log and its summary. */
export async function summaryAppendCommand(
  file: string,
  {evidence = [], ...note}: SummaryAppendOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const study = await openStudy(file, toCaller(io));
  const {files, warnings} = await appendSummary(study, {...note, evidence});
  for (const warning of warnings) io.stderr.write(`warning: ${warning}\n`);
  io.stdout.write(`${files.summary}\n${files.log}\n`);
  return 0;
}

/** Runs `mac study generate-bash`: writes the rows as a shell script. */
export async function generateBashCommand(
  file: string,
  options: StudyFilters & {readonly output?: string},
  io: CommandIo,
): Promise<ExitCode> {
  const {layout, plan, env} = await openStudy(file, toCaller(io));
  const chosen = selectTrials(plan.trials, parseLabelFilters(listOnly(options)));
  const trials = chosen.flatMap(index => plan.trials[index]?.trial ?? []);
  const path = options.output
    ? resolve(io.cwd, options.output)
    : join(layout.workspace, plan.set.folder, 'run_study.sh');
  await writeScript(path, renderRunScript(trials, {studyId: plan.set.id, workspace: layout.workspace, env}));
  io.stdout.write(`${path}: ${trials.length} rows\n`);
  return 0;
}
