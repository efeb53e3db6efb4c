import {basename, join} from 'node:path';
import {stringify} from 'yaml';

import {mapConcurrently} from '../../core/concurrency.ts';
import {asMapping, type Mapping} from '../../core/mapping.ts';
import {joinPlace, makeSafePart} from '../../plan/study/places.ts';
import {exists} from '../../record/disk/read-file.ts';
import type {ProjectContext} from '../projector.ts';
import {describeRun} from './effective-config.ts';
import {nameStatus} from './repro-record.ts';
import {readRowScores} from './row-scores.ts';
import {studyTimestamp, toAbsolute, type StudyRow} from './study-rows.ts';
import {renderRuns, renderSummary, type ScoredRow} from './summaries.ts';

/** One file or link of the tree; `path` is relative to the tree. */
export type TreeEntry =
  {readonly path: string; readonly content: string} | {readonly path: string; readonly target: string};

/** Rows whose files are open at once. */
const MAX_ROWS_AT_ONCE = 32;

/**
 * Lists everything that the organized tree of a study holds: what is asked and expected, numbers, and for every row
 * that ran a folder with links to its run and its evaluations.
 */
export async function listTree(context: ProjectContext, rows: readonly StudyRow[]): Promise<TreeEntry[]> {
  const {layout, plan} = context;
  const document = asMapping(plan.details['document']);
  const study = asMapping(document['study']);
  const hypotheses = asMapping(document['hypotheses']);
  const ids = [...new Set([...Object.keys(hypotheses), ...rows.map(({hypothesis}) => hypothesis)])];
  const scored = await mapConcurrently(rows, MAX_ROWS_AT_ONCE, async (row): Promise<ScoredRow> => ({
    row,
    scores: row.record ? await readRowScores(layout, row.record) : null,
  }));
  const entries: TreeEntry[] = [
    {
      path: 'study_summary.yaml',
      content: stringify({
        name: study['name'],
        study_id: plan.set.id,
        question: study['question'] ?? null,
        scenarios: [...new Set(rows.map(({scenario}) => scenario))],
        hypotheses: ids,
      }),
    },
    {path: 'summary.json', content: renderJsonFile(renderSummary(scored))},
  ];
  for (const id of ids) {
    const folder = makeSafePart(id);
    const own = scored.filter(({row}) => row.hypothesis === id);
    entries.push(
      {path: `${folder}/hypothesis.yaml`, content: renderHypothesis(id, asMapping(hypotheses[id]))},
      {path: `${folder}/runs.json`, content: renderJsonFile(renderRuns(own))},
    );
  }
  const ran = rows.filter(({record}) => record !== undefined);
  const ofRows = await mapConcurrently(ran, MAX_ROWS_AT_ONCE, row => listRowEntries(context, row));
  return [...entries, ...ofRows.flat()];
}

function renderHypothesis(id: string, hypothesis: Mapping): string {
  return stringify({
    id,
    statement: hypothesis['statement'] ?? null,
    independent_variable: hypothesis['independent_variable'] ?? null,
    prediction: hypothesis['prediction'] ?? null,
    status: hypothesis['status'] ?? 'testing',
    follows_from: hypothesis['follows_from'] ?? null,
    conditions: Object.keys(asMapping(hypothesis['conditions'])),
  });
}

async function listRowEntries(context: ProjectContext, row: StudyRow): Promise<TreeEntry[]> {
  const {layout} = context;
  const {record, place} = row;
  const entries: TreeEntry[] = [{path: `${place}/config.yaml`, content: stringify(await describeRow(context, row))}];
  if (record?.output_dir && (await exists(toAbsolute(layout, record.output_dir)))) {
    entries.push({path: `${place}/run`, target: toAbsolute(layout, record.output_dir)});
  }
  let isFirst = true;
  for (const {id, path} of record?.evaluations ?? []) {
    if (path === null || !(await exists(toAbsolute(layout, path)))) continue;
    const target = toAbsolute(layout, path);
    if (isFirst) entries.push({path: `${place}/eval.json`, target});
    isFirst = false;
    entries.push({path: joinPlace(place, 'eval', makeSafePart(id), basename(path)), target});
  }
  return entries;
}

async function describeRow({layout}: ProjectContext, row: StudyRow): Promise<Mapping> {
  const {record, trial, details} = row;
  const {runner} = trial;
  const runDir = record?.output_dir ?? null;
  return {
    run_id: trial.id,
    hypothesis: row.hypothesis,
    condition: row.condition,
    sub_experiment: details['sub_experiment'],
    scenario: row.scenario,
    seed: row.seed,
    status: record ? nameStatus(record.status) : 'pending',
    started_at: record ? studyTimestamp(record.started_at) : null,
    finished_at: record?.finished_at ? studyTimestamp(record.finished_at) : null,
    run_dir: runDir,
    evaluations: (record?.evaluations ?? []).map(({id, status, path}) => ({id, status, path})),
    ...(runDir === null ? {} : await describeRun(join(toAbsolute(layout, runDir), 'effective_config.yaml'))),
    overrides: details['overrides'],
    reproduce: runner.kind === 'command' ? [...runner.argv] : null,
  };
}

export function renderJsonFile(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
