import {didYouMean} from '../../config/problem.ts';
import {UserError} from '../../core/errors.ts';
import type {TaskConfig} from '../../core/task-config.ts';
import {valueText} from '../../core/text/value-text.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';

/** A column that distinguishes cells: a name to print, and its value for every task. */
export interface CellColumn {
  readonly name: string;
  readonly getValue: (task: KnownTask) => string;
}

const FIXED_COLUMNS: readonly CellColumn[] = [
  {name: 'task', getValue: ({id}) => id},
  {name: 'grid', getValue: task => parseGridName(task) ?? 'none'},
  {name: 'experiment', getValue: ({config}) => config.experiment_metadata.experiment_name},
  {name: 'benchmark', getValue: ({config}) => config.experiment_metadata.benchmark_subcategory},
  {name: 'model', getValue: joinModelNames},
  {name: 'routing', getValue: ({config}) => config.conversation_config.routing_strategy},
];

/** Returns the name of the task's grid snapshot; null when it has none. */
export function parseGridName({gridSnapshotPath}: KnownTask): string | null {
  return /([^/]+)\.yaml$/.exec(gridSnapshotPath ?? '')?.[1] ?? null;
}

/** Returns the names of the models of a task's agents. */
export function joinModelNames({config}: KnownTask): string {
  const used = config.agent_definitions.map(({model}) => resolveModelName(config, model));
  return [...new Set(used)].join(' + ');
}

/** Returns the name of a model that the config defines; its key when it has no other. */
export function resolveModelName(config: TaskConfig, model: string): string {
  const definition = config.model_definitions[model] as Readonly<Record<string, unknown>> | undefined;
  const name = definition?.['model_name'] ?? definition?.['model_path'];
  return typeof name === 'string' ? name : model;
}

/** Names and places of files: they follow from the rest. */
const NOT_PARAMETERS =
  /^experiment_metadata\.(?:experiment_name|benchmark_subcategory|questions_file|_grid_config_snapshot_path)$/;

type Scalar = string | number | boolean | null;

/** A parameter in which tasks differ. */
interface VaryingParameter {
  /** Its place in the config: `agent_definitions.0.persona`. */
  readonly path: string;
  /** Undefined in tasks that do not have it. */
  readonly getValue: (task: KnownTask) => Scalar | undefined;
}

/** Returns the parameters in which a grid's tasks differ, whoever wrote it. */
export function varyingParameters(tasks: readonly KnownTask[]): VaryingParameter[] {
  const flat = new Map(tasks.map(task => [task, new Map(flatten(task.config))]));
  const paths = new Set([...flat.values()].flatMap(values => [...values.keys()]));
  return [...paths]
    .filter(path => !NOT_PARAMETERS.test(path))
    .filter(path => new Set([...flat.values()].map(values => valueText(values.get(path)))).size > 1)
    .map(path => ({path, getValue: task => flat.get(task)?.get(path)}));
}

/** Returns the same as columns of texts. */
export function varyingColumns(tasks: readonly KnownTask[]): CellColumn[] {
  return varyingParameters(tasks).map(({path, getValue}) => ({
    name: path,
    getValue: task => valueText(getValue(task)),
  }));
}

/** Yields the scalars of a config with their paths. */
function* flatten(value: unknown, path = ''): Generator<[string, Scalar]> {
  if (value !== null && typeof value === 'object') {
    for (const [key, member] of Object.entries(value)) yield* flatten(member, path === '' ? key : `${path}.${key}`);
  } else {
    // What YAML has besides lists and mappings.
    yield [path, value as Scalar];
  }
}

/**
 * The columns that a user names: `task`, `grid`, `experiment`, `benchmark`, `model`, `routing`, or the path of a
 * parameter in which the tasks differ (its end is enough where only one has it, or all that have it go together).
 *
 * @throws UserError `column-unknown`, `column-constant`, `column-ambiguous`.
 */
export function columnsNamed(names: readonly string[], tasks: readonly KnownTask[]): CellColumn[] {
  const varying = varyingColumns(tasks);
  return names.map(name => {
    const exact = [...FIXED_COLUMNS, ...varying].find(column => column.name === name);
    if (exact) return exact;
    const ending = varying.filter(column => column.name.endsWith(`.${name}`));
    const [first] = ending;
    // Agents whose personas are swept together have one persona, whichever of them is asked.
    if (first && ending.every(({getValue}) => tasks.every(task => getValue(task) === first.getValue(task))))
      return first;
    if (ending.length === 0) throw unknownColumn(name, varying, tasks);
    throw new UserError('column-ambiguous', `"${name}" is the end of ${ending.length} parameters`, {
      hint: `one of: ${ending.map(column => column.name).join(', ')}`,
    });
  });
}

/** Returns the error for a name that is no column; a parameter that all tasks share is no misspelling. */
function unknownColumn(name: string, varying: readonly CellColumn[], tasks: readonly KnownTask[]): UserError {
  const paths = new Map(tasks.flatMap(({config}) => [...flatten(config)]));
  const same = [...paths].filter(([path]) => path === name || path.endsWith(`.${name}`));
  const [first] = same;
  const known = [...FIXED_COLUMNS.map(column => column.name), 'round', ...varying.map(column => column.name)];
  const there = `there are: ${known.join(', ')}`;
  if (first && same.length === 1) {
    return new UserError('column-constant', `${first[0]} is ${valueText(first[1])} in all tasks`, {hint: there});
  }
  const meant = didYouMean(name, [...known, ...known.map(each => each.slice(each.lastIndexOf('.') + 1))]);
  return new UserError('column-unknown', `no column "${name}"`, {
    hint: meant === undefined ? there : `did you mean ${meant}? ${there}`,
  });
}
