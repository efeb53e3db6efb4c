import type {TaskConfig} from '../../core/task-config.ts';
import {jsonTimestamp} from '../../record/disk/timestamps.ts';
import {parseGridName, joinModelNames, varyingParameters} from '../select/columns.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';
import {
  boolean,
  integer,
  text,
  time,
  type ColumnDefinition,
  type ColumnType,
  defineTable,
  type Table,
} from './table.ts';

export interface TaskSource {
  readonly task: KnownTask;
  /** Questions of its file; null when that cannot be read. */
  readonly questionCount: number | null;
}

const COLUMNS: Readonly<Record<string, ColumnDefinition<TaskSource>>> = {
  task_id: text('name of its config snapshot, unique in a workspace', ({task}) => task.id),
  grid: text('name of its grid snapshot', ({task}) => parseGridName(task)),
  experiment: text('`experiment_name`', ({task}) => task.config.experiment_metadata.experiment_name),
  benchmark: text('`benchmark_subcategory`', ({task}) => task.config.experiment_metadata.benchmark_subcategory),
  task_questions_file: text(
    '`questions_file` of its questions, as the config names it',
    ({task}) => task.config.experiment_metadata.questions_file,
  ),
  config_snapshot_path: text('where its whole config stands', ({task}) => task.configSnapshotPath),
  job_task_id: text('`{pid}_{task}` of the run', ({task}) => task.jobTaskId),
  submitted_at_utc: time('when it was submitted', ({task}) =>
    task.submittedAtMs === null ? null : jsonTimestamp(task.submittedAtMs),
  ),
  models: text("names of the models of its agents, joined by ' + '", ({task}) => joinModelNames(task)),
  agent_count: integer('agents', ({task}) => task.config.agent_definitions.length),
  routing: text('who sees whom', ({task}) => task.config.conversation_config.routing_strategy),
  max_rounds: integer('rounds that are planned', ({task}) => task.config.conversation_config.max_rounds),
  reveal_persona: boolean('whether personas are shown', ({task}) => revealConfig(task.config)?.reveal_persona),
  reveal_demographics: boolean(
    'whether demographics are shown',
    ({task}) => revealConfig(task.config)?.reveal_demographics,
  ),
  reveal_presence_mode: boolean(
    'whether it is shown who speaks as a human and who as an assistant',
    ({task}) => revealConfig(task.config)?.reveal_presence_mode,
  ),
  config_seed: integer('`conversation_config.seed`', ({task}) => task.config.conversation_config.seed),
  schema_version: text('of the config', ({task}) => task.config.experiment_metadata.schema_version),
  compatibility: text('`reference`: as the older system', ({task}) => task.config.compatibility),
  question_count: integer('questions of its file; null when that cannot be read', ({questionCount}) => questionCount),
  conversation_count: integer('questions with a record', ({task}) => task.references.length),
  succeeded_count: integer('of them succeeded', ({task}) => countWithStatus(task, 'succeeded')),
  partial_count: integer('of them ended before the last round', ({task}) => countWithStatus(task, 'partial')),
  failed_count: integer('of them ended before the end of the first round', ({task}) => countWithStatus(task, 'failed')),
};

/** Absent in some configs of the older system. */
function revealConfig(config: Partial<TaskConfig>): TaskConfig['identity_reveal_config'] | undefined {
  return config.identity_reveal_config;
}

function countWithStatus({references}: KnownTask, status: string): number {
  return references.filter(reference => reference.status === status).length;
}

/** The table of tasks, with a column for every parameter in which they differ. */
export function tasksTable(tasks: readonly KnownTask[] = []): Table<TaskSource> {
  return defineTable({
    name: 'tasks',
    meaning: 'one task with records; after these columns one for every parameter in which the selected tasks differ',
    key: ['task_id'],
    columns: {...COLUMNS, ...parameterColumns<TaskSource>(tasks, Object.keys(COLUMNS))},
  });
}

/**
 * The parameters in which tasks differ as columns, each named by its path in the config: `agent_definitions.0.persona`.
 * Their types follow from the values.
 *
 * @param taken names of other columns of the table; SQL tells no case apart.
 */
export function parameterColumns<Source extends {readonly task: KnownTask}>(
  tasks: readonly KnownTask[],
  taken: readonly string[],
): Record<string, ColumnDefinition<Source>> {
  const used = new Set(taken.map(name => name.toLowerCase()));
  const columns: Record<string, ColumnDefinition<Source>> = {};
  for (const {path, getValue} of varyingParameters(tasks)) {
    if (taken.includes(path)) continue;
    let name = path;
    for (let n = 2; used.has(name.toLowerCase()); n++) name = `${path}_${n}`;
    used.add(name.toLowerCase());
    columns[name] = {
      type: inferType(tasks.map(getValue)),
      meaning: `\`${path}\` of the task's config`,
      getValue: ({task}) => getValue(task),
    };
  }
  return columns;
}

function inferType(values: readonly unknown[]): ColumnType {
  const known = values.filter(value => value !== null && value !== undefined);
  if (known.every(value => typeof value === 'boolean')) return 'boolean';
  if (known.every(value => Number.isSafeInteger(value))) return 'integer';
  return known.every(value => typeof value === 'number') ? 'number' : 'text';
}
