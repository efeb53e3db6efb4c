import type {Question} from '../../questions/question.ts';
import type {Counter, CountTable} from './count-table.ts';
import type {Fitted} from './estimate.ts';
import type {Metric} from './metric.ts';

/**
 * What kind of answer it is, for benchmarks in which that is known: consensus on a stereotype is not consensus on the
 * truth.
 */
export type AnswerKind = 'biased' | 'counter' | 'unknown';

export interface FitOptions {
  /** Whether the counts tell what the regression saw, group by group: much to keep where nobody asks. */
  readonly isGrouped?: boolean | undefined;
}

/** How the answers to one benchmark's questions are scored. */
export interface Benchmark {
  /** As in the questions' `source_dataset`. */
  readonly name: string;
  /** What is never put together with other parts of the benchmark; the first is the whole, others are parts of it. */
  readonly strata: (question: Question) => readonly string[];
  /** Questions of one cluster vary together: the key of clustered errors. */
  readonly cluster: (question: Question) => string;
  /** Counts one answer; null is one that names no choice. */
  readonly count: (question: Question, answer: string | null, count: Counter) => void;
  /** From the counts. */
  readonly metrics: readonly Metric[];
  /** What is answered, right or wrong: described round by round, not compared with controls. */
  readonly shares?: readonly Metric[];
  /** Whether right answers are known, so that agents can be right and wrong; `goldAnswer` looks at one question. */
  readonly hasGold: boolean;
  readonly classifyAnswer?: (question: Question, answer: string) => AnswerKind | null;
  /** Metrics that need the questions' covariates too, over the columns that begin with `scope`. */
  readonly fit?: (table: CountTable, scope: string, options?: FitOptions) => Fitted[];
  /** Metrics that somebody may ask for and that mean nothing here, with the reason. */
  readonly refused: Readonly<Record<string, string>>;
}

/** Returns the choice that is known to be right; null where the benchmark, or this question, has none. */
export function goldAnswer(
  {hasGold}: Pick<Benchmark, 'hasGold'>,
  {correct_answer_id: gold, choices}: Pick<Question, 'correct_answer_id' | 'choices'>,
): string | null {
  return hasGold && gold !== null && choices.some(({id}) => id === gold) ? gold : null;
}
