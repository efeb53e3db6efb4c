import type {Trial} from '../../core/trial.ts';
import {fillProgram, findProgram, type ProgramTemplate} from './command-line.ts';
import {isLongPart, joinPlace, makeSafePart, normalisePlace} from './places.ts';
import {beginRow, describeRow, type Arm, type Row} from './row.ts';
import {findSeeds} from './seeds.ts';

const RUN_NAME = '{study_id}_{hypothesis_id}_{condition_id}_{scenario}_seed{seed}';

/** Returns the rows of a condition that runs: scenarios × seeds. */
export function listRunRows(arm: Arm): Trial[] {
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
    distinct.map(seed => createRun(arm, program, beginRow(arm, {scenario, seed}))),
  );
}

function createRun(arm: Arm, program: ProgramTemplate, row: Row): Trial {
  const {study, condition, path, overrides} = arm;
  const {placeholders} = row;
  const {scenario, seed} = row.values;
  const {defaults} = study;
  const defaultsPath = ['study', 'run_defaults'];
  const fill = (key: 'run_name_template' | 'config_path' | 'working_directory'): string | null => {
    const own = condition[key];
    const text = own ?? defaults[key];
    return text ? placeholders.fill(text, 'path', own ? [...path, key] : [...defaultsPath, key]) : null;
  };
  const runName = fill('run_name_template') ?? placeholders.fill(RUN_NAME, 'path', path);
  const configPath = fill('config_path');
  const cwd = normalisePlace(fill('working_directory') ?? '.');
  const outputDir = findOutputDir(arm, row);
  const runner = fillProgram(program, {
    placeholders,
    overrides,
    configPath,
    arguments: {seed, run_name: runName, output_rootname: outputDir, experiment_name: study.file.study.name},
  });
  const grid = program.kind === 'grid' ? placeGrid(cwd, runner.argv[2] ?? '') : null;
  const trial = describeRow(arm, row);
  return {
    ...trial,
    config: {scenario, config_path: configPath, overrides},
    runner,
    output_dir: outputDir,
    cwd,
    code: grid === null ? null : (arm.fileHashes[grid] ?? null),
    details: {
      ...trial.details,
      overrides,
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
function findOutputDir(arm: Arm, {placeholders, values}: Row): string {
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
  const parts = [hypothesisId, conditionId, values.scenario].map(makeSafePart);
  return joinPlace('experiments/studies', study.id, 'runs', ...parts, `seed_${values.seed}`, 'run');
}
