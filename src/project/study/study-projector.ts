import {chmod} from 'node:fs/promises';
import {join} from 'node:path';
import {stringify} from 'yaml';

import {asMapping, isMapping, type Mapping} from '../../core/mapping.ts';
import {writeFileAtomic} from '../../record/disk/atomic-file.ts';
import {readLines} from '../../record/disk/json-lines.ts';
import {renderJsonLine} from '../../record/disk/json-text.ts';
import type {ProjectContext, ProjectedFile, Projector} from '../projector.ts';
import {describeEnvironment} from './environment-block.ts';
import {listTree, renderJsonFile} from './organized-tree.ts';
import {toPlanRow} from './plan-rows.ts';
import {SCHEMA_VERSION, toReproRecord} from './repro-record.ts';
import {renderRunScript} from './run-script.ts';
import {isFinished, listRows, studyTimestamp} from './study-rows.ts';
import {writeIfOther, writeTree} from './write-tree.ts';

/** The files of a study under `experiments/studies/{id}/generated`. */
export const studyProjector: Projector = {kind: 'study', write: writeStudyFiles};

/** Keys of `study` that say what it is and where it comes from. */
const LINEAGE = ['name', 'study_id', 'study_version', 'parent_studies', 'derived_from_runs'];

async function writeStudyFiles(context: ProjectContext): Promise<readonly ProjectedFile[]> {
  const {layout, plan, records, clock, env} = context;
  const folder = join(layout.workspace, plan.set.folder);
  const place = (name: string): string => join(folder, name);
  const rows = listRows(plan, records);
  const document = asMapping(plan.details['document']);
  const study = {id: plan.set.id, name: String(asMapping(document['study'])['name'])};
  const finished = rows.filter(isFinished);
  const locked = finished.map(row => toReproRecord(row, study)).sort(byRunId);
  const generatedAt = studyTimestamp(clock.now());
  const trials = plan.trials.map(({trial}) => trial);

  await writePlan(context, place('plan.json'));
  await writeScript(
    place('run_study.sh'),
    renderRunScript(trials, {studyId: study.id, workspace: layout.workspace, env}),
  );
  await appendLock(place('repro_lock.jsonl'), locked);
  await writeFileAtomic(
    place('repro_lock.json'),
    renderJsonFile({schema_version: SCHEMA_VERSION, environment: await describeEnvironment(context), records: locked}),
  );
  const lineage = {...asMapping(document['study']), study_id: study.id};
  await writeFileAtomic(
    place('study_index.json'),
    renderJsonFile({
      schema_version: SCHEMA_VERSION,
      generated_at: generatedAt,
      study: Object.fromEntries(Object.entries(lineage).filter(([key]) => LINEAGE.includes(key))),
      records: locked,
    }),
  );
  await writeFileAtomic(
    place('study_enriched.yaml'),
    stringify({...document, generated: {generated_at: generatedAt, schema_version: SCHEMA_VERSION, records: locked}}),
  );
  await writeOrganized(context);
  return [
    {label: 'summary', path: place('organized/summary.json')},
    {label: 'organized', path: place('organized')},
    {label: 'records', path: place('repro_lock.json')},
    {label: 'logs', path: place('logs')},
  ];
}

/** Writes `plan.json`, also before anything has run. */
export async function writePlan({plan}: Pick<ProjectContext, 'plan'>, path: string): Promise<void> {
  const rows = plan.trials.map(({trial}) => toPlanRow(trial, plan.set.id));
  await writeIfOther(path, renderJsonFile({schema_version: SCHEMA_VERSION, plan: rows}));
}

/** Writes a script that can be executed. */
export async function writeScript(path: string, content: string): Promise<void> {
  await writeIfOther(path, content);
  await chmod(path, 0o755);
}

/**
 * Brings the organized tree up to date.
 *
 * @param keepOthers leaves files that are not part of it.
 * @returns the paths that it holds, relative to `organized/`.
 */
export async function writeOrganized(
  context: ProjectContext,
  {keepOthers = false, dryRun = false}: {readonly keepOthers?: boolean; readonly dryRun?: boolean} = {},
): Promise<readonly string[]> {
  const {layout, plan, records} = context;
  const entries = await listTree(context, listRows(plan, records));
  const root = join(layout.workspace, plan.set.folder, 'organized');
  if (!dryRun) await writeTree(root, entries, {keepOthers});
  return entries.map(({path}) => path);
}

/**
 * Adds the rows that ended since to `repro_lock.jsonl`. Earlier lines stay: a row that ran twice has two. The caller
 * holds the lock, so nothing is added twice.
 */
async function appendLock(path: string, locked: readonly Mapping[]): Promise<void> {
  const {records: written} = await readLines(path, isMapping);
  const known = new Set(written.map(identify));
  const added = locked.filter(record => !known.has(identify(record))).sort(byEnd);
  if (added.length === 0 && written.length > 0) return;
  await writeFileAtomic(path, [...written, ...added].map(record => `${renderJsonLine(record)}\n`).join(''));
}

function identify({run_id, attempt, finished_at}: Mapping): string {
  return JSON.stringify([run_id, attempt, finished_at]);
}

function byRunId(a: Mapping, b: Mapping): number {
  return String(a['run_id']) < String(b['run_id']) ? -1 : 1;
}

function byEnd(a: Mapping, b: Mapping): number {
  return String(a['finished_at']) < String(b['finished_at']) ? -1 : 1;
}
