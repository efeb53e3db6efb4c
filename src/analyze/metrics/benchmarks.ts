import type {Question} from '../../questions/question.ts';
import {bbq} from './bbq/bbq.ts';
import type {Benchmark} from './benchmark.ts';
import {differenceAwareness} from './difference-awareness.ts';
import {discrimEval} from './discrim-eval/discrim-eval.ts';
import {otherBenchmark} from './other-benchmark.ts';

/** Those that we know; questions of any other data set are of `otherBenchmark`. */
export const BENCHMARKS: readonly Benchmark[] = [bbq, discrimEval, differenceAwareness];

/** The benchmark that a question belongs to. */
export function findBenchmark({source_dataset}: Question): Benchmark {
  return BENCHMARKS.find(({name}) => name === source_dataset) ?? otherBenchmark;
}
