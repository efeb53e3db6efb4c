import type {DocumentPath} from '../../config/problem.ts';
import type {Mapping} from '../../core/mapping.ts';
import type {Trial} from '../../core/trial.ts';
import {fillEvaluator, type EvaluatorTemplate} from './evaluators.ts';
import {joinPlace, makeSafePart} from './places.ts';
import {Placeholders, type RowValues} from './placeholders.ts';
import type {CheckedStudy} from './read-study.ts';
import type {Condition} from './study-schema.ts';

/** Context that all rows of a study share. */
export interface StudyContext {
  readonly study: CheckedStudy;
  readonly home: string;
  /** Folder of the derived files. */
  readonly folder: string;
  /** SHA-256 of files that the study names. */
  readonly fileHashes: Readonly<Record<string, string>>;
}

/** One condition of a hypothesis, and what its rows share. */
export interface Arm extends StudyContext {
  readonly hypothesisId: string;
  readonly conditionId: string;
  readonly condition: Condition;
  readonly path: DocumentPath;
  readonly evaluators: readonly EvaluatorTemplate[];
  readonly overrides: Mapping;
  /** Leftover placeholders that have been reported. */
  readonly told: Set<string>;
  /** Places in the tree of results that are taken, by any row of the study. */
  readonly places: Set<string>;
}

/** Distinguishes a row from the others of its condition. */
export interface RowKey {
  readonly scenario: string;
  readonly seed: number;
  /** Number of an earlier run among those that the condition uses again; undefined for a row that runs. */
  readonly reuse?: number;
}

/** A row before what it runs is known. */
export interface Row {
  readonly values: RowValues;
  readonly placeholders: Placeholders;
  /** Its own place in trees of results. */
  readonly place: string;
}

/** Names a row and takes its place; reports a place that another row has. */
export function beginRow(arm: Arm, key: RowKey): Row {
  const {study, hypothesisId, conditionId, condition} = arm;
  const {scenario, seed, reuse} = key;
  const name = reuse === undefined ? `${scenario}__seed${seed}` : `reuse_${reuse}`;
  const values: RowValues = {
    run_id: `${hypothesisId}__${conditionId}__${name}`,
    study_name: study.file.study.name,
    study_id: study.id,
    hypothesis_id: hypothesisId,
    condition_id: conditionId,
    sub_experiment: condition.sub_experiment ?? conditionId,
    scenario,
    seed,
  };
  return {values, placeholders: new Placeholders(values, study.report, arm.told), place: takePlace(arm, key)};
}

/** Two runs that are used again may have one scenario and seed; two rows that run may not. */
function takePlace({study, path, hypothesisId, conditionId, places}: Arm, {scenario, seed, reuse}: RowKey): string {
  const usual = joinPlace(...[hypothesisId, conditionId, scenario].map(makeSafePart), `seed_${seed}`);
  const place = places.has(usual) && reuse !== undefined ? `${usual}_reuse_${reuse}` : usual;
  if (places.has(place)) {
    study.report.problem(path, {
      found: `a row whose results would be in ${place}, where another row's are`,
      expected: 'names that differ in more than "/" and the like',
    });
  }
  places.add(place);
  return place;
}

/** Returns what a trial has whether it runs or uses an earlier run. */
export function describeRow(
  arm: Arm,
  {values, placeholders, place}: Row,
): Pick<Trial, 'id' | 'labels' | 'seed' | 'evaluators' | 'environment' | 'timeout_seconds' | 'resources' | 'details'> {
  const {study, condition, hypothesisId, conditionId, folder} = arm;
  const {run_id, sub_experiment, scenario, seed} = values;
  const seconds = condition.timeout_seconds ?? study.defaults.timeout_seconds ?? 0;
  const evalFolder = joinPlace(folder, 'eval', place);
  return {
    id: run_id,
    labels: {hypothesis: hypothesisId, condition: conditionId, sub_experiment, scenario, seed},
    seed,
    evaluators: arm.evaluators.map(evaluator => fillEvaluator(evaluator, evalFolder, placeholders)),
    environment: {},
    timeout_seconds: seconds > 0 ? seconds : null,
    resources: readResources(arm),
    details: {
      run_id,
      place,
      log_path: joinPlace(folder, 'logs', `${makeSafePart(run_id)}.log`),
      sub_experiment,
    },
  };
}

function readResources({condition, study}: Arm): Trial['resources'] {
  const written = {...study.defaults.resources, ...condition.resources};
  const {gpus, cpus, mem, time} = written;
  return {gpus: gpus ?? 0, ...(cpus ? {cpus} : {}), ...(mem ? {mem} : {}), ...(time ? {time} : {})};
}
