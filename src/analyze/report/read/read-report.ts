import type {ResultsCache} from '../../cache/results-cache.ts';
import {ROUND_METRICS} from '../../figures/answers-by-round.ts';
import type {MetricChoice} from '../../score/results.ts';
import {Problems} from '../../records/problems.ts';
import {QuestionFiles} from '../../records/question-files.ts';
import {scoreSelection, type Results} from '../../score/read-results.ts';
import {readSelection, type Selection} from '../../select/select-tasks.ts';
import {heatMapFactors} from '../../figures/heat-map.ts';
import type {Unit} from '../../metrics/discussion/discussion.ts';
import {varyingColumns} from '../../select/columns.ts';
import type {Layout} from '../../../record/layout.ts';
import {readFactorEffects, type Effects} from './factor-effects.ts';
import {findFactors, isBenchmarkFactor, type Factor} from './factors.ts';
import {readGrids, type Grids} from './grid-facts.ts';
import {readRecordedCalls, type RecordedCalls} from './recorded-calls.ts';
import {readRunLog, type RunLog} from './run-log.ts';
import {readSlurmJobs, type SlurmJobs} from '../slurm-jobs.ts';
import {readSpending, type Spending} from './spending.ts';

/** Most tasks that are shown one by one without being asked for: with more the page would not open. */
export const MOST_TASKS_SHOWN = 200;

/** Most factors, and most levels of one, with a table. */
const MOST_FACTORS = 8;
export const MOST_LEVELS = 40;

export interface ReportRequest {
  readonly selector: string;
  /** Names of columns that distinguish cells; by default one cell a task. */
  readonly by?: readonly string[] | undefined;
  readonly unit: Unit;
  readonly draws: number;
  /** A cache, since several parts of the report read the same records. */
  readonly cache?: ResultsCache | undefined;
}

/** Counts about the conversations of some tasks. */
export interface ConversationCounts {
  /** Null when a question file cannot be read. */
  readonly planned: number | null;
  readonly succeeded: number;
  readonly partial: number;
  readonly failed: number;
}

/** The request, as other commands take it. */
export interface Asked {
  /** The selection; never `latest`, which may mean another one tomorrow. */
  readonly of: string;
  readonly unit: Unit;
  readonly draws: number;
}

/** All data of a report, before they are put into words. */
export interface ReportData extends Grids {
  readonly selection: Selection;
  readonly asked: Asked;
  readonly factors: readonly Factor[];
  readonly conversations: ConversationCounts;
  readonly runLog: RunLog;
  readonly spending: Spending;
  readonly calls: RecordedCalls;
  /** One cell a task, or as asked for; null when there are too many tasks. */
  readonly byCell: Results | null;
  /** One cell a level, for factors with few levels. */
  readonly byFactor: readonly {readonly factor: Factor; readonly results: Results}[];
  /** Submissions of the grids, if any. */
  readonly slurm: readonly SlurmJobs[];
  /** Effects of the factors, with all else equal. */
  readonly effects: Effects;
  /** All tasks together, in every round. */
  readonly byRound: Results;
  /** All tasks together, in the last round. */
  readonly overall: Results;
  /** By persona and demographics of an agent; null when they do not both vary. */
  readonly byPersona: Results | null;
}

/**
 * Reads and scores all that a report shows.
 *
 * @throws UserError as `readSelection` and `columnsNamed`.
 */
export async function readReport(layout: Layout, request: ReportRequest): Promise<ReportData> {
  const problems = new Problems();
  const selection = await readSelection(layout, request.selector, problems, request.cache);
  const {tasks} = selection;
  const {unit, draws, cache} = request;
  const score = (by: readonly string[] | undefined, metrics: MetricChoice): Promise<Results> =>
    scoreSelection(layout, selection, {unit, round: 'last', draws, problems, by, metrics, cache});
  const showsTasks = request.by !== undefined || tasks.length <= MOST_TASKS_SHOWN;
  const byCell = showsTasks ? await score(request.by, 'main') : null;
  const factors = findFactors(tasks);
  const byFactor: {factor: Factor; results: Results}[] = [];
  for (const factor of factors.filter(({levels}) => levels.size <= MOST_LEVELS).slice(0, MOST_FACTORS)) {
    // Parts of benchmarks are shown everywhere.
    if (!isBenchmarkFactor(factor)) byFactor.push({factor, results: await score([factor.name], 'main')});
  }
  const grids = await readGrids(layout, selection);
  const personas = heatMapFactors(varyingColumns(tasks).map(({name}) => name));
  return {
    ...grids,
    selection,
    asked: {of: request.selector === 'latest' ? selection.name : request.selector, unit, draws},
    factors,
    conversations: await countConversations(layout, selection),
    runLog: await readRunLog(layout, tasks),
    spending: await readSpending(layout, tasks),
    calls: await readRecordedCalls(layout, tasks),
    byCell,
    byFactor,
    slurm: await readSlurmJobs(
      layout,
      grids.grids.map(({id}) => id),
    ),
    effects: await readFactorEffects(layout, {tasks, factors}, {unit, draws, cache}),
    overall: await score([], 'all'),
    byRound: await score(['round'], ROUND_METRICS),
    byPersona: personas ? await score([personas.persona, personas.demographics], 'main') : null,
  };
}

async function countConversations(layout: Layout, {tasks, questionLimits}: Selection): Promise<ConversationCounts> {
  const files = new QuestionFiles(layout, new Problems());
  const counts = {succeeded: 0, partial: 0, failed: 0};
  let planned: number | null = 0;
  for (const {config, gridSnapshotPath, references} of tasks) {
    for (const {status} of references) counts[status]++;
    const size = (await files.get(config.experiment_metadata.questions_file))?.byId.size;
    const limit = questionLimits.get(gridSnapshotPath ?? '') ?? Infinity;
    planned = planned === null || size === undefined ? null : planned + Math.min(size, limit);
  }
  return {planned, ...counts};
}
