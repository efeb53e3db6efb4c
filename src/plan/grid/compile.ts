import {UserError} from '../../core/errors.ts';
import type {TaskConfig} from '../../core/task-config.ts';
import type {Plan, Task} from '../plan.ts';
import {taskKey, taskSeed} from '../task-key.ts';
import {unevenZips, type GridMode} from './axes.ts';
import {expandGrid, placeholdersOf} from './expand.ts';

export interface CompileOptions {
  /** The parsed file with floats marked (`YamlDocument.raw`). */
  readonly raw: unknown;
  readonly name: string;
  readonly source: {readonly path: string; readonly sha256: string};
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
 * @throws UserError `grid-invalid` for what is wrong with the `_grid` section itself.
 */
export function compileGrid(options: CompileOptions): Plan {
  const {raw, repetition, validate, questionsSha256} = options;
  const expansion = expandGrid(raw, options.runtimeTimestamp, modeOf(raw));
  if (!expansion.isGrid && raw !== null && typeof raw === 'object' && '_grid' in raw) {
    throw new UserError('grid-invalid', '_grid has no sweep, broadcast or zip', {
      hint: 'give it one, or remove _grid to run the config as a single task',
    });
  }
  const taskAt = (index: number): Task => {
    if (!Number.isInteger(index) || index < 0 || index >= expansion.size) {
      throw new UserError('no-such-task', `there is no task ${index}`, {
        hint: `tasks are numbered 0 to ${expansion.size - 1}`,
      });
    }
    const config = validate(expansion.configAt(index));
    const key = taskKey(config, questionsSha256(config.experiment_metadata.questions_file), repetition);
    return {index, key, config, sweepSpecs: expansion.specsAt(index), seed: taskSeed(config, key)};
  };
  return {
    frontend: 'grid',
    name: options.name,
    source: options.source,
    axes: expansion.axes,
    size: expansion.size,
    derived: derivedPaths(raw),
    unevenZips: unevenZips(expansion.axes),
    rawAt: expansion.configAt,
    digitsAt: expansion.digitsAt,
    sweepSpecsAt: expansion.specsAt,
    taskAt,
  };
}

function modeOf(raw: unknown): GridMode {
  const compatibility = (raw as {compatibility?: unknown} | null)?.compatibility;
  return compatibility === 'reference' ? 'reference' : 'default';
}

function derivedPaths(raw: unknown): {path: string; reads: string[]}[] {
  const rules = (raw as {_grid?: {derive?: Record<string, string> | null} | null} | null)?._grid?.derive ?? {};
  return Object.entries(rules).map(([path, template]) => ({path, reads: placeholdersOf(template)}));
}
