import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';

import type {TrialRecord} from '../../src/record/trial/trial-record.ts';

/** Records of the trials of a set, by the ids of the trials. Names that begin with a dot are half-written files. */
export function readSetRecords(workspace: string, kind: string, set: string): Map<string, TrialRecord> {
  const folder = join(workspace, 'bookkeeping/trial_record', kind, set);
  const names = existsSync(folder) ? readdirSync(folder).filter(name => /^[^.].*\.json$/.test(name)) : [];
  const records = names.map((name): TrialRecord => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  return new Map(records.map(record => [record.trial.id, record]));
}

/** Names of the sets of a kind that have records. */
export function listSets(workspace: string, kind: string): string[] {
  const folder = join(workspace, 'bookkeeping/trial_record', kind);
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** Statuses of the trials of a set, with how many have each. */
export function countStatuses(workspace: string, kind: string, set: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const {status} of readSetRecords(workspace, kind, set).values()) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
