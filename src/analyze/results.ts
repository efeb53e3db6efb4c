import type {Layout} from '../record/layout.ts';
import type {CellColumn} from './columns.ts';
import {controlsOf, familiesOf} from './controls.ts';
import type {Benchmark} from './metrics/benchmark.ts';
import {benchmarkOf} from './metrics/benchmarks.ts';
import {estimateCell, type CellEstimate} from './metrics/cell-estimates.ts';
import {countConversation} from './metrics/count-conversation.ts';
import {CountTable} from './metrics/count-table.ts';
import type {Discussion, Round, Unit} from './metrics/discussion/discussion.ts';
import type {DisplayOf} from './metrics/discussion/influence.ts';
import type {Problems} from './records/problems.ts';
import {QuestionFiles} from './records/question-files.ts';
import type {KnownTask} from './records/recorded-tasks.ts';
import {readTaskDiscussions, type TaskCoverage} from './records/task-discussions.ts';

/** What is known of one cell and one part of one benchmark in it. */
export interface CellResult {
  /** Values of the columns that tell cells apart. */
  readonly cell: Readonly<Record<string, string>>;
  readonly benchmark: string;
  /** BBQ's category, DiscrimEval's fill type, DifferenceAwareness' benchmark; parts of one in brackets. */
  readonly stratum: string;
  readonly round: Round;
  readonly tasks: number;
  readonly conversations: number;
  /** Questions of its tasks' files without a conversation that could be used; null when a file cannot be read. */
  readonly missing_questions: number | null;
  readonly estimates: readonly CellEstimate[];
  /** Metrics that mean nothing here, with the reason. */
  readonly refused: Readonly<Record<string, string>>;
}

export interface ResultOptions {
  readonly columns: readonly CellColumn[];
  readonly unit: Unit;
  /** One result a cell for each. */
  readonly rounds: readonly Round[];
  readonly draws: number;
  readonly problems: Problems;
}

/**
 * Scores tasks cell by cell. A family of tasks that can be each other's controls is read together; a cell is estimated as soon as no further task can add
 * to it, so that memory holds the counts of open cells and the answers of one family.
 */
export async function* scoreTasks(
  layout: Layout,
  tasks: readonly KnownTask[],
  options: ResultOptions,
): AsyncGenerator<CellResult> {
  const {problems} = options;
  const questions = new QuestionFiles(layout, problems);
  const awaited = countTasks(tasks, options.columns);
  const cells = new Map<string, Cell>();
  for (const family of familiesOf(tasks)) {
    const read: ReadTask[] = [];
    for (const task of family) {
      read.push({...task, task, ...(await readTaskDiscussions(layout, task, {questions, problems}))});
    }
    for (const task of read) {
      const key = keyOf(task.task, options.columns);
      let cell = cells.get(key);
      if (!cell) cells.set(key, (cell = new Cell(valuesOf(task.task, options.columns))));
      cell.add(task, read);
      const left = (awaited.get(key) ?? 0) - 1;
      awaited.set(key, left);
      if (left > 0) continue;
      yield* cell.results(options);
      cells.delete(key);
    }
  }
}

function valuesOf(task: KnownTask, columns: readonly CellColumn[]): Record<string, string> {
  return Object.fromEntries(columns.map(({name, valueOf}) => [name, valueOf(task)]));
}

function keyOf(task: KnownTask, columns: readonly CellColumn[]): string {
  return JSON.stringify(columns.map(({valueOf}) => valueOf(task)));
}

function countTasks(tasks: readonly KnownTask[], columns: readonly CellColumn[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const task of tasks) {
    const key = keyOf(task, columns);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

interface ReadTask extends KnownTask {
  /** The task itself: columns know it by identity. */
  readonly task: KnownTask;
  readonly discussions: readonly Discussion[];
  readonly coverage: TaskCoverage;
}

/** The counts of one cell while its tasks are read. */
class Cell {
  readonly #values: Readonly<Record<string, string>>;
  readonly #strata = new Map<string, Stratum>();
  #tasks = 0;
  #missing: number | null = 0;

  constructor(values: Readonly<Record<string, string>>) {
    this.#values = values;
  }

  add(task: ReadTask, family: readonly ReadTask[]): void {
    this.#tasks++;
    const {planned, used} = task.coverage;
    this.#missing = this.#missing === null || planned === null ? null : this.#missing + Math.max(0, planned - used);
    const {peersHidden, identityHidden} = controlsOf(task, family);
    this.#count(task, task, stratum => {
      stratum.conversations++;
      return stratum.own;
    });
    const displays = displaysOf(task);
    for (const control of peersHidden)
      this.#count(control, task, stratum => (stratum.peersHidden ??= new CountTable()));
    for (const control of identityHidden) {
      this.#count(control, task, stratum => (stratum.identityHidden ??= new CountTable()), displays);
    }
  }

  #count(
    source: ReadTask,
    {config}: ReadTask,
    tableOf: (stratum: Stratum) => CountTable,
    displays?: ReadonlyMap<string, string | null>,
  ): void {
    const rounds = config.conversation_config.max_rounds;
    for (const discussion of source.discussions) {
      const benchmark = benchmarkOf(discussion.question);
      const displayOf: DisplayOf | undefined =
        displays && (seat => displays.get(discussion.seats[seat]?.agentId ?? '') ?? null);
      for (const name of benchmark.strata(discussion.question)) {
        const table = tableOf(this.#stratum(benchmark, name));
        countConversation(table, discussion, {benchmark, rounds, ...(displayOf ? {displayOf} : {})});
      }
    }
  }

  #stratum(benchmark: Benchmark, name: string): Stratum {
    const key = `${benchmark.name}/${name}`;
    let stratum = this.#strata.get(key);
    if (!stratum) this.#strata.set(key, (stratum = {benchmark, name, own: new CountTable(), conversations: 0}));
    return stratum;
  }

  *results({unit, rounds, draws}: ResultOptions): Generator<CellResult> {
    for (const {benchmark, name, own, conversations, ...controls} of this.#strata.values()) {
      if (conversations === 0) continue;
      const seed = JSON.stringify([this.#values, benchmark.name, name]);
      for (const round of rounds) {
        yield {
          cell: this.#values,
          benchmark: benchmark.name,
          stratum: name,
          round,
          tasks: this.#tasks,
          conversations,
          missing_questions: this.#missing,
          estimates: estimateCell(own, {benchmark, unit, round, draws, seed, ...controls}),
          refused: benchmark.refused,
        };
      }
    }
  }
}

interface Stratum {
  readonly benchmark: Benchmark;
  readonly name: string;
  readonly own: CountTable;
  conversations: number;
  peersHidden?: CountTable;
  identityHidden?: CountTable;
}

/** How a task's agents appear to each other. */
function displaysOf({discussions}: ReadTask): ReadonlyMap<string, string | null> {
  return new Map(discussions.flatMap(({seats}) => seats.map(({agentId, display}) => [agentId, display] as const)));
}
