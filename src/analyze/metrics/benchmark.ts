import type {Question} from '../../questions/question.ts';
import type {Range} from '../statistics/bounded-interval.ts';
import type {Counter, CountTable} from './count-table.ts';
import type {Fitted} from './estimate.ts';
import type {Metric, MetricName} from './metric.ts';

/** Roles of answers, in benchmarks that know them: consensus on a stereotype is not consensus on the truth. */
export type AnswerKind = 'biased' | 'counter' | 'unknown';

/** A subset of a benchmark's questions that is scored by itself and never merged with others. */
export interface Stratum {
  /** Unique in its benchmark. */
  readonly name: string;
  /** True if its questions belong to another stratum too: sums over a benchmark leave parts out. */
  readonly isPart: boolean;
}

export function whole(name: string): Stratum {
  return {name, isPart: false};
}

export function part(name: string): Stratum {
  return {name, isPart: true};
}

/** The lines of one panel of the figure of answers by round. */
export interface RoundPanel {
  /** Distinguishes the panels of a benchmark; absent if there is one. */
  readonly title?: string;
  /** A sentence below the figure. */
  readonly note?: string;
  /** Metrics, and the answer whose share each is. */
  readonly series: readonly {readonly id: string; readonly answer: string}[];
}

export interface FitOptions {
  /** True to return the grouped counts that the regression saw; many, so off by default. */
  readonly isGrouped?: boolean | undefined;
}

/** Metrics that need the questions' covariates beside the counts. */
export interface Regression {
  readonly coefficients: readonly (MetricName & {readonly range: Range})[];
  /** The columns that it reads, without their scope. */
  readonly columns: readonly string[];
  /** Fits over the columns that begin with `scope`; one result a coefficient, in their order. */
  readonly fit: (table: CountTable, scope: string, options?: FitOptions) => Fitted[];
}

/** One benchmark, as tables, figures, reports and docs need it. */
export interface Benchmark {
  /** As in the questions' `source_dataset`. */
  readonly name: string;
  /** The first is the whole, others are parts of it. */
  readonly strata: (question: Question) => readonly Stratum[];
  /** Returns the key of clustered errors: questions of one cluster vary together. */
  readonly cluster: (question: Question) => string;
  /** Counts one answer; null is one that names no choice. */
  readonly count: (question: Question, answer: string | null, count: Counter) => void;
  /** From the counts. */
  readonly metrics: readonly Metric[];
  /** Shares of answers, right or wrong: described round by round, not compared with controls. */
  readonly shares?: readonly Metric[];
  readonly regression?: Regression;
  /** Metrics that users may ask for but that mean nothing here, with the reason. */
  readonly refused: Readonly<Record<string, string>>;
  /** True if right answers are known, so that agents can be right and wrong; `goldAnswer` looks at one question. */
  readonly hasGold: boolean;
  readonly classifyAnswer?: (question: Question, answer: string) => AnswerKind | null;
  /** Ids of the scores that the figure of personas and demographics maps. */
  readonly mapped: readonly string[];
  readonly byRound: readonly RoundPanel[];
  /** The paragraph in a report's methods. */
  readonly methods: {
    /** The name of a template in templates/. */
    readonly template: string;
    /** Sources as the report cites them; text between asterisks is set in italics. */
    readonly references: readonly string[];
    /** Returns facts that the template asks for. @param strata that the report shows. */
    readonly facts?: (strata: readonly string[]) => Readonly<Record<string, boolean>>;
  };
}

/** Returns the choice that is known to be right; null if there is none. */
export function goldAnswer(
  {hasGold}: Pick<Benchmark, 'hasGold'>,
  {correct_answer_id: gold, choices}: Pick<Question, 'correct_answer_id' | 'choices'>,
): string | null {
  return hasGold && gold !== null && choices.some(({id}) => id === gold) ? gold : null;
}
