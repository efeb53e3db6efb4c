import {ConfigError, type DocumentPath, type Problem} from '../config/problem.ts';
import type {ConfigSource} from '../config/report.ts';
import {requireValid, validateTaskConfig} from '../config/validate.ts';
import {UserError} from '../core/errors.ts';
import type {QuestionFiles} from '../questions/question-files.ts';
import {fileTimestamp} from '../record/disk/timestamps.ts';
import {checkPlan} from './check/check-plan.ts';
import {checkTasks} from './check/check-tasks.ts';
import {validateInPlace} from './check/locate-problems.ts';
import type {CheckedPlan} from './checked-plan.ts';
import type {Expansion, ParsedConfig} from './front-end.ts';
import {getPath, overlaps} from './path.ts';
import type {Plan} from './plan.ts';
import {taskKey, taskSeed} from './task-key.ts';
import {countTasks, sweepSpecs, toDigits} from './task-numbers.ts';

export interface CompileOptions {
  /** Name of the config in messages and records. */
  readonly name: string;
  readonly submittedAtMs: number;
  /** From 1. */
  readonly repetition: number;
}

/**
 * Compiles a config and checks it: every configuration (or a representative set), every question file that it names,
 * and that no two tasks ask the same. A dry run shows the value that a run executes.
 *
 * @param files read the question files that the plan names.
 * @throws ConfigError when there is no plan to check: with everything that is wrong with how the file is written.
 */
export async function compileAndCheck(
  config: ParsedConfig,
  files: QuestionFiles,
  options: CompileOptions,
): Promise<CheckedPlan> {
  return await checkPlan(compilePlan(config, files, options), files);
}

/**
 * Compiles a config without checking its tasks: for a grid run that goes on, whose tasks were checked when it began,
 * and for its further repetitions.
 *
 * @throws ConfigError with everything that is wrong with how the file is written and with what varies, and then also
 * with its configurations.
 */
export function compilePlan(config: ParsedConfig, files: QuestionFiles, options: CompileOptions): Plan {
  const plan = compileOrExplain(config, files, options);
  const {problems} = config.document;
  if (problems.length === 0) return plan;
  const more = checkTasks(plan, raw => validateInPlace(raw, plan)).problems;
  throw new ConfigError(
    mergeProblems(
      problems,
      more.map(({problem}) => problem),
    ),
  );
}

/** Compiles, or says what is wrong with the whole file: a config that does not expand would hide the rest. */
function compileOrExplain(config: ParsedConfig, files: QuestionFiles, options: CompileOptions): Plan {
  const {frontEnd, document} = config;
  try {
    const expansion = frontEnd.expand(document, {runtimeTimestamp: fileTimestamp(options.submittedAtMs)});
    return makePlan(config, expansion, files, options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const base = frontEnd.baseConfig(document);
    // What the axes should fill in is not wrong yet.
    const inBase = validateTaskConfig(base.config, toConfigSource(config)).problems.filter(
      ({path}) => !base.written.some(written => overlaps(written, path.join('.'))) && !isPlaceholder(base.config, path),
    );
    throw new ConfigError(mergeProblems([...document.problems, ...error.problems], inBase), 'grid-invalid');
  }
}

function toConfigSource({path, document}: ParsedConfig): ConfigSource {
  return {file: path, locate: document.locate};
}

function isPlaceholder(config: unknown, path: DocumentPath): boolean {
  return getPath(config, path.join('.')) === '_';
}

/** Returns problems in the order of the file; of `more` only those at places without one already. */
function mergeProblems(first: readonly Problem[], more: readonly Problem[]): Problem[] {
  const places = new Set(first.map(({path}) => path.join('.')));
  const all = [...first, ...more.filter(({path}) => !places.has(path.join('.')))];
  return all.sort((a, b) => (a.position?.line ?? 0) - (b.position?.line ?? 0));
}

function makePlan(
  config: ParsedConfig,
  expansion: Expansion,
  files: QuestionFiles,
  {name, repetition}: CompileOptions,
): Plan {
  const {axes, derived, warnings, isReference} = expansion;
  const {path, sha256, frontEnd, document} = config;
  const source = toConfigSource(config);
  const size = countTasks(axes);
  const digitsAt = (index: number): number[] => toDigits(axes, requireTask(index, size));
  const rawAt = (index: number): unknown => expansion.configAt(requireTask(index, size));
  const configAt: Plan['configAt'] = index => requireValid(rawAt(index), source);
  const sweepSpecsAt: Plan['sweepSpecsAt'] = index => sweepSpecs(axes, digitsAt(index));
  return {
    frontend: frontEnd.name,
    name,
    source: {path, sha256},
    locate: document.locate,
    isReference,
    axes,
    size,
    derived: derived.map(rule => ({path: rule.path, reads: rule.reads})),
    warnings,
    rawAt,
    configAt,
    digitsAt,
    sweepSpecsAt,
    taskAt: index => {
      const task = configAt(index);
      const key = taskKey(task, files.require(task.experiment_metadata.questions_file).sha256, repetition);
      return {index, key, config: task, sweepSpecs: sweepSpecsAt(index), seed: taskSeed(task, key)};
    },
  };
}

function requireTask(index: number, size: number): number {
  if (Number.isInteger(index) && index >= 0 && index < size) return index;
  throw new UserError('no-such-task', `there is no task ${index}`, {
    hint: size === 0 ? 'the grid has no tasks' : `tasks are numbered 0 to ${size - 1}`,
  });
}
