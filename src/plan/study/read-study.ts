import {ConfigError, suggest, type DocumentPath} from '../../config/problem.ts';
import {Report} from '../../config/report.ts';
import {asMapping, isMapping, type Mapping} from '../../core/mapping.ts';
import type {ConfigDocument} from '../front-end.ts';
import {refuseSecrets} from '../secret-values.ts';
import {checkHypothesisTree} from './hypothesis-tree.ts';
import {isLongPart, normalisePlace} from './places.ts';
import {refuseSecretsInCommands} from './refuse-secrets.ts';
import {checkBySchema} from './schema-problems.ts';
import {RUN_DEFAULTS_SCHEMA, studyFileSchema, type RunDefaults, type StudyFile} from './study-schema.ts';

/** A study file whose keys are as they should be. */
export interface CheckedStudy {
  readonly file: StudyFile;
  readonly id: string;
  readonly defaults: RunDefaults;
  /** Keys of `run_defaults` that have a dot. */
  readonly inlineOverrides: Mapping;
  readonly scenarios: readonly string[];
  readonly report: Report;
}

const TOP_KEYS = ['schema_version', 'study', 'evaluations', 'hypotheses', 'analysis'];

/**
 * Checks every key of a study file.
 *
 * @throws ConfigError with all problems when rows cannot be made out of it; lesser ones are in the report.
 */
export function readStudy(document: ConfigDocument): CheckedStudy {
  const report = new Report(document);
  const top = asMapping(document.value);
  reportOldKeys(top, report);
  reportMisspeltTopKeys(top, report);
  refusePrototypes(top, [], report);
  const {value, inlineOverrides} = takeInlineOverrides(top);
  const file = checkBySchema(studyFileSchema, value, report);
  refuseSecrets(top, [], report);
  if (!file) throw new ConfigError([...document.problems, ...report.problems]);
  const {study} = file;
  const id = study.study_id ?? study.name;
  checkId(id, report, study.study_id ? 'study_id' : 'name');
  refuseSecretsInCommands(file, report);
  checkLineage(study, report);
  checkHypothesisTree(file.hypotheses, report);
  const scenarios = findScenarios(study, report);
  refuseEmpty(file, report);
  if (scenarios.length === 0) throw new ConfigError([...document.problems, ...report.problems]);
  return {file, id, defaults: study.run_defaults ?? {}, inlineOverrides, scenarios, report};
}

/** Keys of earlier generations of the format, and what they are called now. */
function reportOldKeys(top: Mapping, report: Report): void {
  const complain = (path: readonly string[], now: string): void => {
    report.problem(path, {found: `the old key "${path.at(-1) ?? ''}"`, expected: `"${now}"`, hint: `write ${now}`});
  };
  if ('evaluation' in top) complain(['evaluation'], 'evaluations, a list');
  for (const [id, hypothesis] of Object.entries(asMapping(top['hypotheses']))) {
    if (!isMapping(hypothesis)) continue;
    if ('cases' in hypothesis) complain(['hypotheses', id, 'cases'], 'conditions');
    for (const [name, condition] of Object.entries(asMapping(hypothesis['conditions']))) {
      if (!isMapping(condition) || !('evaluation' in condition)) continue;
      complain(['hypotheses', id, 'conditions', name, 'evaluation'], 'evaluations, a list');
    }
  }
}

/** Other keys of the top level are the author's own, unless they are slips of the pen. */
function reportMisspeltTopKeys(top: Mapping, report: Report): void {
  for (const key of Object.keys(top)) {
    if (TOP_KEYS.includes(key)) continue;
    const hint = suggest(key, TOP_KEYS);
    if (hint === undefined) continue;
    report.problem([key], {found: `the unknown key "${key}"`, expected: 'a known one', hint});
  }
}

/** Takes the keys with a dot out of `run_defaults`: they are overrides. */
function takeInlineOverrides(top: Mapping): {readonly value: unknown; readonly inlineOverrides: Mapping} {
  const study = top['study'];
  const defaults = isMapping(study) ? study['run_defaults'] : undefined;
  if (!isMapping(study) || !isMapping(defaults)) return {value: top, inlineOverrides: {}};
  const isInline = (key: string): boolean => key.includes('.') && !(key in RUN_DEFAULTS_SCHEMA.shape);
  const [inline, others] = [true, false].map(wanted =>
    Object.fromEntries(Object.entries(defaults).filter(([key]) => isInline(key) === wanted)),
  );
  return {value: {...top, study: {...study, run_defaults: others}}, inlineOverrides: inline ?? {}};
}

/** Reports the one name that JavaScript keeps for itself: what stands under it would be lost. */
function refusePrototypes(value: unknown, path: DocumentPath, report: Report): void {
  if (!Array.isArray(value) && !isMapping(value)) return;
  for (const [key, member] of Object.entries(value)) {
    const here = [...path, key];
    if (key === '__proto__') report.problem(here, {found: 'the name __proto__', expected: 'another name'});
    else refusePrototypes(member, here, report);
  }
}

function checkId(id: string, report: Report, key: string): void {
  if (id.split('/').some(isLongPart)) {
    report.problem(['study', key], {
      found: `a name of ${id.length} letters`,
      expected: 'a name that can be a folder',
      hint: 'make it shorter; study_id can differ from name',
    });
  }
  const isPlain = normalisePlace(id) === id && !id.startsWith('/') && !id.startsWith('..') && id !== '.';
  if (isPlain && !/[\u0000-\u001f]/.test(id)) return;
  report.problem(['study', key], {
    found: JSON.stringify(id),
    expected: 'a name that can be a folder',
    hint: 'without "..", nor "/" at its ends; study_id can differ from name',
  });
}

function checkLineage({derived_from_runs: runs}: StudyFile['study'], report: Report): void {
  for (const [i, {run_id, run_path}] of (runs ?? []).entries()) {
    if (run_id || run_path) continue;
    report.problem(['study', 'derived_from_runs', i], {
      found: 'neither run_id nor run_path',
      expected: 'one of them',
    });
  }
}

function findScenarios(study: StudyFile['study'], report: Report): readonly string[] {
  const {scenarios, base_scenarios, run_defaults} = study;
  if (scenarios && base_scenarios) {
    report.problem(['study', 'base_scenarios'], {
      found: 'base_scenarios beside scenarios',
      expected: 'one of them',
      hint: 'base_scenarios is the older name',
    });
  }
  const found = scenarios ?? base_scenarios ?? (run_defaults?.scenario ? [run_defaults.scenario] : []);
  if (found.length === 0) {
    report.problem(['study', 'scenarios'], {
      found: 'nothing',
      expected: 'a list of scenarios (it is missing)',
      hint: 'or one in study.run_defaults.scenario',
    });
  }
  return found;
}

function refuseEmpty({hypotheses}: StudyFile, report: Report): void {
  const complaint = (what: string) => ({found: 'an empty mapping', expected: `at least one ${what}`});
  if (Object.keys(hypotheses).length === 0) report.problem(['hypotheses'], complaint('hypothesis'));
  for (const [id, {conditions}] of Object.entries(hypotheses)) {
    if (Object.keys(conditions).length === 0) {
      report.problem(['hypotheses', id, 'conditions'], complaint('condition'));
    }
  }
}
