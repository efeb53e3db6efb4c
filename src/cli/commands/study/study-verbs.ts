import {join, resolve} from 'node:path';

import {count} from '../../../core/text/amounts.ts';
import {parseLabelFilters, selectTrials} from '../../../plan/select-trials.ts';
import {toPlanRow} from '../../../project/study/plan-rows.ts';
import {renderRunScript} from '../../../project/study/run-script.ts';
import {writePlan, writeScript} from '../../../project/study/study-projector.ts';
import {writeFileAtomic} from '../../../record/disk/atomic-file.ts';
import {editStudy, readStudyEdits, type StudyEdits} from '../../../runs/open/edit-study.ts';
import {openStudy} from '../../../runs/study/open-study.ts';
import {toCaller, type CommandIo, type ExitCode} from '../../io.ts';
import {planCommand} from '../plan.ts';
import {runCommand} from '../run.ts';
import {submitCommand} from '../slurm/submit.ts';
import {listOnly, type StudyFilters} from './study-options.ts';

/** Runs `mac study plan`: `mac plan`, and the rows as JSON where `--output` asks for them. */
export async function studyPlanCommand(
  file: string,
  options: StudyFilters & {readonly output?: string},
  io: CommandIo,
): Promise<ExitCode> {
  const only = listOnly(options);
  const {plan} = await openStudy(file, toCaller(io));
  const evaluators = new Set(plan.trials.flatMap(({trial}) => trial.evaluators.map(({id}) => id)));
  io.stdout.write(
    `study ${plan.set.id}: schema 1, ${count(evaluators.size, 'evaluator')}, ${count(plan.size, 'row')}\n`,
  );
  const code = await planCommand(file, {only, here: true}, io);
  if (options.output === undefined || code !== 0) return code;
  const rows = selectTrials(plan.trials, parseLabelFilters(only)).flatMap(index => {
    const planned = plan.trials[index];
    return planned ? [toPlanRow(planned.trial, plan.set.id)] : [];
  });
  const path = resolve(io.cwd, options.output);
  await writeFileAtomic(path, `${JSON.stringify({schema_version: 1, plan: rows}, null, 2)}\n`);
  io.stdout.write(`${path}: ${rows.length} rows\n`);
  return 0;
}

export interface StudyRunOptions extends StudyFilters, StudyEdits {
  readonly maxConcurrent?: number;
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

/** Runs `mac study run`: `mac run`; a dry run writes `plan.json` and `run_study.sh`, as it always did. */
export async function studyRunCommand(file: string, options: StudyRunOptions, io: CommandIo): Promise<ExitCode> {
  const edits = readStudyEdits(options, io.env);
  const {maxConcurrent, dryRun, force} = options;
  const request = {
    only: listOnly(options),
    edit: (text: string) => editStudy(text, edits),
    ...(maxConcurrent === undefined ? {} : {maxParallel: maxConcurrent}),
    ...(force === true ? {force} : {}),
  };
  if (dryRun === true) {
    const {layout, plan, env} = await openStudy(file, toCaller(io), edits);
    const folder = join(layout.workspace, plan.set.folder);
    const trials = plan.trials.map(({trial}) => trial);
    await writePlan({plan}, join(folder, 'plan.json'));
    await writeScript(
      join(folder, 'run_study.sh'),
      renderRunScript(trials, {studyId: plan.set.id, workspace: layout.workspace, env}),
    );
  }
  return await runCommand(file, {...request, ...(dryRun === true ? {dryRun} : {})}, io);
}

export interface StudySubmitOptions extends StudyFilters, StudyEdits {
  readonly arrayMode?: string;
  readonly maxConcurrent?: number;
  readonly submit?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly profile?: string;
  readonly partition?: string;
  readonly account?: string;
  readonly constraint?: string;
  readonly cpusPerTask?: number;
  readonly memGb?: number;
  readonly timeoutMinutes?: number;
}

/**
 * Runs `mac study submitit` and `mac study slurm-array`: `mac submit` with the flags that they had. An array runs as
 * many rows of a job at once as the study says; `--max-concurrent` limits the jobs.
 *
 * @param submits whether it submits without being asked to.
 */
export async function studySubmitCommand(
  file: string,
  options: StudySubmitOptions,
  {io, submits}: {readonly io: CommandIo; readonly submits: boolean},
): Promise<ExitCode> {
  const edits = readStudyEdits(options, io.env);
  const {arrayMode, maxConcurrent, force, profile, partition, account, constraint, cpusPerTask} = options;
  // Zero is how the older commands left a resource out.
  const memory = options.memGb ? {mem: `${options.memGb}G`} : {};
  const isDry = options.dryRun === true || (!submits && options.submit !== true);
  const given = {arrayMode, force, profile, partition, account, constraint, cpusPerTask, arrayThrottle: maxConcurrent};
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return await submitCommand(
    file,
    {
      ...known,
      ...memory,
      ...(options.timeoutMinutes ? {time: String(options.timeoutMinutes)} : {}),
      only: listOnly(options),
      edit: (text: string) => editStudy(text, edits),
      ...(isDry ? {dryRun: true} : {}),
    },
    io,
  );
}
