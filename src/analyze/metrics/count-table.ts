import type {Question} from '../../questions/question.ts';
import type {ClusterCounts} from '../statistics/cluster-bootstrap.ts';

/** What was counted about one question. */
export interface QuestionCounts {
  readonly question: Question;
  /** Questions of one cluster (a template, a scenario) vary together. */
  readonly cluster: string;
  readonly counts: ReadonlyMap<string, number>;
}

/** Counts whose rows have names. */
export interface NamedClusterCounts extends ClusterCounts {
  readonly names: readonly string[];
}

/** Named counts by question: all that the metrics of a cell need, however many conversations went into it. */
export class CountTable {
  readonly #rows = new Map<string, QuestionCounts & {readonly counts: Map<string, number>}>();

  /** Where the counts of one question go. */
  counter(question: Question, cluster: string): (column: string, amount?: number) => void {
    let row = this.#rows.get(question.question_id);
    if (!row) {
      row = {question, cluster, counts: new Map()};
      this.#rows.set(question.question_id, row);
    }
    const {counts} = row;
    return (column, amount = 1) => void counts.set(column, (counts.get(column) ?? 0) + amount);
  }

  rows(): Iterable<QuestionCounts> {
    return this.#rows.values();
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Adds another table's counts, their columns prefixed. */
  absorb(
    other: CountTable,
    options: {readonly scope?: string; readonly only?: (questionId: string) => boolean} = {},
  ): void {
    const {scope = '', only = () => true} = options;
    for (const {question, cluster, counts} of other.rows()) {
      if (!only(question.question_id)) continue;
      const count = this.counter(question, cluster);
      for (const [column, amount] of counts) count(scope + column, amount);
    }
  }

  has(questionId: string): boolean {
    return this.#rows.has(questionId);
  }

  /** Sums over all questions. */
  totals(): Map<string, number> {
    const totals = new Map<string, number>();
    for (const {counts} of this.rows()) {
      for (const [column, amount] of counts) totals.set(column, (totals.get(column) ?? 0) + amount);
    }
    return totals;
  }

  /** Sums by cluster over some columns, of all clusters, in the order of their names. */
  byCluster(columns: readonly string[]): NamedClusterCounts {
    const names = [...new Set([...this.rows()].map(({cluster}) => cluster))].sort();
    const places = new Map(names.map((name, row) => [name, row * columns.length]));
    const values = new Float64Array(names.length * columns.length);
    for (const {cluster, counts} of this.rows()) {
      const start = places.get(cluster) ?? 0;
      for (let i = 0; i < columns.length; i++) {
        const amount = counts.get(columns[i] ?? '');
        if (amount !== undefined) values[start + i] = (values[start + i] ?? 0) + amount;
      }
    }
    return {rows: names.length, columns: columns.length, values, names};
  }
}
