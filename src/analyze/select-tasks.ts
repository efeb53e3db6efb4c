import {basename} from 'node:path';

import {UserError} from '../core/errors.ts';
import type {Layout} from '../record/layout.ts';
import type {ResultsCache} from './cache/results-cache.ts';
import {inGridOrder, listGrids, type KnownGrid} from './known-grids.ts';
import {Problems} from './records/problems.ts';
import {readKnownTasks, type KnownTask, type WorkspaceTasks} from './records/recorded-tasks.ts';
import {readTranscripts} from './records/transcripts.ts';

/** How many config snapshots a message names. */
const LISTED = 10;

export interface Selection {
  /** What was selected, in words. */
  readonly name: string;
  /** As the grids number them. */
  readonly tasks: readonly KnownTask[];
  /** Tasks of the selected grids that have no record yet; empty where no grid is known. */
  readonly missing: readonly string[];
  /** How many questions of a file each task was to ask (`--limit`), by grid snapshot; all where there is none. */
  readonly questionLimits: ReadonlyMap<string, number>;
}

/**
 * The tasks that a user means: `latest` (the grid that was begun last), `all`, a grid id or its beginning, the name of a grid snapshot, an experiment,
 * a benchmark, or `benchmark/experiment`.
 *
 * @param problems takes what is wrong with indexes and config snapshots.
 * @throws UserError `results-none` when nothing is recorded, `results-unreadable` when nothing of it can be read,
 *   `results-unknown` when nothing has that name.
 */
export async function readSelection(
  layout: Layout,
  selector: string,
  problems: Problems,
  cache?: ResultsCache,
): Promise<Selection> {
  return selectTasks(layout, await readKnownTasks(layout, problems, cache), selector);
}

/** As `readSelection`, among tasks that have been read. */
export async function selectTasks(layout: Layout, recorded: WorkspaceTasks, selector: string): Promise<Selection> {
  const grids = await listGrids(layout);
  if (recorded.known.length === 0) throw nothingToSelect(layout, recorded, grids);
  const chosen = await choose(layout, {tasks: recorded.known, grids}, selector);
  const limits = grids.flatMap(({snapshotPath, questionLimit}) =>
    questionLimit === null ? [] : [[snapshotPath, questionLimit] as const],
  );
  return {...chosen, tasks: inGridOrder(chosen.tasks, grids), questionLimits: new Map(limits)};
}

/** Records that cannot be read are no reason to run anything again. */
function nothingToSelect(layout: Layout, {unreadable}: WorkspaceTasks, grids: readonly KnownGrid[]): UserError {
  if (unreadable.length > 0) {
    const conversations = unreadable.reduce((sum, {references}) => sum + references.length, 0);
    const names = unreadable.slice(0, LISTED).map(({configSnapshotPath: path}) => path);
    if (unreadable.length > LISTED) names.push(`… and ${unreadable.length - LISTED} more`);
    return new UserError(
      'results-unreadable',
      `every config snapshot of what is recorded in ${layout.workspace} is gone or cannot be read; conversations left out for it: ${conversations}, of ${names.join(', ')}`,
      {hint: 'restore them from a copy of the workspace: nothing has to be run again'},
    );
  }
  if (grids.some(({tasks}) => tasks.some(({status}) => status === 'succeeded'))) {
    return new UserError(
      'results-unreadable',
      `tasks have succeeded in ${layout.workspace}, and no index says where their conversations are`,
      {
        hint: `restore ${layout.index('EXPERIMENT')} from a copy: its lines name the transcripts in ${layout.experimentRoot}, nothing has to be run again`,
      },
    );
  }
  return new UserError('results-none', `no results are recorded in ${layout.workspace}`, {
    hint: 'mac run CONFIG makes some; mac ls lists the grids',
  });
}

type Chosen = Omit<Selection, 'questionLimits'>;

async function choose(
  layout: Layout,
  {tasks, grids}: {readonly tasks: readonly KnownTask[]; readonly grids: readonly KnownGrid[]},
  selector: string,
): Promise<Chosen> {
  if (selector === 'all') return {name: 'all', tasks, missing: missingOf(grids, tasks)};
  if (selector === 'latest') return latest(tasks, grids);
  const byId = grids.filter(({id}) => id === selector || (selector !== '' && id.startsWith(selector)));
  if (byId.length > 0) return ofGrids(layout, byId, {tasks, grids});
  const snapshot = basename(selector).replace(/\.yaml$/, '');
  const bySnapshot = tasks.filter(({gridSnapshotPath}) => stem(gridSnapshotPath) === snapshot);
  if (bySnapshot.length > 0) {
    const own = grids.filter(({snapshotPath}) => stem(snapshotPath) === snapshot);
    return {name: snapshot, tasks: bySnapshot, missing: missingOf(own, bySnapshot)};
  }
  const byName = tasks.filter(task => namesOf(task).includes(selector));
  if (byName.length > 0) {
    const planned = grids.map(grid => ({
      ...grid,
      tasks: grid.tasks.filter(task => partNames(task).includes(selector)),
    }));
    return {name: selector, tasks: byName, missing: missingOf(planned, byName)};
  }
  throw new UserError('results-unknown', `no grid, experiment or benchmark "${selector}" has results`, {
    hint: `there are: ${[...new Set(tasks.map(task => namesOf(task)[0] ?? ''))].slice(0, 10).join(', ')}; mac ls lists the grids`,
  });
}

function stem(path: string | null): string | null {
  return path === null ? null : basename(path).replace(/\.yaml$/, '');
}

function namesOf({config, id}: KnownTask): string[] {
  return [...partNames(config.experiment_metadata), id];
}

/** What a user may call a part of the tasks by, recorded or planned. */
function partNames(task: {readonly experiment_name: string; readonly benchmark_subcategory: string}): string[] {
  const {experiment_name: experiment, benchmark_subcategory: benchmark} = task;
  return [experiment, `${benchmark}/${experiment}`, benchmark];
}

function latest(tasks: readonly KnownTask[], grids: readonly KnownGrid[]): Chosen {
  const [newest] = [...tasks].sort((a, b) => (b.submittedAtMs ?? 0) - (a.submittedAtMs ?? 0));
  const snapshotPath = newest?.gridSnapshotPath ?? null;
  const own = tasks.filter(
    task => task === newest || (snapshotPath !== null && task.gridSnapshotPath === snapshotPath),
  );
  const known = grids.filter(grid => grid.snapshotPath === snapshotPath);
  return {name: stem(snapshotPath) ?? newest?.id ?? '', tasks: own, missing: missingOf(known, own)};
}

/** Tasks of some grids. Repetitions share a snapshot and may share names: then the keys of the tasks, which stand in transcripts, tell them apart. */
async function ofGrids(
  layout: Layout,
  chosen: readonly KnownGrid[],
  {tasks, grids}: {readonly tasks: readonly KnownTask[]; readonly grids: readonly KnownGrid[]},
): Promise<Chosen> {
  const others = grids.filter(grid => !chosen.includes(grid));
  const own: KnownTask[] = [];
  for (const task of tasks) {
    if (!chosen.some(grid => belongsTo(task, grid))) continue;
    if (!others.some(grid => belongsTo(task, grid)) || (await hasKeyOf(layout, task, chosen))) own.push(task);
  }
  return {name: chosen.map(({id}) => id).join(', '), tasks: own, missing: missingOf(chosen, own)};
}

async function hasKeyOf(layout: Layout, task: KnownTask, grids: readonly KnownGrid[]): Promise<boolean> {
  for await (const {provenance} of readTranscripts(layout, task.references.slice(0, 1), new Problems())) {
    const keys = grids.flatMap(grid => grid.tasks.map(({task_key: key}) => key));
    return provenance !== undefined && keys.includes(provenance.task_key);
  }
  return false;
}

function belongsTo({gridSnapshotPath, config}: KnownTask, {snapshotPath, tasks}: KnownGrid): boolean {
  if (gridSnapshotPath !== snapshotPath) return false;
  const {experiment_name: experiment, benchmark_subcategory: benchmark} = config.experiment_metadata;
  return tasks.some(planned => planned.experiment_name === experiment && planned.benchmark_subcategory === benchmark);
}

/** Planned tasks beyond those recorded, by name: of tasks that share an experiment's name one cannot say which. */
function missingOf(grids: readonly KnownGrid[], tasks: readonly KnownTask[]): string[] {
  const recorded = new Map<string, number>();
  for (const {gridSnapshotPath, config} of tasks) {
    const {experiment_name: experiment, benchmark_subcategory: benchmark} = config.experiment_metadata;
    const name = `${gridSnapshotPath}\n${benchmark}/${experiment}`;
    recorded.set(name, (recorded.get(name) ?? 0) + 1);
  }
  return grids.flatMap(({snapshotPath, tasks: planned}) =>
    planned.flatMap(({benchmark_subcategory: benchmark, experiment_name: experiment, task_id: id}) => {
      const name = `${snapshotPath}\n${benchmark}/${experiment}`;
      const left = recorded.get(name) ?? 0;
      recorded.set(name, left - 1);
      return left > 0 ? [] : [`task ${id}: ${benchmark}/${experiment}`];
    }),
  );
}
