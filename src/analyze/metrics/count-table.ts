import type {Question} from '../../questions/question.ts';
import type {ClusterCounts} from '../statistics/cluster-bootstrap.ts';

/** Adds to a named count. */
export type Counter = (column: string, amount?: number) => void;

/** Counts about one question. */
export interface QuestionCounts {
  readonly question: Question;
  /** Questions of one cluster (a template, a scenario) vary together. */
  readonly cluster: string;
  readonly counts: NamedCounts;
}

/** Counts by column; undefined where nothing was counted. */
export interface NamedCounts extends Iterable<readonly [column: string, amount: number]> {
  get(column: string): number | undefined;
}

/** Counts whose rows have names. */
export interface NamedClusterCounts extends ClusterCounts {
  readonly names: readonly string[];
}

/**
 * Named counts by question, as the metrics of a cell need them, for any number of conversations. Columns become
 * positions in a list: a conversation counts into a hundred columns, and looking each up by its whole name cost more
 * than reading the conversation.
 */
export class CountTable {
  readonly #positions = new Map<string, number>();
  readonly #names: string[] = [];
  /** By scope, the positions of the columns within it. */
  readonly #scopes = new Map<string, Map<string, number>>();
  readonly #rows = new Map<string, Row>();

  /**
   * Adds a question.
   *
   * @returns a function from what the columns begin with to a counter for the rest of their names.
   */
  counters(question: Question, cluster: string): (scope: string) => Counter {
    let row = this.#rows.get(question.question_id);
    if (!row) this.#rows.set(question.question_id, (row = {question, cluster, amounts: []}));
    const {amounts} = row;
    return scope => {
      const positions = this.#positionsInScope(scope);
      return (column, amount = 1) => {
        let position = positions.get(column);
        if (position === undefined) positions.set(column, (position = this.#assignPosition(scope + column)));
        amounts[position] = (amounts[position] ?? 0) + amount;
      };
    };
  }

  #positionsInScope(scope: string): Map<string, number> {
    let positions = this.#scopes.get(scope);
    if (!positions) this.#scopes.set(scope, (positions = new Map<string, number>()));
    return positions;
  }

  #assignPosition(column: string): number {
    let position = this.#positions.get(column);
    if (position === undefined) this.#positions.set(column, (position = this.#names.push(column) - 1));
    return position;
  }

  *rows(): Generator<QuestionCounts> {
    for (const {question, cluster, amounts} of this.#rows.values()) {
      yield {question, cluster, counts: new RowCounts(this.#names, this.#positions, amounts)};
    }
  }

  /** Returns the names of all columns with counts. */
  columns(): readonly string[] {
    return this.#names;
  }

  /** Adds another table's counts, their columns prefixed. */
  absorb(
    other: CountTable,
    options: {readonly scope?: string; readonly only?: (questionId: string) => boolean} = {},
  ): void {
    const {scope = '', only = () => true} = options;
    for (const {question, cluster, counts} of other.rows()) {
      if (!only(question.question_id)) continue;
      const count = this.counters(question, cluster)(scope);
      for (const [column, amount] of counts) count(column, amount);
    }
  }

  has(questionId: string): boolean {
    return this.#rows.has(questionId);
  }

  /** Returns sums over all questions. */
  totals(): Map<string, number> {
    const totals = new Map<string, number>();
    for (const {counts} of this.rows()) {
      for (const [column, amount] of counts) totals.set(column, (totals.get(column) ?? 0) + amount);
    }
    return totals;
  }

  /** Returns sums of some columns by cluster, for all clusters in the order of their names. */
  byCluster(columns: readonly string[]): NamedClusterCounts {
    const names = [...new Set([...this.#rows.values()].map(({cluster}) => cluster))].sort();
    const starts = new Map(names.map((name, row) => [name, row * columns.length]));
    const positions = columns.map(column => this.#positions.get(column) ?? -1);
    const values = new Float64Array(names.length * columns.length);
    for (const {cluster, amounts} of this.#rows.values()) {
      const start = starts.get(cluster) ?? 0;
      for (let i = 0; i < positions.length; i++) {
        const amount = amounts[positions[i] ?? -1];
        if (amount !== undefined) values[start + i] = (values[start + i] ?? 0) + amount;
      }
    }
    return {rows: names.length, columns: columns.length, values, names};
  }
}

interface Row {
  readonly question: Question;
  readonly cluster: string;
  /** By the columns' positions, with holes. */
  readonly amounts: (number | undefined)[];
}

class RowCounts implements NamedCounts {
  readonly #names: readonly string[];
  readonly #positions: ReadonlyMap<string, number>;
  readonly #amounts: readonly (number | undefined)[];

  constructor(
    names: readonly string[],
    positions: ReadonlyMap<string, number>,
    amounts: readonly (number | undefined)[],
  ) {
    this.#names = names;
    this.#positions = positions;
    this.#amounts = amounts;
  }

  get(column: string): number | undefined {
    const position = this.#positions.get(column);
    return position === undefined ? undefined : this.#amounts[position];
  }

  *[Symbol.iterator](): Generator<readonly [string, number]> {
    for (const [position, amount] of this.#amounts.entries()) {
      if (amount !== undefined) yield [this.#names[position] ?? '', amount];
    }
  }
}
