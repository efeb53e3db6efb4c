import {ConfigError} from '../../config/problem.ts';
import {readGitState} from '../../core/git-state.ts';
import {UserError} from '../../core/errors.ts';
import type {TrialPlan} from '../../plan/trial-plan.ts';
import type {ProjectContext} from '../../project/projector.ts';
import {readTrialRecords} from '../../record/trial/trial-record.ts';
import type {Caller} from '../caller.ts';
import {openFile} from '../open/open-config.ts';
import {editStudy, type StudyEdits} from '../open/edit-study.ts';

/** A study, and all that its files are made from. */
export interface OpenedStudy extends ProjectContext {
  /** Absolute. */
  readonly path: string;
}

/**
 * Reads a study and its records.
 *
 * @param file or its folder.
 * @throws UserError as `openFile`, `trials-usage` for another kind of file; ConfigError with every problem.
 */
export async function openStudy(file: string, caller: Caller, edits: StudyEdits = {}): Promise<OpenedStudy> {
  const opened = await openFile(file, caller, {edit: text => editStudy(text, edits)});
  if (opened.makes !== 'trials' || opened.config.frontEnd.name !== 'study') {
    const kind = opened.makes === 'trials' ? opened.config.frontEnd.name : 'config of a grid';
    throw new UserError('trials-usage', `${file} is a ${kind}, not a study`);
  }
  const {plan, problems} = await opened.check();
  if (problems.length > 0) throw new ConfigError(problems);
  const {layout, config} = opened;
  const records = await readTrialRecords(layout, plan.set);
  const {clock, env} = caller;
  return {layout, plan, records, git: await readGitState(plan.home), clock, env, path: config.path};
}

/** Returns the text of a study's own key; undefined where it is none. */
export function readStudyText({details}: TrialPlan, key: string): string | undefined {
  const {document} = details as {readonly document?: {readonly study?: Readonly<Record<string, unknown>>}};
  const value = document?.study?.[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
