import type {Question} from '../../questions/question.ts';
import type {Benchmark} from '../metrics/benchmark.ts';
import {findBenchmark} from '../metrics/benchmarks.ts';
import type {Discussion} from '../metrics/discussion/discussion.ts';

/**
 * Counts, by part of a benchmark, the questions that tasks were to ask and that have no conversation that could be
 * used.
 */
export class MissingQuestions {
  readonly #counts = new Map<string, number>();
  readonly #parts = new Map<string, {readonly benchmark: Benchmark; readonly name: string}>();
  #isKnown = true;

  /**
   * @param planned null when the task's question file cannot be read: it could hold questions of any part, so that
   * nothing is known of the others either.
   */
  addTask(planned: readonly Question[] | null, used: readonly Discussion[]): void {
    if (!planned) this.#isKnown = false;
    const ids = new Set(used.map(({question}) => question.question_id));
    for (const question of planned ?? []) {
      if (ids.has(question.question_id)) continue;
      const benchmark = findBenchmark(question);
      for (const part of benchmark.strata(question)) {
        const key = partKey(benchmark, part);
        this.#parts.set(key, {benchmark, name: part});
        this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
      }
    }
  }

  /** The parts that questions are missing of. */
  parts(): Iterable<{readonly benchmark: Benchmark; readonly name: string}> {
    return this.#parts.values();
  }

  /** Null when a question file could not be read. */
  countMissing(benchmark: Benchmark, part: string): number | null {
    return this.#isKnown ? (this.#counts.get(partKey(benchmark, part)) ?? 0) : null;
  }
}

function partKey({name}: Benchmark, part: string): string {
  return `${name}/${part}`;
}
