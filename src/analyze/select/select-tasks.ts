import {UserError} from '../../core/errors.ts';
import {ambiguousName, findAmongKinds, type NameKind} from '../../core/text/find-by-name.ts';
import type {Layout} from '../../record/layout.ts';
import {configNames, toConfigName} from '../../record/sets/config-names.ts';
import {partNames} from '../../record/sets/find-runs.ts';
import {parseSubmissionTime} from '../../record/grid/snapshots.ts';
import type {ResultsCache} from '../cache/results-cache.ts';
import {inGridOrder, listGrids, type KnownGrid} from './known-grids.ts';
import {checkCompleteness, type Completeness} from './missing-tasks.ts';
import {Problems} from '../records/problems.ts';
import {readKnownTasks, type KnownTask, type WorkspaceTasks} from '../records/recorded-tasks.ts';
import {readTranscripts} from '../records/transcripts.ts';

/** Most config snapshots that a message names. */
const MAX_LISTED = 10;

/** Most matches of a prefix that are checked for being the same tasks. */
const MOST_COMPARED = 100;

export interface Selection extends Completeness {
  /** The selection in words. */
  readonly name: string;
  /** As the grids number them. */
  readonly tasks: readonly KnownTask[];
  /** Number of questions of a file that each task was to ask (`--limit`), by grid snapshot; no entry means all. */
  readonly questionLimits: ReadonlyMap<string, number>;
}

/**
 * Reads the tasks that a user means: `latest` (the grid that was begun last), `all`, a grid id, an experiment, a
 * benchmark, `benchmark/experiment`, a config or its snapshot, or a beginning of one that fits nothing else.
 *
 * @param problems takes what is wrong with indexes and config snapshots.
 * @throws UserError `results-none` when nothing is recorded, `results-unreadable` when nothing of it can be read,
 *   `results-unknown` when nothing has that name, `results-ambiguous` when several things begin so.
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
    const names = unreadable.slice(0, MAX_LISTED).map(({configSnapshotPath: path}) => path);
    if (unreadable.length > MAX_LISTED) names.push(`… and ${unreadable.length - MAX_LISTED} more`);
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

interface Known {
  readonly tasks: readonly KnownTask[];
  readonly grids: readonly KnownGrid[];
}

/** Tasks that share a name. */
interface Candidate {
  readonly names: readonly string[];
  readonly choose: () => Chosen | Promise<Chosen>;
}

async function choose(layout: Layout, known: Known, selector: string): Promise<Chosen> {
  const {tasks, grids} = known;
  if (selector === 'all') return {name: 'all', tasks, ...checkCompleteness({selected: grids, tasks, known: tasks})};
  if (selector === 'latest') return chooseLatest(known);
  const getNames = ({names}: Candidate): readonly string[] => names;
  const kinds: readonly NameKind<Candidate>[] = [
    {list: () => gridCandidates(layout, known), getNames},
    {list: () => partCandidates(known), getNames},
    {list: () => configCandidates(known), getNames, toName: toConfigName},
    {list: () => taskCandidates(known), getNames},
  ];
  // What people gave names to comes first; names that we make up hold those.
  const {items: those} = await findAmongKinds(selector, kinds, 'whole-name');
  if (those.length > MOST_COMPARED) {
    throw ambiguousName(
      'results-ambiguous',
      selector,
      those.map(({names: [name = '']}) => name),
    );
  }
  const choices: Chosen[] = [];
  for (const candidate of those) choices.push(await candidate.choose());
  // An experiment and its only benchmark, for example, are the same tasks.
  const distinct = new Map(choices.map(chosen => [chosen.tasks.map(({id}) => id).join('\n') || chosen.name, chosen]));
  const [first] = distinct.values();
  if (first && distinct.size === 1) return first;
  if (first) {
    const names = [...distinct.values()].map(({name}) => name);
    throw ambiguousName('results-ambiguous', selector, names);
  }
  throw new UserError('results-unknown', `no grid, experiment or benchmark "${selector}" has results`, {
    hint: `there are: ${[...new Set(tasks.map(({config}) => config.experiment_metadata.experiment_name))].slice(0, MAX_LISTED).join(', ')}; mac ls lists the grids`,
  });
}

function gridCandidates(layout: Layout, known: Known): Candidate[] {
  return known.grids.map(grid => ({names: [grid.id], choose: () => chooseGrid(layout, grid, known)}));
}

/** By the names that people gave: of experiments, of benchmarks, of both. */
function partCandidates({tasks, grids}: Known): Candidate[] {
  const names = new Set(tasks.flatMap(({config}) => partNames(config.experiment_metadata)));
  return [...names].map(name => ({
    names: [name],
    choose: () => {
      const own = tasks.filter(({config}) => partNames(config.experiment_metadata).includes(name));
      const selected = grids.map(grid => ({
        ...grid,
        tasks: grid.tasks.filter(task => partNames(task).includes(name)),
      }));
      return {name, tasks: own, ...checkCompleteness({selected, tasks: own, known: tasks})};
    },
  }));
}

function configCandidates({tasks, grids}: Known): Candidate[] {
  const paths = new Set(tasks.flatMap(({gridSnapshotPath}) => gridSnapshotPath ?? []));
  return [...paths].map(path => ({
    names: configNames(path),
    choose: () => {
      const own = tasks.filter(({gridSnapshotPath}) => gridSnapshotPath === path);
      const selected = grids.filter(({snapshotPath}) => snapshotPath === path);
      return {name: toConfigName(path), tasks: own, ...checkCompleteness({selected, tasks: own, known: tasks})};
    },
  }));
}

function taskCandidates({tasks}: Known): Candidate[] {
  return tasks.map(task => ({
    names: [task.id],
    choose: () => ({name: task.id, tasks: [task], missing: [], idle: []}),
  }));
}

function chooseLatest({tasks, grids}: Known): Chosen {
  const [newest] = [...tasks].sort((a, b) => (b.submittedAtMs ?? 0) - (a.submittedAtMs ?? 0));
  const snapshotPath = newest?.gridSnapshotPath ?? null;
  const own = tasks.filter(
    task => task === newest || (snapshotPath !== null && task.gridSnapshotPath === snapshotPath),
  );
  const isNewer = (grid: KnownGrid): boolean =>
    (parseSubmissionTime(grid.snapshotPath) ?? 0) > (parseSubmissionTime(snapshotPath ?? '') ?? Infinity);
  const selected = grids.filter(grid => grid.snapshotPath === snapshotPath || isNewer(grid));
  const name = snapshotPath === null ? (newest?.id ?? '') : toConfigName(snapshotPath);
  return {name, tasks: own, ...checkCompleteness({selected, tasks: own, known: tasks})};
}

/** Selects tasks of one grid. Repetitions may share snapshot and name; the task keys in transcripts tell them apart. */
async function chooseGrid(layout: Layout, grid: KnownGrid, {tasks, grids}: Known): Promise<Chosen> {
  const others = grids.filter(other => other !== grid);
  const own: KnownTask[] = [];
  for (const task of tasks) {
    if (!belongsTo(task, grid)) continue;
    if (!others.some(other => belongsTo(task, other)) || (await isPlannedIn(layout, task, grid))) own.push(task);
  }
  return {name: grid.id, tasks: own, ...checkCompleteness({selected: [grid], tasks: own, known: own, isAsked: true})};
}

async function isPlannedIn(layout: Layout, task: KnownTask, {tasks}: KnownGrid): Promise<boolean> {
  for await (const {provenance} of readTranscripts(layout, task.references.slice(0, 1), new Problems())) {
    return provenance !== undefined && tasks.some(({task_key: key}) => key === provenance.task_key);
  }
  return false;
}

function belongsTo({gridSnapshotPath, config}: KnownTask, {snapshotPath, tasks}: KnownGrid): boolean {
  if (gridSnapshotPath !== snapshotPath) return false;
  const {experiment_name: experiment, benchmark_subcategory: benchmark} = config.experiment_metadata;
  return tasks.some(planned => planned.experiment_name === experiment && planned.benchmark_subcategory === benchmark);
}
