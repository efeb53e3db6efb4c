import {relative} from 'node:path';

import {mapConcurrently, MAX_OPEN_FILES} from '../../core/concurrency.ts';
import {compareTexts} from '../../core/text/compare-texts.ts';
import {listActiveRuns} from '../../record/grid/active-runs.ts';
import {readGridManifest, type GridManifestTask} from '../../record/grid/grid-manifest.ts';
import type {Layout} from '../../record/layout.ts';
import type {RecordedSet} from '../../record/trial/list-trial-sets.ts';
import {readTrialRecordFile} from '../../record/trial/trial-record.ts';
import {toTrialRow, type TrialRow} from './trial-row.ts';

/** The trials of one or more sets of one kind. */
export interface TrialSelection {
  /** In words. */
  readonly name: string;
  readonly kind: string;
  readonly sets: readonly string[];
  /** By set and id. */
  readonly rows: readonly TrialRow[];
  /** Trials that runs of these sets planned and of which there is no record. */
  readonly missing: readonly string[];
  /** Records that are torn or damaged, relative to the workspace: what they held is in no table. */
  readonly unreadable: readonly string[];
}

/**
 * Reads all records of sets.
 *
 * @param sets at least one, all of one kind.
 * @throws UserError `cannot-read`.
 */
export async function readTrials(
  layout: Layout,
  {name, sets}: {readonly name: string; readonly sets: readonly RecordedSet[]},
): Promise<TrialSelection> {
  const unreadable: string[] = [];
  const rows: TrialRow[] = [];
  for (const {paths} of sets) {
    const own = await mapConcurrently(paths, MAX_OPEN_FILES, async path => {
      const record = await readTrialRecordFile(path);
      if (!record) unreadable.push(relative(layout.workspace, path));
      return record && toTrialRow(record);
    });
    rows.push(...own.filter(row => row !== undefined).sort((a, b) => compareTexts(a.id, b.id)));
  }
  return {
    name,
    kind: sets[0]?.kind ?? '',
    sets: sets.map(({id}) => id),
    rows,
    missing: await listMissing(layout, rows),
    unreadable: unreadable.sort(),
  };
}

/** Lists trials that the runs which wrote these records planned, and that nothing is recorded of. */
async function listMissing(layout: Layout, rows: readonly TrialRow[]): Promise<string[]> {
  const runs = new Set(rows.flatMap(({record}) => record.grid_id ?? []));
  if (runs.size === 0) return [];
  const recorded = new Set(rows.map(({record}) => record.task_key));
  const planned = await listPlannedTasks(layout, runs);
  const missing = planned.filter(({task_key: key}) => key !== undefined && !recorded.has(key));
  return [...new Set(missing.map(({experiment_name: name}) => name))].sort(compareTexts);
}

/** Reads unfinished runs only: a run goes to the archive when all of its tasks are done. */
async function listPlannedTasks(layout: Layout, runs: ReadonlySet<string>): Promise<GridManifestTask[]> {
  const planned: GridManifestTask[] = [];
  for (const {grid_id: id} of await listActiveRuns(layout)) {
    if (!runs.has(id)) continue;
    const manifest = await readGridManifest(layout.gridManifest(id));
    if (typeof manifest !== 'string') planned.push(...manifest.tasks);
  }
  return planned;
}
