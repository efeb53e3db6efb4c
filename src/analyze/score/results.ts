import {mapConcurrently, MAX_OPEN_FILES} from '../../core/concurrency.ts';
import type {Question} from '../../questions/question.ts';
import type {Layout} from '../../record/layout.ts';
import {agentGroups, type AgentColumn} from './agent-columns.ts';
import type {CellResult, Scored, UnknownCell} from './cell-result.ts';
import {CachedEntries} from '../cache/cached-entries.ts';
import {computeChecksum} from '../cache/cache-lines.ts';
import type {ResultsCache} from '../cache/results-cache.ts';
import {countCell, type CellPart, type ReadTask} from './cell.ts';
import type {CellColumn} from '../select/columns.ts';
import {findControls, groupIntoFamilies} from '../select/controls.ts';
import {ENDING_METRIC_IDS, listMainMetrics} from '../metrics/main-metrics.ts';
import {estimateCell, listMetricIds, refusedMetrics} from '../metrics/cell-estimates.ts';
import type {Round, Unit} from '../metrics/discussion/discussion.ts';
import {POSITION} from '../metrics/positions.ts';
import {ConversationReader} from '../records/conversation-reader.ts';
import type {Problems} from '../records/problems.ts';
import {QuestionFiles} from '../records/question-files.ts';
import {readAhead} from '../records/read-ahead.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';
import {readTaskConversations} from '../records/task-conversations.ts';
import type {Selection} from '../select/select-tasks.ts';

/** The metrics to estimate: every one, those that tables show, or some by id. Estimating is the slow part. */
export type MetricChoice = 'all' | 'main' | readonly string[];

export interface ResultOptions {
  /** The selection: requests that differ in it are cached apart. */
  readonly selection: string;
  readonly questionLimits: Selection['questionLimits'];
  readonly columns: readonly CellColumn[];
  /** With any, a task is in a cell for each value of its agents, with only their answers. Only of unit `agent`. */
  readonly agentColumns?: readonly AgentColumn[];
  readonly unit: Unit;
  /** One result a cell for each. */
  readonly rounds: readonly Round[];
  /** True if these are all rounds, told apart: then metrics of whole conversations are left out. */
  readonly isByRound?: boolean;
  readonly draws: number;
  readonly metrics: MetricChoice;
  readonly problems: Problems;
  /** Counts where the conversations came from. */
  readonly tally?: {read: number; cached: number};
  readonly cache?: ResultsCache | undefined;
}

/** Conversations that are read before a cell asks for them. */
const READ_AHEAD = 5_000;

/**
 * Scores tasks cell by cell. A family of tasks that can be each other's controls is read together; a cell is counted
 * and estimated as soon as no further task can add to it, so that memory holds the conversations of open cells, packed,
 * and the counts of one.
 *
 * @returns the cells in the order of their first tasks, whichever was complete first; the parts of each by benchmark
 * and name.
 */
export async function scoreTasks(layout: Layout, tasks: readonly KnownTask[], options: ResultOptions): Promise<Scored> {
  const {problems, tally, cache} = options;
  const questions = new QuestionFiles(layout, problems);
  // All of them first: families are read side by side, and what is wrong is told in the same order every time.
  for (const {config} of tasks) await questions.get(config.experiment_metadata.questions_file);
  const reader = new ConversationReader(layout);
  const cellCache = await CachedEntries.open<readonly CellResult[]>(cache, {
    kind: 'cells',
    name: JSON.stringify(describeRequest(options)),
  });
  const readFamily = (family: readonly KnownTask[]): Promise<ReadTask[]> =>
    mapConcurrently(family, MAX_OPEN_FILES, async task => ({
      ...task,
      task,
      records: await readTaskConversations(layout, task, {questions, cache, reader}),
      planned: await plannedQuestions(task, questions, options),
    }));
  const cells = openCells(tasks, options);
  const scored = new Map<string, readonly CellResult[]>([...cells.keys()].map(key => [key, []]));
  const unknown: UnknownCell[] = [];
  try {
    for await (const family of readAhead(groupIntoFamilies(tasks), readFamily, {
      most: READ_AHEAD,
      getSize: countReferences,
    })) {
      for (const task of family) {
        problems.absorb(task.records.problems);
        if (tally) tally.read += task.records.read;
        if (tally) tally.cached += task.records.cached;
        for (const {key, agentIds} of listPlaces(task.task, options)) {
          const cell = cells.get(key);
          if (!cell) continue;
          cell.parts.push({task, controls: findControls(task, family), agentIds});
          if (cell.parts.length < cell.tasks) continue;
          cells.delete(key);
          const results = scoreCell(cell, options, cellCache);
          scored.set(key, results);
          if (results.length === 0) unknown.push(unknownCell(cell));
        }
      }
    }
    await cellCache.save();
  } finally {
    await reader.close();
  }
  return {cells: [...scored.values()].flat(), unknown};
}

/** The first ones of its file, as far as `--limit` goes; null when the file cannot be read. */
async function plannedQuestions(
  {config, gridSnapshotPath}: KnownTask,
  files: QuestionFiles,
  {questionLimits}: ResultOptions,
): Promise<readonly Question[] | null> {
  const known = await files.get(config.experiment_metadata.questions_file);
  return known && [...known.byId.values()].slice(0, questionLimits.get(gridSnapshotPath ?? ''));
}

/** All that cells have their results from beside their conversations. */
function describeRequest({columns, agentColumns = [], isByRound = false, ...options}: ResultOptions): unknown {
  const {selection, unit, rounds, draws, metrics} = options;
  const names = [...columns, ...agentColumns].map(({name}) => name);
  return {selection, columns: names, unit, rounds, isByRound, draws, metrics};
}

function countReferences(family: readonly KnownTask[]): number {
  return family.reduce((sum, {references}) => sum + references.length, 0);
}

/** A cell whose tasks are being read. */
interface OpenCell {
  /** Of the columns that tell cells apart. */
  readonly values: Readonly<Record<string, string>>;
  /** Number of tasks that belong to it. */
  tasks: number;
  /** Those that have been read. */
  readonly parts: CellPart[];
}

function openCells(tasks: readonly KnownTask[], options: ResultOptions): Map<string, OpenCell> {
  const cells = new Map<string, OpenCell>();
  for (const {key, values} of tasks.flatMap(task => listPlaces(task, options))) {
    const cell = cells.get(key);
    if (cell) cell.tasks++;
    else cells.set(key, {values, tasks: 1, parts: []});
  }
  return cells;
}

/** A cell that a task belongs to. */
interface Place {
  readonly key: string;
  readonly values: OpenCell['values'];
  readonly agentIds: ReadonlySet<string> | undefined;
}

function listPlaces(task: KnownTask, {columns, agentColumns = []}: ResultOptions): Place[] {
  const values = Object.fromEntries(columns.map(({name, getValue}) => [name, getValue(task)]));
  if (agentColumns.length === 0) return [{key: JSON.stringify(values), values, agentIds: undefined}];
  return agentGroups(task.config, agentColumns).map(group => {
    const all = {...values, ...group.values};
    return {key: JSON.stringify(all), values: all, agentIds: group.agentIds};
  });
}

function scoreCell(
  cell: OpenCell,
  options: ResultOptions,
  cache: CachedEntries<readonly CellResult[]>,
): readonly CellResult[] {
  const key = computeChecksum(JSON.stringify([cell.values, cell.parts.map(describeContent)]));
  const known = cache.get(key);
  if (known) return known;
  const results = [...estimateParts(cell, options)];
  cache.keep(key, results);
  return results;
}

function unknownCell({values, tasks, parts}: OpenCell): UnknownCell {
  const isFileRead = parts.every(({task}) => task.planned !== null);
  const reason = isFileRead ? 'its tasks were to ask no question' : 'its questions cannot be read';
  return {cell: values, tasks, reason};
}

function describeContent({task, controls, agentIds}: CellPart): unknown {
  const contentKeys = (tasks: readonly ReadTask[]): string[] => tasks.map(({records}) => records.contentKey);
  return [
    task.records.contentKey,
    task.planned?.length ?? null,
    contentKeys(controls.peersHidden),
    contentKeys(controls.identityHidden),
    [...(agentIds ?? [])],
  ];
}

/** Undefined: all. What warnings are about is always estimated with the main metrics. */
function createMetricFilter(benchmark: string, metrics: MetricChoice): ((id: string) => boolean) | undefined {
  if (metrics === 'all') return undefined;
  const ids = new Set<string>(metrics === 'main' ? [...listMainMetrics(benchmark), ...ENDING_METRIC_IDS] : metrics);
  return id => ids.has(id) || (metrics === 'main' && id.startsWith(POSITION));
}

function* estimateParts({values, parts}: OpenCell, options: ResultOptions): Generator<CellResult> {
  const {unit, rounds, draws, metrics, isByRound: isOfRound = false} = options;
  const isOfAgents = parts.some(({agentIds}) => agentIds !== undefined);
  for (const {benchmark, stratum, own, endings, conversations, missing, ...controls} of countCell(parts, {
    unit,
    rounds,
  })) {
    const wanted = createMetricFilter(benchmark.name, metrics);
    for (const round of rounds) {
      const about = {benchmark, unit, round, isOfAgents, isOfRound, endings, ...controls};
      yield {
        cell: values,
        benchmark: benchmark.name,
        stratum: stratum.name,
        isPart: stratum.isPart,
        round,
        tasks: parts.length,
        conversations,
        missing_questions: missing,
        estimates: estimateCell(own, {...about, draws, wanted, isGrouped: metrics !== 'main'}),
        metrics: listMetricIds(own, about),
        refused: refusedMetrics(about),
      };
    }
  }
}
