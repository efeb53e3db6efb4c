import {isAbsolute, relative} from 'node:path';

import {UserError} from '../../core/errors.ts';
import {ambiguousName, findAmongKinds, type NameKind} from '../../core/text/find-by-name.ts';
import {parseTimestamp} from '../disk/timestamps.ts';
import {listActiveRuns} from '../grid/active-runs.ts';
import type {Layout} from '../layout.ts';
import {listTrialSets, type RecordedSet} from '../trial/list-trial-sets.ts';
import {readTrialRecordFile, type TrialRecord} from '../trial/trial-record.ts';
import {configNames, keepFolder, ownConfigName, toConfigName} from './config-names.ts';
import {listTrialRuns, type TrialRun} from './trial-runs.ts';

/** The trials of one study, benchmark run or suite, with the runs that share its records. */
export interface TrialSet extends RecordedSet {
  /** In the order in which they were submitted. */
  readonly runs: readonly TrialRun[];
  /** One of its records, which says where its files are. */
  readonly record: TrialRecord | undefined;
}

/** Sets that a selector means. */
export interface FoundSets {
  readonly name: string;
  readonly sets: readonly TrialSet[];
  /** The selector is the whole name, not only the beginning of one. */
  readonly isWholeName: boolean;
  /** Start of the newest of their runs, in milliseconds since the epoch. */
  readonly startedAtMs: number;
}

/** Most names that a message lists. */
const MAX_LISTED = 10;

/** Names that a folder's file may have for the folder to stand for it. */
const FILES_OF_FOLDERS: ReadonlySet<string> = new Set(['study']);

/**
 * Finds the sets that a user means, for every command: `latest` (the one that was run last), `all`, a kind and id
 * (`study/my_study`), an id, the folder of its files, the id of a run, a file that was run or its folder, or a
 * beginning of one.
 *
 * @returns undefined when no set is called so.
 * @throws UserError `results-ambiguous` when sets of several kinds, or several sets by one beginning, are called so.
 */
export async function findTrialSets(layout: Layout, selector: string): Promise<FoundSets | undefined> {
  const sets = await listSets(layout);
  if (sets.length === 0) return undefined;
  if (selector === 'latest') return describeFound([findNewest(sets)], true);
  if (selector === 'all') return {...describeFound(requireOneKind(sets), true), name: 'all'};
  const wanted = trimPath(layout, selector);
  const {items, kind} = await findAmongKinds(wanted, nameKinds(layout, sets, wanted), 'whole-name');
  if (!kind) return undefined;
  const named = [...new Set(items.map(({set}) => set))];
  // A file that is run again may make a set of its own each time: its newest is meant.
  const chosen = kind.isOfFiles === true ? [findNewest(requireOneFolder(selector, items))] : named;
  if (chosen.length > 1) throw ambiguousName('results-ambiguous', selector, chosen.map(nameSet));
  const name = kind.toName?.(wanted) ?? wanted;
  return describeFound(
    chosen,
    items.some(item => kind.getNames(item).includes(name)),
  );
}

/** Lists the sets of a workspace by kind and id, whether or not anything of them is recorded. */
export async function listSets(layout: Layout): Promise<TrialSet[]> {
  const recorded = await listTrialSets(layout);
  // Archives may be large: they are read only where there are trials.
  const hasTrials = recorded.length > 0 || (await listActiveRuns(layout)).some(({frontend}) => frontend !== undefined);
  if (!hasTrials) return [];
  const runs = new Map<string, TrialRun[]>();
  const all = await listTrialRuns(layout);
  for (const run of all) {
    for (const name of new Set(run.manifest?.tasks.map(({benchmark_subcategory: set}) => set))) {
      if (name.startsWith(`${run.kind}/`)) runs.set(name, [...(runs.get(name) ?? []), run]);
    }
  }
  const sets: TrialSet[] = [];
  for (const set of recorded) {
    const record = await readSomeRecord(set);
    // A manifest may be damaged; the record says by which run it was written.
    const writer = all.find(({gridId}) => gridId === record?.grid_id);
    sets.push({...set, record, runs: runs.get(nameSet(set)) ?? (writer ? [writer] : [])});
    runs.delete(nameSet(set));
  }
  // A run of which nothing has started yet has no record, and is known by its plan.
  for (const [name, own] of runs) {
    const [kind = '', ...id] = name.split('/');
    sets.push({kind, id: id.join('/'), paths: [], record: undefined, runs: own});
  }
  return sets;
}

/** Says which sets a workspace has, for messages; empty where it has none. @throws UserError `cannot-read`. */
export async function describeSets(layout: Layout): Promise<string> {
  const names = (await listSets(layout)).map(nameSet);
  const rest = names.length > MAX_LISTED ? [`… and ${names.length - MAX_LISTED} more`] : [];
  return names.length === 0 ? '' : `there are: ${[...names.slice(0, MAX_LISTED), ...rest].join(', ')}`;
}

/** Returns `study/my_study`, as messages and captions call it. */
export function nameSet({kind, id}: Pick<RecordedSet, 'kind' | 'id'>): string {
  return `${kind}/${id}`;
}

function describeFound(chosen: readonly TrialSet[], isWholeName: boolean): FoundSets {
  return {
    name: chosen.map(nameSet).join(', '),
    sets: chosen,
    isWholeName,
    startedAtMs: Math.max(...chosen.map(startOf)),
  };
}

function findNewest(sets: readonly TrialSet[]): TrialSet {
  return sets.reduce((a, b) => (startOf(b) > startOf(a) ? b : a));
}

/** A set, by one of its runs where that is what names it. */
interface NamedSet {
  readonly set: TrialSet;
  readonly run?: TrialRun;
}

interface SetKind extends NameKind<NamedSet> {
  /** True for names of files that were run. */
  readonly isOfFiles?: boolean;
}

function nameKinds(layout: Layout, sets: readonly TrialSet[], wanted: string): SetKind[] {
  const list = (): NamedSet[] => sets.map(set => ({set}));
  const listRuns = (): NamedSet[] => sets.flatMap(set => set.runs.map(run => ({set, run})));
  return [
    {list, getNames: ({set}) => [nameSet(set), set.id]},
    {list, getNames: ({set: {record}}) => (record ? [trimPath(layout, record.set_folder)] : [])},
    {list, getNames: ({set: {runs, record}}) => [...runs.map(({gridId}) => gridId), record?.grid_id ?? []].flat()},
    {list: listRuns, getNames: ({run}) => (run ? listFolderNames(layout, run) : []), isOfFiles: true},
    {
      list: () =>
        keepFolder(
          layout,
          wanted,
          listRuns().map(named => ({...named, folder: named.run?.folder})),
        ),
      getNames: ({run}) => (run ? configNames(run.snapshotPath) : []),
      toName: toConfigName,
      isOfFiles: true,
    },
  ];
}

/** Returns the names of the folder of a run's file where it stands for the file. */
function listFolderNames(layout: Layout, {folder, snapshotPath}: TrialRun): string[] {
  return folder !== undefined && FILES_OF_FOLDERS.has(ownConfigName(snapshotPath)) ? [trimPath(layout, folder)] : [];
}

/** @throws UserError `results-ambiguous` when files of several folders are called so. */
function requireOneFolder(selector: string, items: readonly NamedSet[]): readonly TrialSet[] {
  const folders = new Set(items.map(({run}) => run?.folder));
  if (folders.size < 2) return items.map(({set}) => set);
  throw new UserError('results-ambiguous', `files of ${folders.size} folders are called "${selector}"`, {
    hint: `name one with its folder: ${[...folders].map(each => each ?? 'unknown').join(', ')}`,
  });
}

/** Returns a path as records have it: relative to the workspace where it is in it, without a slash at the end. */
function trimPath(layout: Layout, path: string): string {
  const trimmed = path.replace(/^\.\//, '').replace(/(?<=.)\/+$/, '');
  const inside = isAbsolute(trimmed) ? relative(layout.workspace, trimmed) : trimmed;
  return inside.startsWith('..') ? trimmed : inside;
}

async function readSomeRecord({paths}: RecordedSet): Promise<TrialRecord | undefined> {
  for (const path of paths) {
    const record = await readTrialRecordFile(path);
    if (record) return record;
  }
  return undefined;
}

function startOf({record, runs}: TrialSet): number {
  return Math.max(
    ...[record?.started_at, ...runs.map(({submittedAt}) => submittedAt)].map(at => parseTimestamp(at ?? '') ?? 0),
  );
}

/** @throws UserError `results-ambiguous`. */
function requireOneKind(sets: readonly TrialSet[]): readonly TrialSet[] {
  const kinds = [...new Set(sets.map(({kind}) => kind))];
  if (kinds.length <= 1) return sets;
  throw new UserError('results-ambiguous', `scores of different kinds are not put together: ${kinds.join(', ')}`, {
    hint: `name one: ${sets.slice(0, MAX_LISTED).map(nameSet).join(', ')}`,
  });
}
