import {UserError} from '../../core/errors.ts';
import type {Benchmark} from '../metrics/benchmark.ts';
import type {MetricPlan} from './cell-counts.ts';
import {refusedMetric, unknownMetric} from '../metrics/unknown-metric.ts';
import {comparedMetric, comparedMetrics, type Answers, type ComparedMetric} from './compared-metric.ts';

/** The plans of one benchmark: scores rest on conversations that can be scored, endings on all. */
interface Plans {
  readonly answers: MetricPlan;
  readonly endings: MetricPlan;
}

function planFor(metrics: readonly ComparedMetric[]): MetricPlan {
  return {metrics, columns: [...new Set(metrics.flatMap(({columns}) => columns))]};
}

/** Plans what is compared, for every benchmark that occurs. */
export class MetricPlans {
  readonly #wanted: (benchmark: Benchmark) => readonly string[];
  readonly #answers: Answers;
  readonly #plans = new Map<Benchmark, Plans>();

  /** @param wanted ids of metrics; a benchmark may have some of them only. */
  constructor(wanted: (benchmark: Benchmark) => readonly string[], answers: Answers) {
    this.#wanted = wanted;
    this.#answers = answers;
  }

  /** Of answers and what agents do to each other. */
  getAnswerPlan(benchmark: Benchmark): MetricPlan {
    return this.#getPlans(benchmark).answers;
  }

  /** Of how conversations ended. */
  getEndingPlan(benchmark: Benchmark): MetricPlan {
    return this.#getPlans(benchmark).endings;
  }

  #getPlans(benchmark: Benchmark): Plans {
    let plans = this.#plans.get(benchmark);
    if (!plans) {
      const metrics = this.#wanted(benchmark).flatMap(id => comparedMetric(id, benchmark, this.#answers) ?? []);
      plans = {
        answers: planFor(metrics.filter(({kind}) => kind !== 'ending')),
        endings: planFor(metrics.filter(({kind}) => kind === 'ending')),
      };
      this.#plans.set(benchmark, plans);
    }
    return plans;
  }

  /**
   * Refuses metrics that were asked for and that none of the benchmarks has.
   *
   * @throws UserError `metric-refused` with the reason, `metric-unknown`.
   */
  refuseMeaningless(): void {
    const benchmarks = [...this.#plans.keys()];
    const plans = [...this.#plans.values()].flatMap(({answers, endings}) => [answers, endings]);
    const had = new Set(plans.flatMap(({metrics}) => metrics.map(({id}) => id)));
    for (const id of new Set(benchmarks.flatMap(benchmark => this.#wanted(benchmark)))) {
      if (!had.has(id)) throw this.#refusal(id, benchmarks);
    }
  }

  #refusal(id: string, benchmarks: readonly Benchmark[]): UserError {
    const reason = benchmarks.map(({refused}) => refused[id]).find(each => each !== undefined);
    const held = benchmarks.map(benchmark => ({
      benchmark: benchmark.name,
      ids: comparedMetrics(benchmark, this.#answers).map(metric => metric.id),
    }));
    if (reason !== undefined) return refusedMetric(id, reason, held);
    if (id.includes(' − ')) {
      return new UserError('metric-refused', `${id} is a difference from a control already`, {
        hint: 'compare the cells themselves, e.g. routing_strategy=vanilla and routing_strategy=peers_hidden',
      });
    }
    return unknownMetric(id, held);
  }
}
