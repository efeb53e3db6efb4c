import {isMap, isScalar, parseDocument} from 'yaml';

import {ConfigError} from '../../config/problem.ts';
import {Report} from '../../config/report.ts';
import {readYaml} from '../../config/yaml/yaml.ts';
import type {ConfigText} from '../../config/read-config.ts';
import {sha256} from '../../core/seeds/hash.ts';
import type {Trial} from '../../core/trial.ts';
import type {ConfigDocument, TrialContext, TrialExpansion, TrialFrontEnd} from '../front-end.ts';
import {refuseSecrets} from '../secret-values.ts';
import {checkMatrix, checkRepeatedJobs} from './check-matrix.ts';
import {makeDetails} from './details.ts';
import {listJobs, nameRun, type BenchJob} from './jobs.ts';
import {makeTrial} from './make-trial.ts';
import {readMatrix} from './read-matrix.ts';
import type {BenchMatrix} from './resolved-matrix.ts';
import {MATRIX_ALIASES, spellKey} from './spellings.ts';

/** A benchmark matrix: tasks × trainers × variants of their arguments × seeds, in YAML or JSON. */
export const benchFrontEnd: TrialFrontEnd = {
  makes: 'trials',
  name: 'bench',
  accepts: isMatrix,
  parse: ({path, text}) => readYaml(text, path),
  nameRun(document, {submittedAtMs, commit}) {
    return nameRun(requireMatrix(document), submittedAtMs, commit);
  },
  expand,
};

/** Keys that only other kinds of files have at their top. */
const OTHERS = new Set(['_grid', 'agent_definitions', 'model_definitions', 'hypotheses', 'conversation_config']);

function isMatrix({text}: Pick<ConfigText, 'text'>): boolean {
  if (!/\b(?:tasks|trainers)["']?\s*:/.test(text)) return false;
  const {contents} = parseDocument(text, {uniqueKeys: false, logLevel: 'silent'});
  if (!isMap(contents)) return false;
  const keys = contents.items.map(({key}) => spellKey(isScalar(key) ? String(key.value) : '', MATRIX_ALIASES));
  return keys.some(key => key === 'tasks' || key === 'trainers') && !keys.some(key => OTHERS.has(key));
}

/** Returns the matrix of a document. @throws ConfigError with everything that is wrong with it. */
export function requireMatrix(document: ConfigDocument): BenchMatrix {
  const {matrix, problems} = readMatrix(document);
  if (matrix) return matrix;
  throw new ConfigError([...document.problems, ...problems]);
}

function expand(document: ConfigDocument, {submittedAtMs, runName, limit}: TrialContext): TrialExpansion {
  const {matrix, problems, place} = readMatrix(document);
  if (!matrix) throw new ConfigError([...document.problems, ...problems]);
  const report = new Report({file: document.file, locate: document.locate});
  const jobs = listJobs(matrix);
  checkMatrix(matrix, place, report);
  refuseSecrets(document.value, [], report);
  checkRepeatedJobs(jobs, place, report);
  const runId = runName ?? nameRun(matrix, submittedAtMs, null);
  const folder = `${matrix.runs_dir.replace(/\/+$/, '')}/${runId}`;
  return {
    set: {kind: 'bench', id: nameSet(matrix, runId), folder},
    // Two with one id are reported above, by what they are.
    trials: keepFirst(jobs.map(job => makeTrial(matrix, job, {folder, limit}))),
    axes: listAxes(matrix, jobs),
    problems: report.problems,
    warnings: report.warnings,
    policy: {maxParallel: matrix.max_workers, failFast: matrix.fail_fast, resume: matrix.resume},
    services: null,
    groupings: {
      case: ['task', 'trainer'],
      run: ['task', 'trainer', 'variant', 'seed'],
      task: ['task'],
      trainer: ['trainer'],
      seed: ['seed'],
    },
    details: makeDetails(matrix, runId),
  };
}

/** Returns the id under which the records of a run are kept: two folders of runs may hold runs of one name. */
function nameSet({runs_dir}: BenchMatrix, runId: string): string {
  return runs_dir === 'runs' ? runId : `${runId}~${sha256(runs_dir).slice(0, 8)}`;
}

function keepFirst(trials: readonly Trial[]): Trial[] {
  return [...new Map(trials.toReversed().map(trial => [trial.id, trial])).values()].toReversed();
}

function listAxes({tasks, trainers, seeds}: BenchMatrix, jobs: readonly BenchJob[]): TrialExpansion['axes'] {
  const variants = [...new Set(jobs.map(({variant}) => String(variant)))];
  return [
    {name: 'task', values: tasks.map(({id}) => id)},
    {name: 'trainer', values: trainers.map(({id}) => id)},
    {name: 'variant', values: variants},
    {name: 'seed', values: seeds.map(String)},
  ];
}
