import {UserError} from '../../core/errors.ts';
import {ambiguousName, findAmongKinds, type NameKind} from '../../core/text/find-by-name.ts';
import {toConfigName} from '../../record/grid/find-runs.ts';
import {parseTimestamp} from '../../record/disk/timestamps.ts';
import type {Layout} from '../../record/layout.ts';
import {listTrialSets, type RecordedSet} from '../../record/trial/list-trial-sets.ts';
import {readTrialRecordFile, type TrialRecord} from '../../record/trial/trial-record.ts';
import {listPlannedSets, nameSet} from './planned-trials.ts';
import {keepNamedFile, listRunFiles, type RunFile} from './run-files.ts';

/** Sets that a selector means. */
export interface FoundSets {
  readonly name: string;
  readonly sets: readonly RecordedSet[];
  /** The selector is the whole name, not only the beginning of one. */
  readonly isWholeName: boolean;
  /** Start of one of their trials. */
  readonly startedAtMs: number;
}

/** A set with one of its records, which says where its files are and which run wrote it. */
interface NamedSet {
  readonly set: RecordedSet;
  readonly record: TrialRecord | undefined;
}

/** Most names that a message lists. */
const MAX_LISTED = 10;

/**
 * Finds the recorded sets that a user means: `latest` (whose record was started last), `all`, a kind and id
 * (`study/my_study`), an id, the folder of its files, a file that was run, the id of a grid run, or a beginning of one.
 *
 * @returns undefined when no set is called so.
 * @throws UserError `results-ambiguous` when sets of several kinds, or several sets by one beginning, are called so.
 */
export async function findTrialSets(layout: Layout, selector: string): Promise<FoundSets | undefined> {
  const recorded = await listTrialSets(layout);
  // A run of which nothing has started yet has no record, and is known by its plan.
  const isRecorded = new Set(recorded.map(nameSet));
  const planned = (await listPlannedSets(layout)).filter(set => !isRecorded.has(nameSet(set)));
  const sets = [...recorded, ...planned];
  if (sets.length === 0) return undefined;
  const named: NamedSet[] = [];
  for (const set of sets) named.push({set, record: await readSomeRecord(set)});
  if (selector === 'latest') return describeFound([findNewest(named)], true);
  if (selector === 'all') return {...describeFound(requireOneKind(named), true), name: 'all'};
  const wanted = selector.replace(/^\.\//, '').replace(/\/+$/, '');
  const {items, kind} = await findAmongKinds(wanted, nameKinds(layout, named), 'whole-name');
  if (!kind) return undefined;
  // A file that is run again makes a set of its own each time: its newest is meant.
  const own = kind.getFile ? keepNamedFile(wanted, items, kind.getFile) : items;
  if (own.length === 0) return undefined;
  const chosen = kind.getFile ? [findNewest(own)] : own;
  if (chosen.length > 1) {
    const names = chosen.map(({set}) => nameSet(set));
    throw ambiguousName('results-ambiguous', selector, names);
  }
  const name = kind.toName?.(wanted) ?? wanted;
  return describeFound(
    chosen,
    items.some(item => kind.getNames(item).includes(name)),
  );
}

/** Lists the first few sets of a workspace by kind and id. */
export async function listSetNames(layout: Layout): Promise<string[]> {
  return (await listTrialSets(layout)).slice(0, MAX_LISTED).map(nameSet);
}

function describeFound(chosen: readonly NamedSet[], isWholeName: boolean): FoundSets {
  return {
    name: chosen.map(({set}) => nameSet(set)).join(', '),
    sets: chosen.map(({set}) => set),
    isWholeName,
    startedAtMs: Math.max(...chosen.map(startOf)),
  };
}

function findNewest(named: readonly NamedSet[]): NamedSet {
  return named.reduce((a, b) => (startOf(b) > startOf(a) ? b : a));
}

interface SetKind extends NameKind<NamedSet> {
  /** Of names of files that were run: the file of the run that wrote a set. */
  readonly getFile?: (item: NamedSet) => RunFile | undefined;
}

function nameKinds(layout: Layout, named: readonly NamedSet[]): SetKind[] {
  const list = (): readonly NamedSet[] => named;
  // Read only where no set is called so: archives are large.
  let files: ReadonlyMap<string, RunFile> = new Map();
  const listRuns = async (): Promise<readonly NamedSet[]> => {
    files = await listRunFiles(layout);
    return named;
  };
  const getFile = ({record}: NamedSet): RunFile | undefined => files.get(record?.grid_id ?? '');
  return [
    {list, getNames: ({set}) => [nameSet(set), set.id]},
    {list, getNames: ({record}) => (record ? [record.set_folder.replace(/\/+$/, '')] : [])},
    {
      list: listRuns,
      getNames: item => getFile(item)?.names ?? (item.record?.grid_id == null ? [] : [item.record.grid_id]),
      toName: selector => toConfigName(selector).replace(/\.suite$/, ''),
      getFile,
    },
  ];
}

async function readSomeRecord({paths}: RecordedSet): Promise<TrialRecord | undefined> {
  for (const path of paths) {
    const record = await readTrialRecordFile(path);
    if (record) return record;
  }
  return undefined;
}

function startOf({record}: NamedSet): number {
  return parseTimestamp(record?.started_at ?? '') ?? 0;
}

/** @throws UserError `results-ambiguous`. */
function requireOneKind(named: readonly NamedSet[]): readonly NamedSet[] {
  const kinds = [...new Set(named.map(({set}) => set.kind))];
  if (kinds.length <= 1) return named;
  const names = named.slice(0, MAX_LISTED).map(({set}) => nameSet(set));
  throw new UserError('results-ambiguous', `scores of different kinds are not put together: ${kinds.join(', ')}`, {
    hint: `name one: ${names.join(', ')}`,
  });
}
