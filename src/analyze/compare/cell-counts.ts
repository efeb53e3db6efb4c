import type {Question} from '../../questions/question.ts';
import type {Benchmark, Stratum} from '../metrics/benchmark.ts';
import {findBenchmark} from '../metrics/benchmarks.ts';
import {countConversation} from '../metrics/count-conversation.ts';
import {CountTable} from '../metrics/count-table.ts';
import type {Discussion} from '../metrics/discussion/discussion.ts';
import {countEnding, type Ending} from '../metrics/endings.ts';
import type {ComparedMetric} from './compared-metric.ts';

/** The metrics of one benchmark that are compared. */
export interface MetricPlan {
  readonly metrics: readonly ComparedMetric[];
  /** The columns that they need, once each. */
  readonly columns: readonly string[];
}

export interface QuestionSums {
  readonly question: Question;
  readonly cluster: string;
  /** In the order of the plan's columns. */
  readonly sums: Float64Array;
  /** More than one where a task was repeated. */
  readonly conversations: number;
}

/** One stratum in one task or several, with only what the compared metrics need: grids are large. */
export interface StratumCounts {
  readonly benchmark: Benchmark;
  readonly stratum: Stratum;
  readonly plan: MetricPlan;
  readonly questions: ReadonlyMap<string, QuestionSums>;
}

/** By benchmark and stratum. */
export type CellCounts = ReadonlyMap<string, StratumCounts>;

/** The counts of one task: answers of conversations that can be scored, and how all conversations ended. */
export interface TaskCounts {
  readonly answers: CellCounts;
  readonly endings: CellCounts;
}

/** Counts the conversations of one task. @param rounds as planned. */
export function countTask(
  discussions: readonly Discussion[],
  {rounds, planFor}: {readonly rounds: number; readonly planFor: (benchmark: Benchmark) => MetricPlan},
): CellCounts {
  return countStrata(discussions, planFor, (table, discussion, benchmark) => {
    countConversation(table, discussion, {benchmark, rounds});
  });
}

/** Counts how the conversations of one task ended, scored or not. Skips benchmarks whose plan has no such metric. */
export function countEndings(endings: readonly Ending[], planFor: (benchmark: Benchmark) => MetricPlan): CellCounts {
  const wanted = endings.filter(({question}) => planFor(findBenchmark(question)).metrics.length > 0);
  return countStrata(wanted, planFor, (table, ending, benchmark) => countEnding(table, ending, {benchmark}));
}

function countStrata<Counted extends {readonly question: Question}>(
  all: readonly Counted[],
  planFor: (benchmark: Benchmark) => MetricPlan,
  count: (table: CountTable, counted: Counted, benchmark: Benchmark) => void,
): CellCounts {
  const strata = new Map<
    string,
    {readonly benchmark: Benchmark; readonly stratum: Stratum; readonly table: CountTable}
  >();
  for (const counted of all) {
    const benchmark = findBenchmark(counted.question);
    for (const stratum of benchmark.strata(counted.question)) {
      const key = `${benchmark.name}/${stratum.name}`;
      let known = strata.get(key);
      if (!known) strata.set(key, (known = {benchmark, stratum, table: new CountTable()}));
      count(known.table, counted, benchmark);
    }
  }
  return new Map(
    [...strata].map(([key, {benchmark, stratum, table}]) => {
      const plan = planFor(benchmark);
      return [key, {benchmark, stratum, plan, questions: sumByQuestion(table, plan)}] as const;
    }),
  );
}

function sumByQuestion(table: CountTable, {columns}: MetricPlan): Map<string, QuestionSums> {
  const questions = new Map<string, QuestionSums>();
  for (const {question, cluster, counts} of table.rows()) {
    const sums = Float64Array.from(columns, column => counts.get(column) ?? 0);
    questions.set(question.question_id, {question, cluster, sums, conversations: 1});
  }
  return questions;
}

/** Merges tasks (averaged repetitions, or question files) into one cell; undefined when none has the stratum. */
export function mergeCells(cells: readonly CellCounts[], key: string): StratumCounts | undefined {
  const parts = cells.flatMap(cell => cell.get(key) ?? []);
  const [first, ...rest] = parts;
  if (!first || rest.length === 0) return first;
  const questions = new Map(first.questions);
  for (const [id, added] of rest.flatMap(part => [...part.questions])) {
    const known = questions.get(id);
    questions.set(id, known ? addSums(known, added) : added);
  }
  return {...first, questions};
}

function addSums(one: QuestionSums, other: QuestionSums): QuestionSums {
  return {
    ...one,
    sums: one.sums.map((amount, i) => amount + (other.sums[i] ?? 0)),
    conversations: one.conversations + other.conversations,
  };
}
