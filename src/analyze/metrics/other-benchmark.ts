import type {Benchmark} from './benchmark.ts';
import {proportion} from './metric.ts';

/** Questions of a data set that we know nothing of: right or wrong is all that can be counted. */
export const otherBenchmark: Benchmark = {
  name: 'other',
  hasGold: true,
  strata: question => [question.source_dataset],
  cluster: question => question.question_id,
  count: (question, answer, count) => {
    if (answer === null) {
      count('invalid');
      return;
    }
    count('n');
    if (answer === question.correct_answer_id) count('correct');
  },
  metrics: [proportion({id: 'accuracy', label: 'accuracy', part: 'correct', of: 'n', nothing: 'no valid answer'})],
  refused: {},
};
