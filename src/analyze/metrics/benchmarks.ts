import type {Question} from '../../questions/question.ts';
import {bbq} from './bbq/bbq.ts';
import type {Benchmark} from './benchmark.ts';
import {differenceAwareness} from './difference-awareness.ts';
import {discrimEval} from './discrim-eval/discrim-eval.ts';
import {otherBenchmark} from './other-benchmark.ts';

/** All benchmarks; the last takes the questions of any other data set. */
export const BENCHMARKS: readonly Benchmark[] = [bbq, discrimEval, differenceAwareness, otherBenchmark];

/** Returns the benchmark that a question belongs to. */
export function findBenchmark({source_dataset}: Question): Benchmark {
  return benchmarkNamed(source_dataset);
}

export function benchmarkNamed(wanted: string): Benchmark {
  return BENCHMARKS.find(({name}) => name === wanted) ?? otherBenchmark;
}
