import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect} from 'vitest';

import {listSets, readSetRecords} from './trial-records.ts';

type Json = Record<string, any>;

/** Fails unless everything that is derived from the records of a finished set has all of its trials, each done. */
export function expectSetComplete(cwd: string, kind: string, set: string): void {
  const records = [...readSetRecords(cwd, kind, set).values()];
  const ids = records.map(({trial: {id}}) => id).sort();
  for (const {status, trial} of records) expect(['succeeded', 'reused'], trial.id).toContain(status);
  const folder = join(cwd, records[0]!.set_folder);
  const readJson = (path: string): Json => JSON.parse(readFileSync(join(folder, path), 'utf8')) as Json;
  switch (kind) {
    case 'study': {
      const rows = readJson('repro_lock.json')['records'] as Json[];
      expect(rows.map(row => String(row['run_id'])).sort()).toEqual(ids);
      for (const row of rows) expect(['success', 'reused']).toContain(row['status']);
      expect(readdirSync(join(folder, 'organized'))).toContain('summary.json');
      break;
    }
    case 'bench': {
      const jobs = readJson('meta/manifest.json')['jobs'] as Json[];
      expect(jobs.map(job => String(job['job_id'])).sort()).toEqual(ids);
      const [, ...rows] = readFileSync(join(folder, 'results.csv'), 'utf8').trimEnd().split('\n');
      expect(rows).toHaveLength(ids.length);
      for (const id of ids) expect(readdirSync(join(folder, 'jobs', id))).toContain('results.json');
      break;
    }
    default:
      for (const id of ids) expect(readdirSync(join(folder, id))).toEqual(expect.arrayContaining(CASE_FILES));
      expect(readdirSync(folder)).toContain('summary.json');
  }
}

const CASE_FILES = ['config.json', 'results.json'];

/** Returns the only set of a kind. */
export function findOnlySet(cwd: string, kind: string): string {
  const sets = listSets(cwd, kind).flatMap(set => (kind === 'suite' ? listSuiteRuns(cwd, set) : [set]));
  expect(sets).toHaveLength(1);
  return sets[0]!;
}

/** Records of suites are in a folder for each run, inside that of the suite. */
function listSuiteRuns(cwd: string, suite: string): string[] {
  return listSets(cwd, join('suite', suite)).map(run => `${suite}/${run}`);
}
