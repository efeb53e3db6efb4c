import {goldAnswer, whole, type Benchmark} from './benchmark.ts';
import {defineMetric, SHARE} from './metric.ts';

/** Questions of an unknown data set: only right or wrong can be counted, if the right answer is known. */
export const otherBenchmark: Benchmark = {
  name: 'other',
  hasGold: true,
  strata: question => [whole(question.source_dataset)],
  cluster: question => question.question_id,
  count: (question, answer, count) => {
    const gold = goldAnswer(otherBenchmark, question);
    if (answer === null) count('invalid');
    else if (gold === null) count('ungraded');
    else {
      count('n');
      if (answer === gold) count('correct');
    }
  },
  metrics: [
    defineMetric({
      id: 'accuracy',
      label: 'accuracy',
      isMain: true,
      columns: ['correct', 'n', 'ungraded'],
      interval: 'proportion',
      range: SHARE,
      n: ({n}) => n,
      value: ({correct, n, ungraded}) => {
        if (n > 0) return correct / n;
        return ungraded > 0 ? NO_GOLD : 'no valid answer';
      },
      share: {successes: ({correct}) => correct, n: ({n}) => n},
    }),
  ],
  mapped: ['accuracy'],
  byRound: [{series: [{id: 'accuracy', answer: 'right'}]}],
  methods: {template: 'methods-other', references: []},
  refused: {},
};

const NO_GOLD = 'its questions have no right answer (correct_answer_id)';
