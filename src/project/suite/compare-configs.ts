import {join} from 'node:path';

import {describeValue} from '../../config/problem.ts';
import {isMapping} from '../../core/mapping.ts';
import {canonicalJson} from '../../core/seeds/hash.ts';
import type {TrialPlan} from '../../plan/trial-plan.ts';
import {listFolder} from '../../record/disk/list-folder.ts';
import {exists, readJsonIfIntact} from '../../record/disk/read-file.ts';
import type {Layout} from '../../record/layout.ts';

/** A case whose folder holds another config than the suite has now. */
export interface ChangedCase {
  readonly variant: string;
  /** `field: old → new` */
  readonly differences: readonly string[];
}

/** Compares the `config.json` that cases have with those of the suite now. @throws UserError `cannot-read`. */
export async function findChangedCases(layout: Layout, {trials}: TrialPlan): Promise<ChangedCase[]> {
  const changed: ChangedCase[] = [];
  for (const {trial} of trials) {
    const written = await readJsonIfIntact(join(layout.workspace, trial.output_dir, 'config.json'), {lookTwice: false});
    if (!isMapping(written)) continue;
    const {output_dir: _, ...config} = written;
    const differences = listDifferences(config, trial.config);
    if (differences.length > 0) changed.push({variant: trial.id, differences});
  }
  return changed;
}

/** Finds the cases in the folder of a run that its suite does not have any more. */
export async function findVanishedCases(layout: Layout, {set, trials}: TrialPlan): Promise<string[]> {
  const folder = join(layout.workspace, set.folder);
  const known = new Set(trials.map(({trial}) => trial.id));
  const vanished: string[] = [];
  for (const name of await listFolder(folder)) {
    if (!known.has(name) && (await exists(join(folder, name, 'config.json')))) vanished.push(name);
  }
  return vanished;
}

/** Lists what differs between two values of JSON, a line each: `model: "a" → "b"`. */
export function listDifferences(before: unknown, after: unknown, path = ''): string[] {
  if (isMapping(before) && isMapping(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
    return keys.flatMap(key => listDifferences(before[key], after[key], path === '' ? key : `${path}.${key}`));
  }
  if (canonicalJson({value: before}) === canonicalJson({value: after})) return [];
  return [`${path}: ${showValue(before)} → ${showValue(after)}`];
}

/** Short lists are shown whole: "a list of 2 → a list of 2" says nothing. */
function showValue(value: unknown): string {
  const text = Array.isArray(value) ? JSON.stringify(value) : '';
  return text !== '' && text.length <= 60 ? text : describeValue(value);
}
