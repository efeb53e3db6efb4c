import type {Question} from '../../questions/question.ts';
import type {Benchmark, Stratum} from '../metrics/benchmark.ts';
import {findBenchmark} from '../metrics/benchmarks.ts';
import type {Discussion} from '../metrics/discussion/discussion.ts';

/** Counts, stratum by stratum, the questions that tasks were to ask and that have no usable conversation. */
export class MissingQuestions {
  readonly #counts = new Map<string, number>();
  readonly #strata = new Map<string, {readonly benchmark: Benchmark; readonly stratum: Stratum}>();
  #isKnown = true;

  /** @param planned null for an unreadable question file: it may hold any part's questions, so none is known. */
  addTask(planned: readonly Question[] | null, used: readonly Discussion[]): void {
    if (!planned) this.#isKnown = false;
    const ids = new Set(used.map(({question}) => question.question_id));
    for (const question of planned ?? []) {
      if (ids.has(question.question_id)) continue;
      const benchmark = findBenchmark(question);
      for (const stratum of benchmark.strata(question)) {
        const key = stratumKey(benchmark, stratum);
        this.#strata.set(key, {benchmark, stratum});
        this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
      }
    }
  }

  /** Returns the strata that questions are missing of. */
  strata(): Iterable<{readonly benchmark: Benchmark; readonly stratum: Stratum}> {
    return this.#strata.values();
  }

  /** Returns null when a question file could not be read. */
  countMissing(benchmark: Benchmark, stratum: Stratum): number | null {
    return this.#isKnown ? (this.#counts.get(stratumKey(benchmark, stratum)) ?? 0) : null;
  }
}

export function stratumKey({name: benchmark}: Benchmark, {name}: Stratum): string {
  return `${benchmark}/${name}`;
}
