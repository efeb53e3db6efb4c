import {ConfigError} from '../../config/problem.ts';
import type {ConfigSource} from '../../config/report.ts';
import {UserError} from '../../core/errors.ts';
import type {TaskConfig} from '../../core/task-config.ts';
import type {Plan, Task} from '../plan.ts';
import {taskKey, taskSeed} from '../task-key.ts';
import type {GridMode} from './axes.ts';
import {expandGrid} from './expand.ts';

export interface CompileOptions {
  /** The parsed file with floats marked (`YamlDocument.raw`). */
  readonly raw: unknown;
  readonly name: string;
  readonly source: {readonly path: string; readonly sha256: string};
  /** Where a value stands in the file. */
  readonly locate: ConfigSource['locate'];
  /** Time of submission as `YYYYMMDDTHHMMSS.mmmZ`: what `{runtime.timestamp}` stands for. */
  readonly runtimeTimestamp: string;
  /** From 1. */
  readonly repetition: number;
  /** SHA-256 of a question file. @throws UserError when it cannot be read. */
  readonly questionsSha256: (file: string) => string;
  /** @throws UserError when a configuration is not valid. */
  readonly validate: (raw: unknown) => TaskConfig;
}

/**
 * Compiles a config to a plan. A config without `_grid` is a plan of one task.
 *
 * @throws ConfigError `grid-invalid` with everything that is wrong with the `_grid` section itself.
 */
export function compileGrid(options: CompileOptions): Plan {
  const {raw, repetition, validate, questionsSha256, locate} = options;
  const source: ConfigSource = {file: options.source.path, locate};
  const expansion = expandGrid(raw, options.runtimeTimestamp, readGridMode(raw), source);
  if (!expansion.isGrid) refuseEmptyGrid(raw, source);
  const taskAt = (index: number): Task => {
    const config = validate(expansion.configAt(requireTask(index, expansion.size)));
    const key = taskKey(config, questionsSha256(config.experiment_metadata.questions_file), repetition);
    return {index, key, config, sweepSpecs: expansion.specsAt(index), seed: taskSeed(config, key)};
  };
  return {
    frontend: 'grid',
    name: options.name,
    source: options.source,
    axes: expansion.axes,
    size: expansion.size,
    derived: expansion.derived.map(({path, reads}) => ({path, reads})),
    warnings: expansion.warnings,
    rawAt: index => expansion.configAt(requireTask(index, expansion.size)),
    digitsAt: index => expansion.digitsAt(requireTask(index, expansion.size)),
    sweepSpecsAt: index => expansion.specsAt(requireTask(index, expansion.size)),
    taskAt,
  };
}

function readGridMode(raw: unknown): GridMode {
  const compatibility = (raw as {compatibility?: unknown} | null)?.compatibility;
  return compatibility === 'reference' ? 'reference' : 'default';
}

function refuseEmptyGrid(raw: unknown, {file, locate}: ConfigSource): void {
  if (raw === null || typeof raw !== 'object' || !('_grid' in raw)) return;
  const problem = {
    file,
    position: locate(['_grid']),
    path: ['_grid'],
    found: 'no sweep, broadcast or zip in it',
    expected: 'at least one',
    hint: 'give it one, or remove _grid to run the config as a single task',
  };
  throw new ConfigError([problem], 'grid-invalid');
}

function requireTask(index: number, size: number): number {
  if (Number.isInteger(index) && index >= 0 && index < size) return index;
  throw new UserError('no-such-task', `there is no task ${index}`, {
    hint: size === 0 ? 'the grid has no tasks' : `tasks are numbered 0 to ${size - 1}`,
  });
}
