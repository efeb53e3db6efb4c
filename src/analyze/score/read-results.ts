import {UserError} from '../../core/errors.ts';
import type {Layout} from '../../record/layout.ts';
import {agentColumnsNamed, isAgentColumn} from './agent-columns.ts';
import type {ResultsCache} from '../cache/results-cache.ts';
import {columnsNamed, varyingColumns, type CellColumn} from '../select/columns.ts';
import type {Round, Unit} from '../metrics/discussion/discussion.ts';
import {Problems, type Problem} from '../records/problems.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';
import {mostRounds, refuseUnknownRound} from '../select/refuse-round.ts';
import {scoreTasks, type MetricChoice} from './results.ts';
import type {CellResult, UnknownCell} from './cell-result.ts';
import {readSelection, type Selection} from '../select/select-tasks.ts';
import {findWarnings, type AnswerWarning} from './warnings.ts';

export interface Results {
  readonly selection: string;
  /** The columns that distinguish cells. */
  readonly columns: readonly string[];
  readonly unit: Unit;
  readonly tasks: number;
  /** Tasks of the grid without any record. */
  readonly missing_tasks: readonly string[];
  /** Grids left out because they have no record. */
  readonly idle_grids: readonly string[];
  /** Number of transcripts read now and read before. */
  readonly transcripts: {readonly read: number; readonly cached: number};
  /** Also those in which nothing could be scored: with no conversation, and a reason in place of every value. */
  readonly cells: readonly CellResult[];
  /** Cells without any row, because it is not known what they were to ask. */
  readonly unknown_cells: readonly UnknownCell[];
  readonly problems: readonly Problem[];
  /** Warnings about numbers that do not mean what they seem to. */
  readonly warnings: readonly AnswerWarning[];
}

export interface ResultRequest {
  /** As `readSelection` takes it. */
  readonly selector: string;
  /** Names of columns; by default one cell a task. */
  readonly by?: readonly string[] | undefined;
  readonly unit: Unit;
  readonly round: Round;
  readonly draws: number;
  /** By default all. */
  readonly metrics?: MetricChoice | undefined;
  /** Without one, every transcript is read and everything is computed. */
  readonly cache?: ResultsCache | undefined;
}

/** A column that is no property of a task: one cell for each round. */
const ROUND_COLUMN = 'round';

/**
 * Scores everything that a user selects, cell by cell.
 *
 * @throws UserError as `readSelection`, `columnsNamed` and `agentColumnsNamed`.
 */
export async function readResults(layout: Layout, request: ResultRequest): Promise<Results> {
  const problems = new Problems();
  const selection = await readSelection(layout, request.selector, problems, request.cache);
  return scoreSelection(layout, selection, {...request, problems});
}

/**
 * Scores selected tasks, cell by cell.
 *
 * @param request.problems found so far; they are part of the result, and those of the transcripts are added to a copy.
 * @throws UserError as `columnsNamed`, `agentColumnsNamed` and `refuseUnknownRound`; `column-repeated`.
 */
export async function scoreSelection(
  layout: Layout,
  selection: Selection,
  request: Omit<ResultRequest, 'selector'> & {readonly problems: Problems},
): Promise<Results> {
  const {tasks} = selection;
  // Scored again, the same transcripts have the same problems.
  const problems = request.problems.copy();
  const byRound = request.by?.includes(ROUND_COLUMN) ?? false;
  if (!byRound) refuseUnknownRound(request.round, tasks);
  refuseRepeated(request.by ?? []);
  const agentColumns = agentColumnsNamed(request.by?.filter(isAgentColumn) ?? [], request.unit);
  const columns = chooseColumns(
    tasks,
    request.by?.filter(name => name !== ROUND_COLUMN && !isAgentColumn(name)),
  );
  refuseRepeated(columns.map(({name}) => name));
  const tally = {read: 0, cached: 0};
  const {cells, unknown} = await scoreTasks(layout, tasks, {
    selection: selection.name,
    questionLimits: selection.questionLimits,
    columns,
    agentColumns,
    unit: request.unit,
    isByRound: byRound,
    rounds: byRound ? allRounds(tasks) : [request.round],
    draws: request.draws,
    metrics: request.metrics ?? 'all',
    problems,
    tally,
    cache: request.cache,
  });
  return {
    selection: selection.name,
    columns: [...columns, ...agentColumns].map(({name}) => name),
    unit: request.unit,
    tasks: tasks.length,
    missing_tasks: selection.missing,
    idle_grids: selection.idle,
    transcripts: tally,
    cells,
    unknown_cells: unknown,
    problems: problems.list(),
    warnings: findWarnings(cells, {isOrderVaried: tasks.every(variesOrder)}),
  };
}

/** Refuses a column that is named twice, also by its end and in full: a slip for another one. */
function refuseRepeated(names: readonly string[]): void {
  const repeated = names.find((name, i) => names.indexOf(name) < i);
  if (repeated === undefined) return;
  throw new UserError('column-repeated', `--by names ${repeated} twice`, {hint: 'name every column once'});
}

/** Returns whether the order of choices varied between questions or repetitions. */
function variesOrder({config}: KnownTask): boolean {
  const {choice_order: order} = config.conversation_config as {readonly choice_order?: string};
  return order !== undefined && order !== 'fixed';
}

/** Returns the columns that were asked for, else those of one cell a task; names show only if parameters are equal. */
function chooseColumns(tasks: readonly KnownTask[], by: readonly string[] | undefined): CellColumn[] {
  if (by !== undefined) return columnsNamed(by, tasks);
  return [...columnsNamed(['task'], tasks), ...varyingColumns(tasks)];
}

function allRounds(tasks: readonly KnownTask[]): Round[] {
  return Array.from({length: mostRounds(tasks)}, (_, round) => round);
}
