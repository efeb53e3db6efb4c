import {relative} from 'node:path';

import {mapConcurrently, MAX_OPEN_FILES} from '../../core/concurrency.ts';
import {compareTexts} from '../../core/text/compare-texts.ts';
import type {Layout} from '../../record/layout.ts';
import {nameSet, type TrialSet} from '../../record/sets/find-sets.ts';
import {foldPlans} from '../../record/sets/planned-trials.ts';
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
  /** Trials that unfinished runs of these sets planned and of which there is no record. */
  readonly missing: readonly string[];
  /** Recorded trials that would do something else now: their file has changed since. */
  readonly outdated: readonly string[];
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
  {name, sets}: {readonly name: string; readonly sets: readonly TrialSet[]},
): Promise<TrialSelection> {
  const unreadable: string[] = [];
  const rows: TrialRow[] = [];
  const missing: string[] = [];
  const outdated: string[] = [];
  for (const set of sets) {
    const {paths} = set;
    const own = await mapConcurrently(paths, MAX_OPEN_FILES, async path => {
      const record = await readTrialRecordFile(path);
      if (!record) unreadable.push(relative(layout.workspace, path));
      return record && toTrialRow(record);
    });
    const read = own.filter(row => row !== undefined).sort((a, b) => compareTexts(a.id, b.id));
    rows.push(...read);
    const keys = new Map(read.map(({id, record}) => [id, record.task_key]));
    for (const {id, key, isDue} of foldPlans(set.runs, nameSet(set))) {
      const recorded = keys.get(id);
      if (recorded === undefined) {
        if (isDue) missing.push(id);
      } else if (key !== undefined && recorded !== key) outdated.push(id);
    }
  }
  return {
    name,
    kind: sets[0]?.kind ?? '',
    sets: sets.map(({id}) => id),
    rows,
    missing: missing.sort(compareTexts),
    outdated: outdated.sort(compareTexts),
    unreadable: unreadable.sort(),
  };
}
