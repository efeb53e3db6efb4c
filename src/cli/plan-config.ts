import {resolve} from 'node:path';

import {ConfigError, type DocumentPath, type Problem} from '../config/problem.ts';
import type {ReadConfig} from '../config/read-config.ts';
import {requireValid, validateTaskConfig, type ConfigSource, type Validated} from '../config/validate.ts';
import {UserError} from '../core/errors.ts';
import type {TaskConfig} from '../core/task-config.ts';
import {checkPlan, type CheckedPlan, type CountedProblem} from '../plan/check.ts';
import {findEqualTasks} from '../plan/equal-tasks.ts';
import {baseConfig} from '../plan/grid/base-config.ts';
import {compileGrid} from '../plan/grid/compile.ts';
import {getPath, overlaps} from '../plan/grid/path.ts';
import type {Plan} from '../plan/plan.ts';
import {readQuestions} from '../questions/read.ts';
import type {Layout} from '../record/layout.ts';
import {fileTimestamp} from '../record/timestamps.ts';

/** What is known of a question file before a run: how long it is, its hash and how many warnings it earns; or why it cannot be used. */
export type KnownFile = UsableFile | UserError;

interface UsableFile {
  readonly questions: number;
  readonly sha256: string;
  readonly warnings: number;
}

/** The question files of a plan, read once each before anything runs. */
export class KnownFiles {
  readonly #layout: Layout;
  readonly #files = new Map<string, KnownFile>();

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Reads the files that a plan names and that are not known yet. */
  async read(names: Iterable<string>): Promise<void> {
    for (const name of new Set(names)) {
      if (!this.#files.has(name)) this.#files.set(name, await this.#look(name));
    }
  }

  async #look(name: string): Promise<KnownFile> {
    try {
      const {questions, sha256, warnings} = await readQuestions(this.pathOf(name));
      return {questions: questions.length, sha256, warnings: warnings.length};
    } catch (error) {
      if (error instanceof UserError) return error;
      throw error;
    }
  }

  pathOf(name: string): string {
    return resolve(this.#layout.workspace, this.#layout.resolve(name));
  }

  get(name: string): KnownFile {
    return this.#files.get(name) ?? new UserError('questions-missing', `${name}: not read`);
  }

  /** @throws UserError when the file cannot be used. */
  require(name: string): UsableFile {
    const file = this.get(name);
    if (file instanceof UserError) throw file;
    return file;
  }
}

/**
 * Compiles a config that was read, for one repetition.
 *
 * @throws ConfigError with everything that is wrong with how the file is written and with its grid, and then also with its configurations.
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
  const {problems: more} = checkPlan(plan, raw => pointToGrid(validateTaskConfig(raw, sourceOf(config)), plan, config));
  throw new ConfigError(
    together(
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
    const inBase = validateTaskConfig(base.config, sourceOf(config)).problems.filter(
      ({path}) => !base.written.some(written => overlaps(written, path.join('.'))) && !isPlaceholder(base.config, path),
    );
    throw new ConfigError(together([...config.document.problems, ...error.problems], inBase), 'grid-invalid');
  }
}

/** Problems in the order of the file; `more` only where nothing is said of the place already. */
function together(first: readonly Problem[], more: readonly Problem[]): Problem[] {
  const places = new Set(first.map(({path}) => path.join('.')));
  const all = [...first, ...more.filter(({path}) => !places.has(path.join('.')))];
  return all.sort((a, b) => (a.position?.line ?? 0) - (b.position?.line ?? 0));
}

function isPlaceholder(config: unknown, path: DocumentPath): boolean {
  return getPath(config, path.join('.')) === '_';
}

function compile(config: ReadConfig, options: Parameters<typeof compileConfig>[1]): Plan {
  const source = sourceOf(config);
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

function sourceOf({path, document}: ReadConfig): ConfigSource {
  return {file: path, locate: document.locate};
}

/** Checks a plan: every configuration (or a representative set), every question file it names, and that no two tasks are equal. */
export async function checkConfig(config: ReadConfig, plan: Plan, files: KnownFiles): Promise<CheckedPlan> {
  const source = sourceOf(config);
  const named = new Map<string, number>();
  const checked = checkPlan(plan, (raw, tasks) => {
    const validated = pointToGrid(validateTaskConfig(raw, source), plan, config);
    const file = validated.config?.experiment_metadata.questions_file;
    if (file !== undefined) named.set(file, (named.get(file) ?? 0) + tasks);
    return validated;
  });
  await files.read(named.keys());
  const described = [...named].flatMap(([name, tasks]) => describeFile(name, tasks, files, {config, plan}));
  const [broken, odd] = [described.filter(({isUsable}) => !isUsable), described.filter(({isUsable}) => isUsable)];
  const warnings = [...checked.warnings, ...odd];
  if (checked.problems.length > 0 || broken.length > 0) {
    const problems = [...checked.problems, ...broken];
    return {...checked, problems, warnings, invalidTasks: invalidTasks(plan, checked, files)};
  }
  // The older system ran equal tasks, told apart by their names and numbers alone; continuing its studies must stay possible.
  const mayBeEqual = (config.document.value as {compatibility?: unknown}).compatibility === 'reference';
  const equal = mayBeEqual ? [] : findEqualTasks(plan, source, index => plan.taskAt(index).key);
  return {...checked, warnings, problems: equal.map(problem => ({problem, tasks: 1}))};
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

const QUESTIONS_FILE = 'experiment_metadata.questions_file';

/** What is to be said of a question file: nothing of a good one. */
function describeFile(
  name: string,
  tasks: number,
  files: KnownFiles,
  {config, plan}: {readonly config: ReadConfig; readonly plan: Plan},
): (CountedProblem & {readonly isUsable: boolean})[] {
  const file = files.get(name);
  const place = {file: config.path, path: QUESTIONS_FILE.split('.')};
  const position = config.document.locate(whereNamed(name, plan));
  if (file instanceof UserError) {
    const found = `a question file that cannot be used: ${file.message}`;
    const problem: Problem = {
      ...place,
      position,
      found,
      expected: 'a readable file of valid questions',
      hint: file.hint,
    };
    return [{problem, tasks, isUsable: false}];
  }
  if (file.warnings === 0) return [];
  const found = `a question file with ${file.warnings} warning${file.warnings > 1 ? 's' : ''}`;
  const hint = `see mac data check ${files.pathOf(name)}`;
  return [{problem: {...place, position, found, expected: 'none', hint}, tasks, isUsable: true}];
}

/** Where a question file is named: in the axis that writes it, else in the base config. */
function whereNamed(name: string, plan: Plan): DocumentPath {
  for (const {kind, name: axis, paths, values} of plan.axes) {
    if (!paths.includes(QUESTIONS_FILE)) continue;
    const of = (value: unknown): unknown =>
      kind === 'zip' ? (value as Record<string, unknown>)[QUESTIONS_FILE] : value;
    const position = values.findIndex(value => of(value) === name);
    if (position < 0) continue;
    const place = ['_grid', kind, axis];
    return kind === 'zip'
      ? [...place, position, QUESTIONS_FILE]
      : [...place, ...(kind === 'broadcast' ? ['values'] : []), position];
  }
  return QUESTIONS_FILE.split('.');
}

/** A value that `_grid` wrote is wrong there, not at the placeholder in the base config. */
function pointToGrid(validated: Validated, plan: Plan, {document}: ReadConfig): Validated {
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
