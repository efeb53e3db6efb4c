import type {Question} from '../../questions/question.ts';
import type {Benchmark} from '../metrics/benchmark.ts';
import type {MetricPlan, QuestionSums, StratumCounts} from './cell-counts.ts';

/** One question under both conditions: counts per conversation, in the order of the plan's columns. */
export interface QuestionPair {
  readonly question: Question;
  readonly cluster: string;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** Two cells, on the questions that both have. */
export interface PairedCells {
  readonly benchmark: Benchmark;
  readonly plan: MetricPlan;
  readonly pairs: readonly QuestionPair[];
  readonly unmatched: Unmatched;
}

/** Questions that could not be paired. */
export interface Unmatched {
  readonly only_first: number;
  readonly only_second: number;
  /** With the same id but another wording, other choices or another right answer. */
  readonly changed: number;
}

/** Pairs the questions of two cells. Averages each side over its repetitions first, so all questions weigh the same. */
export function pairQuestions(first: StratumCounts, second: StratumCounts): PairedCells {
  const pairs: QuestionPair[] = [];
  let [shared, changed] = [0, 0];
  for (const [id, one] of first.questions) {
    const other = second.questions.get(id);
    if (!other) continue;
    shared++;
    if (isSameQuestion(one.question, other.question)) {
      pairs.push({question: one.question, cluster: one.cluster, first: average(one), second: average(other)});
    } else {
      changed++;
    }
  }
  return {
    benchmark: first.benchmark,
    plan: first.plan,
    pairs,
    unmatched: {only_first: first.questions.size - shared, only_second: second.questions.size - shared, changed},
  };
}

function average({sums, conversations}: QuestionSums): Float64Array {
  return sums.map(amount => amount / conversations);
}

function isSameQuestion(one: Question, other: Question): boolean {
  return one === other || questionIdentity(one) === questionIdentity(other);
}

function questionIdentity({context = null, question, choices, correct_answer_id: gold}: Question): string {
  return JSON.stringify([context, question, choices.map(({id, text}) => [id, text]), gold]);
}
