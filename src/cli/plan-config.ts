import {ConfigError, type DocumentPath, type Problem} from '../config/problem.ts';
import type {ReadConfig} from '../config/read-config.ts';
import {type ConfigSource, requireValid, type Validated, validateTaskConfig} from '../config/validate.ts';
import {UserError} from '../core/errors.ts';
import type {TaskConfig} from '../core/task-config.ts';
import {type CheckedPlan, checkPlan} from '../plan/check.ts';
import {baseConfig} from '../plan/grid/base-config.ts';
import {compileGrid} from '../plan/grid/compile.ts';
import {getPath, overlaps} from '../plan/grid/path.ts';
import type {Plan} from '../plan/plan.ts';
import {fileTimestamp} from '../record/disk/timestamps.ts';
import {checkFit} from './check-fit.ts';
import {droppedOptionWarnings, findEqualRequests, neverSentWarnings} from './check-requests.ts';
import {checkFiles, type KnownFiles} from './question-files.ts';

/**
 * Compiles a config that was read, for one repetition.
 *
 * @throws ConfigError with everything that is wrong with how the file is written and with its grid, and then also with
 * its configurations.
 */
export function compileConfig(
  config: ReadConfig,
  options: {
    readonly submittedAtMs: number;
    readonly repetition: number;
    readonly files: KnownFiles;
    readonly name: string;
  },
): Plan {
  const plan = compileOrExplain(config, options);
  const {problems} = config.document;
  if (problems.length === 0) return plan;
  const {problems: more} = checkPlan(plan, raw =>
    relocateToGrid(validateTaskConfig(raw, toConfigSource(config)), plan, config),
  );
  throw new ConfigError(
    mergeProblems(
      problems,
      more.map(({problem}) => problem),
    ),
  );
}

/** A grid that does not expand hides what is wrong with the rest of the file, unless that is looked at by itself. */
function compileOrExplain(config: ReadConfig, options: Parameters<typeof compileConfig>[1]): Plan {
  try {
    return compile(config, options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const base = baseConfig(config.document.value);
    // What the grid should fill in is not wrong yet.
    const inBase = validateTaskConfig(base.config, toConfigSource(config)).problems.filter(
      ({path}) => !base.written.some(written => overlaps(written, path.join('.'))) && !isPlaceholder(base.config, path),
    );
    throw new ConfigError(mergeProblems([...config.document.problems, ...error.problems], inBase), 'grid-invalid');
  }
}

/** Problems in the order of the file; `more` only where nothing is said of the place already. */
function mergeProblems(first: readonly Problem[], more: readonly Problem[]): Problem[] {
  const places = new Set(first.map(({path}) => path.join('.')));
  const all = [...first, ...more.filter(({path}) => !places.has(path.join('.')))];
  return all.sort((a, b) => (a.position?.line ?? 0) - (b.position?.line ?? 0));
}

function isPlaceholder(config: unknown, path: DocumentPath): boolean {
  return getPath(config, path.join('.')) === '_';
}

function compile(config: ReadConfig, options: Parameters<typeof compileConfig>[1]): Plan {
  const source = toConfigSource(config);
  return compileGrid({
    raw: config.document.raw,
    name: options.name,
    source: {path: config.path, sha256: config.sha256},
    locate: source.locate,
    runtimeTimestamp: fileTimestamp(options.submittedAtMs),
    repetition: options.repetition,
    questionsSha256: file => options.files.require(file).sha256,
    validate: raw => requireValid(raw, source),
  });
}

function toConfigSource({path, document}: ReadConfig): ConfigSource {
  return {file: path, locate: document.locate};
}

/** A checked plan and what its question files add. */
export interface CheckedConfig extends CheckedPlan {
  /** Whether all problems are about question files, so that the configurations themselves can be looked at. */
  readonly onlyFiles: boolean;
}

/**
 * Checks a plan: every configuration (or a representative set), every question file it names, and that no two tasks ask
 * the same.
 */
export async function checkConfig(config: ReadConfig, plan: Plan, files: KnownFiles): Promise<CheckedConfig> {
  const source = toConfigSource(config);
  const named = new Map<string, number>();
  const checked = checkPlan(plan, (raw, tasks) => {
    const validated = relocateToGrid(validateTaskConfig(raw, source), plan, config);
    const file = validated.config?.experiment_metadata.questions_file;
    if (file !== undefined) named.set(file, (named.get(file) ?? 0) + tasks);
    return validated;
  });
  await files.read(named.keys());
  const inFiles = checkFiles(named, files, {config, plan});
  const warnings = [...checked.warnings, ...inFiles.warnings];
  const problems = [...checked.problems, ...inFiles.problems];
  if (problems.length > 0) {
    const onlyFiles = checked.problems.length === 0;
    return {...checked, problems, warnings, invalidTasks: invalidTasks(plan, checked, files), onlyFiles};
  }
  // The older system ran equal tasks, told apart by their names and numbers alone; continuing its studies must stay
  // possible.
  const isReference = (config.document.value as {compatibility?: unknown}).compatibility === 'reference';
  const equal = isReference ? [] : findEqualRequests(plan, source, {files, validate: validTask});
  const fit = checkFit(plan, config, {files, validate: validTask});
  const unsent = [droppedOptionWarnings, neverSentWarnings].flatMap(warn => warn(plan, config, validTask));
  return {
    ...checked,
    // The older system ran everything; its studies go on with a word.
    warnings: [...warnings, ...fit.warnings, ...unsent, ...(isReference ? fit.problems : [])],
    problems: [...(isReference ? [] : fit.problems), ...equal.map(problem => ({problem, tasks: 1}))],
    onlyFiles: false,
  };
}

function invalidTasks(plan: Plan, checked: CheckedPlan, files: KnownFiles): number[] {
  const invalid = new Set(checked.invalidTasks);
  if (!checked.isComplete) return [...invalid];
  for (let index = 0; index < plan.size; index++) {
    if (invalid.has(index)) continue;
    const {config} = validateTaskConfig(plan.rawAt(index));
    if (config && files.get(config.experiment_metadata.questions_file) instanceof UserError) invalid.add(index);
  }
  return [...invalid].sort((a, b) => a - b);
}

/** A value that `_grid` wrote is wrong there, not at the placeholder in the base config. */
function relocateToGrid(validated: Validated, plan: Plan, {document}: ReadConfig): Validated {
  if (validated.problems.length === 0) return validated;
  const problems = validated.problems.map(problem => {
    const path = problem.path.join('.');
    const axis = plan.axes.find(({paths}) => paths.some(written => path === written || path.startsWith(`${written}.`)));
    if (!axis) return problem;
    const place = ['_grid', axis.kind, axis.name];
    return {
      ...problem,
      position: document.locate(place),
      hint: problem.hint ?? `the value comes from ${place.slice(0, 2).join('.')} "${axis.name}"`,
    };
  });
  return {...validated, problems};
}

/** @throws ConfigError with every problem, and how many tasks have it where that is more than one. */
export function refuseIfInvalid(checked: CheckedPlan): void {
  if (checked.problems.length === 0) return;
  throw new ConfigError(
    checked.problems.map(({problem, tasks}) =>
      tasks > 1 ? {...problem, hint: [problem.hint, `(${tasks} tasks)`].filter(Boolean).join(' ')} : problem,
    ),
  );
}

/** What validation gives, for counting. */
export function validTask(raw: unknown): TaskConfig {
  return requireValid(raw);
}
