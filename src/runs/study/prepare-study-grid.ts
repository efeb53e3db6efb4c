import {mkdir, readlink, symlink} from 'node:fs/promises';
import {join, relative, resolve} from 'node:path';

import {z} from 'zod';

import {ConfigError} from '../../config/problem.ts';
import {readConfigText} from '../../config/read-config.ts';
import {readEnvironment} from '../../config/workspace.ts';
import {UserError} from '../../core/errors.ts';
import {isMapping} from '../../core/mapping.ts';
import type {ParsedConfig} from '../../plan/front-end.ts';
import {overrideGrid, type GridChanges} from '../../plan/study/override-grid.ts';
import {cannotWrite, writeFileAtomic} from '../../record/disk/atomic-file.ts';
import {renderJson} from '../../record/disk/json-text.ts';
import {exists, readJsonIfIntact} from '../../record/disk/read-file.ts';
import {makeGuard} from '../../record/formats.ts';
import {createLayout, type Layout} from '../../record/layout.ts';
import type {Caller} from '../caller.ts';
import {prepareResume} from '../open/prepare-resume.ts';
import {startRun} from '../open/prepare-run.ts';
import type {PreparedTasks} from '../prepared-tasks.ts';

/** A row of a study that is a grid. */
export interface StudyGridRequest extends GridChanges {
  /** Path of the grid's config. */
  readonly config: string;
  /** Folder of the row. */
  readonly output: string;
  /** Questions of each task. */
  readonly limit: number | null;
}

/** A grid inside the folder of a row. */
export interface PreparedStudyGrid {
  /** Of the workspace inside the folder. */
  readonly layout: Layout;
  /** Runs in that workspace. */
  readonly caller: Caller;
  readonly gridId: string;
  /** Null when an earlier attempt has done all of it. */
  readonly prepared: PreparedTasks | null;
}

const noteSchema = z.object({
  schema: z.literal('mac.study-grid/1'),
  config_sha256: z.string().describe('of effective_config.yaml'),
  limit: z.number().nullable(),
  grid_id: z.string(),
});
const isNote = makeGuard(noteSchema);

/**
 * Prepares the grid of a row in a workspace of its own inside the row's folder, `workspace/`. An attempt that was
 * interrupted goes on where its config is the same; else a new grid begins beside the old one.
 *
 * @throws UserError as `startRun` and `prepareResume`; ConfigError when the config is wrong with its overrides.
 */
export async function prepareStudyGrid(request: StudyGridRequest, outer: Caller): Promise<PreparedStudyGrid> {
  const {output, limit} = request;
  const source = await readConfigText(resolve(outer.cwd, request.config));
  const {config, problems} = overrideGrid(source, request);
  if (problems.length > 0) throw new ConfigError(problems);
  const workspace = join(output, 'workspace');
  await linkFolders(config, {from: readEnvironment(outer.env, outer.cwd).workspace, to: workspace});
  const env = {...outer.env, MAC_FAIRNESS_WORKSPACE: workspace, MAC_FAIRNESS_EXPERIMENT_ROOT: undefined};
  const caller = {...outer, env};
  const layout = createLayout({workspace});
  const effective = join(output, 'effective_config.yaml');
  const notePath = join(output, 'study_grid.json');
  const note: unknown = await readJsonIfIntact(notePath);
  if (isNote(note) && note.config_sha256 === config.sha256 && note.limit === limit) {
    const prepared = await goOn(note.grid_id, caller);
    if (prepared !== 'gone') return {layout, caller, gridId: note.grid_id, prepared};
  }
  await writeFileAtomic(effective, config.text);
  const prepared = await startRun(effective, limit === null ? {} : {limit}, caller);
  const gridId = prepared.gridIds[0] ?? '';
  const begun: z.infer<typeof noteSchema> = {
    schema: 'mac.study-grid/1',
    config_sha256: config.sha256,
    limit,
    grid_id: gridId,
  };
  // Before anything runs: an attempt that is killed in between leaves a grid without a single answer.
  await writeFileAtomic(notePath, renderJson(begun));
  return {layout, caller, gridId, prepared};
}

/** Returns what is left of a grid; null when nothing is. */
async function goOn(gridId: string, caller: Caller): Promise<PreparedTasks | null | 'gone'> {
  try {
    return await prepareResume(gridId, {}, caller);
  } catch (error) {
    if (error instanceof UserError && error.code === 'grid-finished') return null;
    if (error instanceof UserError && error.code === 'grid-unknown') return 'gone';
    throw error;
  }
}

/**
 * Links what the config names files in, of the outer workspace: so that its paths mean the same inside.
 *
 * @throws UserError `cannot-write`.
 */
async function linkFolders(
  config: ParsedConfig,
  {from, to}: {readonly from: string; readonly to: string},
): Promise<void> {
  const names = new Set(listTexts(config.document.value).flatMap(text => /^([^/{}]+)(?:\/|$)/.exec(text)?.[1] ?? []));
  try {
    await mkdir(to, {recursive: true});
    for (const name of names) {
      if (OWN_FOLDERS.has(name) || name.startsWith('.') || !(await exists(join(from, name)))) continue;
      const target = relative(to, join(from, name));
      if ((await readlink(join(to, name)).catch(() => null)) !== target) await symlink(target, join(to, name));
    }
  } catch (error) {
    throw cannotWrite(to, error);
  }
}

/** Folders that the inner workspace has itself. */
const OWN_FOLDERS: ReadonlySet<string> = new Set(['bookkeeping', 'experiment']);

function listTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(listTexts);
  return isMapping(value) ? Object.values(value).flatMap(listTexts) : [];
}
