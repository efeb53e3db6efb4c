import type {Question} from '../../questions/question.ts';
import type {ClusterCounts} from '../statistics/cluster-bootstrap.ts';

/** What was counted about one question. */
export interface QuestionCounts {
  readonly question: Question;
  /** Questions of one cluster (a template, a scenario) vary together. */
  readonly cluster: string;
  readonly counts: ReadonlyMap<string, number>;
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

  /** Sums by cluster over some columns; clusters that have nothing in them are left out. */
  byCluster(columns: readonly string[]): ClusterCounts {
    const clusters = new Map<string, Float64Array>();
    for (const {cluster, counts} of this.rows()) {
      let sums = clusters.get(cluster);
      columns.forEach((column, i) => {
        const amount = counts.get(column);
        if (amount === undefined) return;
        if (!sums) clusters.set(cluster, (sums = new Float64Array(columns.length)));
        sums[i] = (sums[i] ?? 0) + amount;
      });
    }
    const values = new Float64Array(clusters.size * columns.length);
    [...clusters.values()].forEach((sums, row) => values.set(sums, row * columns.length));
    return {rows: clusters.size, columns: columns.length, values};
  }
}
