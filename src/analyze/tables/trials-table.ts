import type {Label} from '../../core/trial.ts';
import {listLabels} from '../trials/columns.ts';
import {isScored, listReportedMetrics, type TrialRow} from '../trials/trial-row.ts';
import {
  boolean,
  defineTable,
  integer,
  number,
  text,
  time,
  type ColumnDefinition,
  type ColumnType,
  type Table,
} from './table.ts';

const COLUMNS: Readonly<Record<string, ColumnDefinition<TrialRow>>> = {
  kind: text('`study`, `bench`, `suite`, …', ({kind}) => kind),
  set: text('id of the study, of the benchmark run, or name and run of the suite', ({set}) => set),
  trial_id: text('unique in its set', ({id}) => id),
  seed: integer('its seed; null where it has none', ({seed}) => seed),
  status: text('`succeeded`, `reused`, `skipped`, `failed`, `timeout`, `cancelled`, `started`', ({status}) => status),
  reason: text('why it ended so', ({reason}) => reason),
  is_scored: boolean('whether `mac results` counts its metrics: succeeded or reused', isScored),
  failed_evaluators: text('evaluators that failed, as a JSON list; null: none', ({failedEvaluators: failed}) =>
    failed.length === 0 ? null : failed,
  ),
  attempt: integer('the number of its last attempt', ({record}) => record.attempt),
  started_at_utc: time('when its last attempt started', ({record}) => record.started_at),
  finished_at_utc: time('when it ended', ({record}) => record.finished_at),
  duration_seconds: number('of the run, without evaluators', ({record}) => record.duration_seconds, 's'),
  prompt_tokens: integer('as it reported them', ({record}) => record.tokens?.prompt),
  completion_tokens: integer('as it reported them', ({record}) => record.tokens?.completion),
  total_tokens: integer('as it reported them', ({record}) => record.tokens?.total),
  exit_code: integer('of its process', ({record}) => record.exit_code),
  signal: text('that ended its process', ({record}) => record.signal),
  output_dir: text('folder of its files', ({record}) => record.output_dir),
  log_path: text('what its process printed', ({record}) => record.log_path),
  grid: text('id of the run that executed it', ({record}) => record.grid_id),
  task_key: text('hash of all that would change the result', ({record}) => record.task_key),
  config_sha256: text('of `effective_config.yaml` in its folder', ({record}) => record.config_sha256),
};

/** The table of trials, with a column for every label and every metric that they have. */
export function trialsTable(rows: readonly TrialRow[] = []): Table<TrialRow> {
  const columns: Record<string, ColumnDefinition<TrialRow>> = {...COLUMNS};
  const addColumn = (name: string, prefix: string, column: ColumnDefinition<TrialRow>): void => {
    columns[chooseName(name, prefix, Object.keys(columns))] = column;
  };
  for (const label of listLabels(rows)) {
    const getValue = ({labels}: TrialRow): Label | undefined => labels.get(label);
    addColumn(label, 'label_', {type: inferType(rows.map(getValue)), meaning: `label \`${label}\``, getValue});
  }
  for (const id of listReportedMetrics(rows)) {
    addColumn(id, 'metric_', {type: 'number', meaning: `metric \`${id}\``, getValue: ({metrics}) => metrics.get(id)});
  }
  return defineTable({
    name: 'trials',
    meaning: 'one recorded trial of a study, benchmark run or suite; then one column for every label and every metric',
    key: ['kind', 'set', 'trial_id'],
    columns,
  });
}

/** Returns a name that no other column has; SQL tells no case apart. */
function chooseName(name: string, prefix: string, taken: readonly string[]): string {
  const used = new Set(taken.map(each => each.toLowerCase()));
  let chosen = used.has(name.toLowerCase()) ? `${prefix}${name}` : name;
  for (let n = 2; used.has(chosen.toLowerCase()); n++) chosen = `${prefix}${name}_${n}`;
  return chosen;
}

function inferType(values: readonly (Label | undefined)[]): ColumnType {
  const known = values.filter(value => value !== null && value !== undefined);
  if (known.length > 0 && known.every(value => typeof value === 'boolean')) return 'boolean';
  if (known.length > 0 && known.every(value => Number.isSafeInteger(value))) return 'integer';
  return known.length > 0 && known.every(value => typeof value === 'number') ? 'number' : 'text';
}
