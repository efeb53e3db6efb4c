import {join} from 'node:path';

import {mapConcurrently, MAX_OPEN_FILES} from '../../core/concurrency.ts';
import {writeModuleConfig} from '../../execute/trial/prepare-command.ts';
import type {TrialPlan} from '../../plan/trial-plan.ts';
import {writeFileAtomic} from '../../record/disk/atomic-file.ts';
import {renderJson} from '../../record/disk/json-text.ts';
import {listFolder} from '../../record/disk/list-folder.ts';
import type {TrialRecord} from '../../record/trial/trial-record.ts';
import type {PrepareContext, ProjectContext, ProjectedFile, Projector} from '../projector.ts';
import {findEvalFiles} from './eval-files.ts';

/** The files of a run of a suite: `provenance.json` and `summary.json` beside the folders of its cases. */
export const suiteProjector: Projector = {kind: 'suite', prepare: writeConfigs, write: writeSuiteFiles};

/**
 * Writes `config.json` of every case that is about to run, so that what was meant is on the disk whatever becomes of
 * it. What an earlier attempt had otherwise is kept as `config.1.json`, ….
 */
async function writeConfigs({layout, plan, trials}: PrepareContext): Promise<void> {
  if (isInspect(plan)) return;
  await mapConcurrently(trials, MAX_OPEN_FILES, ({trial}) =>
    writeModuleConfig(trial, join(layout.workspace, trial.output_dir)),
  );
}

async function writeSuiteFiles({layout, plan, records}: ProjectContext): Promise<readonly ProjectedFile[]> {
  const folder = join(layout.workspace, plan.set.folder);
  // All runs of an Inspect suite share one folder.
  const prefix = isInspect(plan) ? `${String(plan.details['run'])}.` : '';
  const provenance = join(folder, `${prefix}provenance.json`);
  const summary = join(folder, `${prefix}summary.json`);
  await writeFileAtomic(provenance, `${renderJson(describeProvenance(plan, records))}\n`);
  const files = isInspect(plan) ? await listFolder(folder) : [];
  await writeFileAtomic(summary, `${renderJson(describeResults(plan, records, files))}\n`);
  return [
    {label: 'results', path: folder},
    {label: 'summary', path: summary},
  ];
}

/** Returns which code the cases were planned with, and which code each of them ran that has run. */
function describeProvenance({details, trials}: TrialPlan, records: ReadonlyMap<string, TrialRecord>): object {
  const {name, run, mode, file, code, code_files, git} = details;
  return {
    schema: 'mac.suite-provenance/1',
    suite: name,
    run,
    mode,
    file,
    git,
    code,
    code_files,
    cases: trials.flatMap(({trial: {id}}) => {
      const record = records.get(id);
      if (!record) return [];
      return [{variant: id, grid_id: record.grid_id, git: record.trial.details['git'], code: record.trial.code}];
    }),
  };
}

function describeResults(plan: TrialPlan, records: ReadonlyMap<string, TrialRecord>, files: readonly string[]): object {
  const cases = plan.trials.map(({trial: {id, seed}}) => {
    const record = records.get(id);
    return {
      variant: id,
      seed,
      status: record?.status ?? null,
      ...(record?.reason === undefined ? {} : {reason: record.reason}),
      duration_seconds: record?.duration_seconds ?? null,
      metrics: record?.metrics ?? {},
      output_dir: record?.output_dir ?? null,
      log_path: record?.log_path ?? null,
      ...(isInspect(plan) ? {eval_files: findEvalFiles(files, String(plan.details['tag']), id)} : {}),
    };
  });
  const {name, run, mode} = plan.details;
  const statuses = cases.map(({status}) => status ?? 'not_run');
  const counts = Object.fromEntries(
    [...new Set(statuses)].map(status => [status, statuses.filter(each => each === status).length]),
  );
  return {schema: 'mac.suite-summary/1', suite: name, run, mode, total: cases.length, counts, cases};
}

function isInspect({details}: TrialPlan): boolean {
  return details['mode'] === 'inspect';
}
