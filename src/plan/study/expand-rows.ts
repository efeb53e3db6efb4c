import type {DocumentPath} from '../../config/problem.ts';
import type {Mapping} from '../../core/mapping.ts';
import type {Evaluator, Trial} from '../../core/trial.ts';
import {fillProgram, findProgram, type ProgramTemplate} from './command-line.ts';
import {fillEvaluator, listEvaluators, readEvaluators, refuseTwins, type EvaluatorTemplate} from './evaluators.ts';
import {isLongPart, joinPlace, makeSafePart, normalisePlace} from './places.ts';
import {Placeholders, type RowValues} from './placeholders.ts';
import type {CheckedStudy} from './read-study.ts';
import {findSeeds} from './seeds.ts';
import type {Condition, Hypothesis} from './study-schema.ts';

const RUN_NAME = '{study_id}_{hypothesis_id}_{condition_id}_{scenario}_seed{seed}';

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
interface Arm extends StudyContext {
  readonly hypothesisId: string;
  readonly hypothesis: Hypothesis;
  readonly conditionId: string;
  readonly condition: Condition;
  readonly path: DocumentPath;
  readonly evaluators: readonly EvaluatorTemplate[];
  readonly overrides: Mapping;
  /** Leftover placeholders that were told. */
  readonly told: Set<string>;
  /** Places in the tree of results that are taken. */
  readonly places: Set<string>;
}

/** Returns the rows of a study in the order of its file: hypotheses, conditions, scenarios, seeds. */
export function expandRows(context: StudyContext): Trial[] {
  const {study, home} = context;
  const {file, report} = study;
  const ofStudy = readEvaluators(file.evaluations, {path: ['evaluations'], idPrefix: 'eval', home, report});
  refuseTwins(ofStudy, report);
  const places = new Set<string>();
  return Object.entries(file.hypotheses).flatMap(([hypothesisId, hypothesis]) =>
    Object.entries(hypothesis.conditions).flatMap(([conditionId, condition]) => {
      const path = ['hypotheses', hypothesisId, 'conditions', conditionId];
      const own = readEvaluators(condition.evaluations, {
        path: [...path, 'evaluations'],
        idPrefix: 'condition_eval',
        home,
        report,
      });
      const evaluators = listEvaluators(ofStudy, own, condition.evaluation_mode, report);
      const overrides = mergeOverrides(study, hypothesis, condition);
      const told = new Set<string>();
      const arm: Arm = {
        ...context,
        hypothesisId,
        hypothesis,
        conditionId,
        condition,
        path,
        evaluators,
        overrides,
        told,
        places,
      };
      return condition.execution?.mode === 'reuse_existing' ? expandReuse(arm) : expandRuns(arm);
    }),
  );
}

/** Merges overrides key by key, low to high: cadence of checkpoints, inline ones, defaults, hypothesis, condition. */
function mergeOverrides(
  {defaults, inlineOverrides}: CheckedStudy,
  hypothesis: Hypothesis,
  condition: Condition,
): Mapping {
  const every = defaults.checkpoint_every_n_steps;
  const cadence = every === true ? 1 : every === false || !every ? undefined : every;
  return {
    ...(cadence === undefined ? {} : {checkpoint_every_n_steps: cadence}),
    ...inlineOverrides,
    ...defaults.overrides,
    ...hypothesis.overrides,
    ...condition.overrides,
  };
}

function expandRuns(arm: Arm): Trial[] {
  const {study, condition, path} = arm;
  if (condition.reuse) {
    study.report.problem([...path, 'reuse'], {
      found: 'runs to use again in a condition that runs',
      expected: 'execution.mode: reuse_existing beside it',
    });
  }
  const program = findProgram(condition, study.defaults, {path, report: study.report});
  if (!program) return [];
  const {seeds, path: seedsPath} = findSeeds(condition, study.defaults, path);
  const distinct = [...new Set(seeds)];
  for (const [i, seed] of seeds.entries()) {
    if (seeds.indexOf(seed) === i) continue;
    study.report.problem([...seedsPath, i], {found: `the seed ${seed} twice`, expected: 'every seed once'});
  }
  return (condition.scenarios ?? study.scenarios).flatMap(scenario =>
    distinct.map(seed => createRun(arm, program, scenario, seed)),
  );
}

function createRun(arm: Arm, program: ProgramTemplate, scenario: string, seed: number): Trial {
  const {study, condition, path, overrides, hypothesisId, conditionId} = arm;
  const {defaults} = study;
  const values = rowValues(arm, `${hypothesisId}__${conditionId}__${scenario}__seed${seed}`, scenario, seed);
  const placeholders = new Placeholders(values, study.report, arm.told);
  const defaultsPath = ['study', 'run_defaults'];
  const fill = (key: 'run_name_template' | 'config_path' | 'working_directory'): string | null => {
    const own = condition[key];
    const text = own ?? defaults[key];
    return text ? placeholders.fill(text, 'path', own ? [...path, key] : [...defaultsPath, key]) : null;
  };
  const runName = fill('run_name_template') ?? placeholders.fill(RUN_NAME, 'path', path);
  const configPath = fill('config_path');
  const cwd = normalisePlace(fill('working_directory') ?? '.');
  const outputDir = findOutputDir(arm, placeholders, scenario, seed);
  const runner = fillProgram(program, {
    placeholders,
    overrides,
    configPath,
    arguments: {seed, run_name: runName, output_rootname: outputDir, experiment_name: study.file.study.name},
  });
  const grid = program.kind === 'grid' ? placeGrid(cwd, runner.argv[2] ?? '') : null;
  return {
    ...shared(arm, placeholders, values),
    config: {scenario, config_path: configPath, overrides},
    runner,
    output_dir: outputDir,
    cwd,
    code: grid === null ? null : (arm.fileHashes[grid] ?? null),
    details: {
      ...rowDetails(arm, values),
      mode: 'run',
      run_name: runName,
      planned_output_rootname: outputDir,
      working_directory: cwd,
      reused_source: null,
      re_evaluate: false,
      grid,
    },
  };
}

/** Returns the path of a grid from the workspace; commands find it from their own folder. */
function placeGrid(cwd: string, grid: string): string {
  return grid.startsWith('/') ? normalisePlace(grid) : joinPlace(cwd, grid);
}

/** Returns the folder of a row: as a template says, or by hypothesis, condition, scenario and seed. */
function findOutputDir(arm: Arm, placeholders: Placeholders, scenario: string, seed: number): string {
  const {study, condition, path, hypothesisId, conditionId} = arm;
  const templates = [
    [condition.execution?.output_root_override, [...path, 'execution', 'output_root_override']],
    [condition.output_root_override, [...path, 'output_root_override']],
    [study.defaults.output_root_override, ['study', 'run_defaults', 'output_root_override']],
  ] as const;
  for (const [template, place] of templates) {
    if (!template) continue;
    const folder = normalisePlace(placeholders.fill(template, 'path', place));
    const long = folder.split('/').find(isLongPart);
    if (long !== undefined) {
      study.report.problem(place, {
        found: `a folder with a name of ${long.length} letters (${Array.from(long).slice(0, 40).join('')}…)`,
        expected: 'names of at most 200 bytes',
        hint: 'shorten the ids in it, or leave some of them out',
      });
    }
    return folder;
  }
  const parts = [hypothesisId, conditionId, scenario].map(makeSafePart);
  return joinPlace('experiments/studies', study.id, 'runs', ...parts, `seed_${seed}`, 'run');
}

function expandReuse(arm: Arm): Trial[] {
  const {study, condition, path, hypothesisId, conditionId} = arm;
  const {report, defaults, scenarios} = study;
  if (condition.execution?.command || condition.execution?.grid) {
    report.problem([...path, 'execution'], {
      found: 'something to run in a condition that uses earlier runs',
      expected: 'mode: run, or no command and no grid',
    });
  }
  const runs = condition.reuse?.runs ?? [];
  if (runs.length === 0) {
    report.problem([...path, 'reuse', 'runs'], {found: 'nothing', expected: 'at least one run to use again'});
  }
  const reEvaluate = condition.execution?.re_evaluate ?? false;
  return runs.map(({source, scenario: ownScenario, seed: ownSeed, eval: evaluation}, i) => {
    const scenario = ownScenario ?? (condition.scenarios ?? scenarios)[0] ?? '';
    const seed = ownSeed ?? defaults.seed ?? 1;
    const values = rowValues(arm, `${hypothesisId}__${conditionId}__reuse_${i}`, scenario, seed);
    const placeholders = new Placeholders(values, report, arm.told);
    const place = normalisePlace(source);
    const row = shared(arm, placeholders, values);
    return {
      ...row,
      evaluators: reEvaluate ? row.evaluators : [],
      config: {source: place},
      runner: {kind: 'reuse', source: place, evaluation: evaluation ?? null, re_evaluate: reEvaluate},
      output_dir: place,
      cwd: '.',
      code: null,
      details: {
        ...rowDetails(arm, values),
        mode: 'reuse_existing',
        run_name: null,
        planned_output_rootname: place,
        working_directory: '.',
        reused_source: place,
        re_evaluate: reEvaluate,
        grid: null,
      },
    };
  });
}

function rowValues(
  {study, hypothesisId, conditionId, condition}: Arm,
  runId: string,
  scenario: string,
  seed: number,
): RowValues {
  return {
    run_id: runId,
    study_name: study.file.study.name,
    study_id: study.id,
    hypothesis_id: hypothesisId,
    condition_id: conditionId,
    sub_experiment: condition.sub_experiment ?? conditionId,
    scenario,
    seed,
  };
}

/** Returns what a row has whether it runs or not. */
function shared(
  arm: Arm,
  placeholders: Placeholders,
  values: RowValues,
): Pick<Trial, 'id' | 'labels' | 'seed' | 'evaluators' | 'environment' | 'timeout_seconds' | 'resources'> {
  const {study, condition, hypothesisId, conditionId} = arm;
  const {run_id, sub_experiment, scenario, seed} = values;
  const seconds = condition.timeout_seconds ?? study.defaults.timeout_seconds ?? 0;
  return {
    id: run_id,
    labels: {hypothesis: hypothesisId, condition: conditionId, sub_experiment, scenario, seed},
    seed,
    evaluators: fillEvaluators(arm, placeholders, values),
    environment: {},
    timeout_seconds: seconds > 0 ? seconds : null,
    resources: readResources(arm),
  };
}

function fillEvaluators(arm: Arm, placeholders: Placeholders, values: RowValues): Evaluator[] {
  const folder = joinPlace(arm.folder, 'eval', placeInTree(arm, values));
  return arm.evaluators.map(evaluator => fillEvaluator(evaluator, folder, placeholders));
}

function readResources({condition, study}: Arm): Trial['resources'] {
  const written = {...study.defaults.resources, ...condition.resources};
  const {gpus, cpus, mem, time} = written;
  return {gpus: gpus ?? 0, ...(cpus ? {cpus} : {}), ...(mem ? {mem} : {}), ...(time ? {time} : {})};
}

function rowDetails(arm: Arm, values: RowValues): Mapping {
  const place = placeInTree(arm, values);
  if (arm.places.has(place)) {
    arm.study.report.problem(arm.path, {
      found: `a row whose results would be in ${place}, where another row's are`,
      expected: 'names that differ in more than "/" and the like',
    });
  }
  arm.places.add(place);
  return {
    run_id: values.run_id,
    place,
    log_path: joinPlace(arm.folder, 'logs', `${makeSafePart(values.run_id)}.log`),
    sub_experiment: values.sub_experiment,
    overrides: arm.condition.execution?.mode === 'reuse_existing' ? {} : arm.overrides,
  };
}

/** Returns a row's own place in trees of results; two runs that are used again may have one scenario and seed. */
function placeInTree({hypothesisId, conditionId, places}: Arm, {run_id, scenario, seed}: RowValues): string {
  const place = joinPlace(...[hypothesisId, conditionId, scenario].map(makeSafePart), `seed_${seed}`);
  const [reuse] = /reuse_\d+$/.exec(run_id) ?? [];
  return places.has(place) && reuse !== undefined ? `${place}_${reuse}` : place;
}
