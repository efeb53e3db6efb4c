import {access, constants} from 'node:fs/promises';
import {join, resolve} from 'node:path';

import {ConfigError, type DocumentPath, type Problem} from '../../config/problem.ts';
import {readConfigText} from '../../config/read-config.ts';
import {UserError} from '../../core/errors.ts';
import {pathInside} from '../../core/path-inside.ts';
import {asList, asMapping, isMapping} from '../../core/mapping.ts';
import type {Trial} from '../../core/trial.ts';
import {compileAndCheck} from '../../plan/compile.ts';
import {overrideGrid} from '../../plan/study/override-grid.ts';
import {splitCommand} from '../../plan/study/split-command.ts';
import type {PlannedTrial, TrialPlan} from '../../plan/trial-plan.ts';
import {QuestionFiles} from '../../questions/question-files.ts';
import {exists} from '../../record/disk/read-file.ts';
import type {Layout} from '../../record/layout.ts';

/** Grids that are looked into before a run; the rest say what is wrong with them when they begin. */
const MAX_GRIDS = 50;

/**
 * Checks what a study needs besides its own text: programs beside it that evaluators name by `./`, folders that rows
 * run in or use again, and the grids of its conditions with their overrides.
 *
 * @returns none for what is no study.
 */
export async function checkStudyFiles(plan: TrialPlan, layout: Layout): Promise<Problem[]> {
  if (plan.frontend !== 'study') return [];
  return [...(await checkEvaluators(plan)), ...(await checkFolders(plan, layout)), ...(await checkGrids(plan, layout))];
}

async function checkEvaluators({details, source, locate, home}: TrialPlan): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const {words, path} of listCommands(asMapping(details['document']))) {
    for (const [i, word] of words.entries()) {
      if (!word.startsWith('./')) continue;
      const file = join(home, word);
      const report = (found: string, expected: string, hint?: string): number =>
        problems.push({file: source.path, position: locate(path), path, found, expected, hint});
      if (!(await exists(file))) report(`${word}, which is not in ${home}`, 'a file beside the study');
      else if (i === 0 && !(await isExecutable(file))) {
        report(`${word}, which cannot be executed`, 'a program', `chmod +x it, or name its interpreter before it`);
      }
    }
  }
  return problems;
}

/** Checks the folders in which rows run, and the earlier runs that they use again; what rows make is there in time. */
async function checkFolders({trials, source, locate}: TrialPlan, {workspace}: Layout): Promise<Problem[]> {
  const needed = new Map<string, {readonly trial: Trial; readonly place: string; readonly path: DocumentPath}>();
  for (const {trial} of trials) {
    const path = ['hypotheses', String(trial.labels['hypothesis']), 'conditions', String(trial.labels['condition'])];
    const [place, key] =
      trial.runner.kind === 'reuse' ? [trial.runner.source, 'reuse'] : [trial.cwd, 'working_directory'];
    const name = `${key} ${place}`;
    if (!needed.has(name)) needed.set(name, {trial, place, path: [...path, key]});
  }
  const made = trials
    .filter(({trial}) => trial.runner.kind !== 'reuse')
    .map(({trial}) => resolve(workspace, trial.output_dir));
  const problems: Problem[] = [];
  for (const {trial, place, path} of needed.values()) {
    const folder = resolve(workspace, place);
    if ((await exists(folder)) || made.some(each => pathInside(each, folder) !== null)) continue;
    problems.push({
      file: source.path,
      position: locate(path),
      path,
      found: `${place}, which is not there (task ${trial.id})`,
      expected: trial.runner.kind === 'reuse' ? 'the folder of an earlier run' : 'a folder to run in',
      hint: `correct the path, or make ${folder} first`,
    });
  }
  return problems;
}

interface EvaluatorCommand {
  readonly words: readonly string[];
  readonly path: DocumentPath;
}

/** Lists the commands of evaluators as they are written; those that are switched off need no files. */
function listCommands(document: Readonly<Record<string, unknown>>): EvaluatorCommand[] {
  const own = listOf(document['evaluations'], ['evaluations']);
  const ofConditions = Object.entries(asMapping(document['hypotheses'])).flatMap(([id, hypothesis]) =>
    Object.entries(asMapping(asMapping(hypothesis)['conditions'])).flatMap(([name, condition]) =>
      listOf(asMapping(condition)['evaluations'], ['hypotheses', id, 'conditions', name, 'evaluations']),
    ),
  );
  return [...own, ...ofConditions];
}

function listOf(evaluations: unknown, path: DocumentPath): EvaluatorCommand[] {
  return asList(evaluations).flatMap((evaluation, i) => {
    if (!isMapping(evaluation) || evaluation['enabled'] === false) return [];
    const {command, preset} = evaluation;
    const isOfStudy = typeof preset === 'string' && /^(?:builtin\.)?study_eval$/.test(preset);
    if (command === undefined || command === null)
      return isOfStudy ? [{words: ['./eval'], path: [...path, i, 'preset']}] : [];
    const words = typeof command === 'string' ? (splitCommand(command) ?? []) : asList(command).map(String);
    return [{words, path: [...path, i, 'command']}];
  });
}

async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Compiles every grid with the overrides of its condition, as the row will. */
async function checkGrids(plan: TrialPlan, layout: Layout): Promise<Problem[]> {
  const distinct = new Map<string, PlannedTrial>();
  for (const planned of plan.trials) {
    const {grid, overrides} = planned.trial.details;
    const key = JSON.stringify([grid, overrides]);
    if (typeof grid === 'string' && !distinct.has(key)) distinct.set(key, planned);
  }
  const files = new QuestionFiles(layout);
  const problems: Problem[] = [];
  for (const {trial} of [...distinct.values()].slice(0, MAX_GRIDS)) {
    const {hypothesis, condition} = trial.labels;
    const path = ['hypotheses', String(hypothesis), 'conditions', String(condition)];
    const found = await checkGrid(trial, layout, files);
    if (found === null) continue;
    problems.push({
      file: plan.source.path,
      position: plan.locate(path),
      path,
      found: `a grid that does not run (task ${trial.id}): ${found}`,
      expected: 'a config of mac that does, with the overrides of the condition',
    });
  }
  return problems;
}

/** Returns what is wrong with the grid of a row; null when it runs. */
async function checkGrid(
  {details, seed}: PlannedTrial['trial'],
  layout: Layout,
  files: QuestionFiles,
): Promise<string | null> {
  try {
    const source = await readConfigText(resolve(layout.workspace, String(details['grid'])));
    const overrides = Object.entries(asMapping(details['overrides']));
    const {config, problems} = overrideGrid(source, {overrides, seed});
    if (problems.length > 0) throw new ConfigError(problems);
    const checked = await compileAndCheck(config, files, {submittedAtMs: 0, repetition: 1, name: config.path});
    const [first] = checked.problems;
    if (first) throw new ConfigError([first.problem]);
    return null;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}
