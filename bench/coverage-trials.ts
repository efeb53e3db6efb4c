import {countTask} from '../src/analyze/compare/cell-counts.ts';
import {estimateEffects} from '../src/analyze/compare/estimate-effects.ts';
import {MetricPlans} from '../src/analyze/compare/metric-plans.ts';
import {pairQuestions} from '../src/analyze/compare/pair-questions.ts';
import {BBQ_METRICS} from '../src/analyze/metrics/bbq/bbq-metrics.ts';
import {CountTable} from '../src/analyze/metrics/count-table.ts';
import {differenceAwareness} from '../src/analyze/metrics/difference-awareness.ts';
import {fitAdjustedGaps} from '../src/analyze/metrics/discrim-eval/adjusted-gaps.ts';
import {GENDERS, RACES} from '../src/analyze/metrics/discrim-eval/applicant.ts';
import type {Discussion} from '../src/analyze/metrics/discussion/discussion.ts';
import {estimate} from '../src/analyze/metrics/estimate.ts';
import type {Metric} from '../src/analyze/metrics/metric.ts';
import {clusterBootstrap, DrawSpread} from '../src/analyze/statistics/cluster-bootstrap.ts';
import {clusteredMean} from '../test/support/clustered-mean.ts';
import {TAIL, type Interval, studentInterval} from '../src/analyze/statistics/student-t.ts';
import {clusteredProportion, wilson} from '../src/analyze/statistics/clustered-proportion.ts';
import type {Random} from '../src/core/seeds/random.ts';
import type {Question} from '../src/questions/question.ts';

interface Sizes {
  readonly clusters: number;
  readonly rows: number;
  readonly correlation: number;
}

interface Answer {
  readonly method: string;
  readonly interval: Interval | null;
  readonly truth: number;
}

/** Draws one sample and gives the interval of every method. */
export type Trial = (sizes: Sizes, random: Random) => Answer[];

/** Enough for the coverage; the command takes ten times as many. */
const DRAWS = 999;

/** A share of yes: the t interval, Wilson's with and without regard to clusters. */
export function meanInterval(p: number): Trial {
  return (sizes, random) => {
    const clusters = [...clusterOf(sizes, random).values()].map(size => {
      const [own = p] = dirichlet([p, 1 - p], sizes.correlation, random);
      return Array.from({length: size}, () => (random() < own ? 1 : 0));
    });
    const n = clusters.flat().length;
    const {mean, standardError} = clusteredMean(clusters);
    const shares = clusters.map(values => ({successes: values.reduce<number>((a, b) => a + b, 0), n: values.length}));
    return [
      {method: 'clustered t', interval: studentInterval(mean, standardError ?? NaN, clusters.length), truth: p},
      {method: 'clustered Wilson', interval: clusteredProportion(shares), truth: p},
      {method: 'plain Wilson', interval: wilson(mean * n, n), truth: p},
    ];
  };
}

interface Population {
  readonly metric: Metric;
  /** Probabilities of the kinds of answer, and the columns that each counts in. */
  readonly kinds: readonly {readonly p: number; readonly columns: readonly string[]}[];
  readonly truth: number;
}

const POPULATIONS = {
  s_amb: {metric: bbqMetric('s_amb'), kinds: ambiguous(0.55, 0.3), truth: 0.15},
  s_amb_extreme: {metric: bbqMetric('s_amb'), kinds: ambiguous(0.1, 0.8), truth: 0.7},
  s_dis: {metric: bbqMetric('s_dis'), kinds: disambiguated(0.6), truth: 1 / 3},
  s_dis_extreme: {metric: bbqMetric('s_dis'), kinds: disambiguated(0.855), truth: 0.9},
  accuracy_cost: {metric: bbqMetric('accuracy_cost'), kinds: aligned(0.9, 0.8), truth: -0.1},
  diff_aware: {metric: diffAware(), kinds: warranted(0.5), truth: 0.5},
  diff_aware_extreme: {metric: diffAware(), kinds: warranted(0.9), truth: 0.9},
} satisfies Readonly<Record<string, Population>>;

function bbqMetric(id: string): Metric {
  return BBQ_METRICS.find(metric => metric.id === id)!;
}

/** Answers to ambiguous questions, "unknown" being right. */
function ambiguous(unknown: number, biased: number): Population['kinds'] {
  return [
    {p: unknown, columns: ['ambig_n', 'ambig_correct']},
    {p: biased, columns: ['ambig_n', 'ambig_biased_neg']},
    {p: 1 - unknown - biased, columns: ['ambig_n', 'ambig_counter_neg']},
  ];
}

/** A tenth names nobody. @param biased share of all answers. */
function disambiguated(biased: number): Population['kinds'] {
  return [
    {p: 0.1, columns: []},
    {p: biased, columns: ['disambig_biased_neg']},
    {p: 0.9 - biased, columns: ['disambig_counter_neg']},
  ];
}

/** @param right shares of right answers where context and stereotype agree, and where they do not. */
function aligned(right: number, rightAgainst: number): Population['kinds'] {
  return [
    {p: right / 2, columns: ['aligned_n', 'aligned_correct']},
    {p: (1 - right) / 2, columns: ['aligned_n']},
    {p: rightAgainst / 2, columns: ['nonaligned_n', 'nonaligned_correct']},
    {p: (1 - rightAgainst) / 2, columns: ['nonaligned_n']},
  ];
}

function warranted(right: number): Population['kinds'] {
  const wrong = 1 - right;
  return [
    {p: right, columns: ['A']},
    {p: 0.4 * wrong, columns: ['B']},
    {p: 0.6 * wrong, columns: ['C']},
  ];
}

function diffAware(): Metric {
  return differenceAwareness.metrics.find(({id}) => id === 'diff_aware')!;
}

/**
 * A score by the interval that `mac results` uses, and by others of the same bootstrap: plain t with its error, and its
 * percentiles.
 */
export function ratioInterval(name: keyof typeof POPULATIONS): Trial {
  const {metric, kinds, truth}: Population = POPULATIONS[name];
  return (sizes, random) => {
    const table = new CountTable();
    drawRows(
      sizes,
      random,
      kinds.map(({p}) => p),
    ).forEach(({cluster, kind}, i) => {
      const count = table.counters(aQuestion(`q${i}`), cluster)('');
      for (const column of kinds[kind]?.columns ?? []) count(column);
    });
    const seed = String(random());
    const [own] = estimate(table, [metric], {draws: DRAWS});
    return [
      {method: 'used: t on the logit scale', interval: own?.interval ?? null, truth},
      ...otherIntervals(table, metric, seed).map(each => ({...each, truth})),
    ];
  };
}

function otherIntervals(table: CountTable, metric: Metric, seed: string): Omit<Answer, 'truth'>[] {
  const counts = table.byCluster(metric.columns);
  const totals = table.totals();
  const value = metric.value(metric.columns.map(column => totals.get(column) ?? 0));
  const drawn: number[] = [];
  const spread = new DrawSpread();
  clusterBootstrap(counts, {draws: DRAWS, seed}, sums => {
    const each = metric.value(sums);
    if (typeof each !== 'number') return;
    drawn.push(each);
    spread.add(each);
  });
  if (typeof value === 'string' || counts.rows < 2) return [];
  const sorted = drawn.sort((a, b) => a - b);
  const percentile = (p: number): number => sorted[Math.round(p * (sorted.length - 1))] ?? NaN;
  return [
    {method: 'plain t', interval: studentInterval(value, spread.standardError(counts.rows), counts.rows)},
    {method: 'percentiles', interval: [percentile(TAIL), percentile(1 - TAIL)]},
  ];
}

const EFFECT = -0.1;

/**
 * Decisions about persons: the effect of being Black, beside those of the other groups and of decisions that differ
 * much in how often they are favourable.
 */
export const adjustedGap: Trial = ({clusters, rows, correlation}, random) => {
  const table = new CountTable();
  const base = Array.from({length: clusters}, () => 0.5 + 0.6 * (random() - 0.5));
  // Decisions differ in what race means in them, too: the errors' clusters are for that.
  const own = base.map(() => EFFECT + Math.sqrt(correlation) * 0.5 * (random() - 0.5));
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  for (let i = 0; i < rows; i++) {
    const decision = i % clusters;
    const race = pick(['white', ...RACES]);
    const gender = pick(['male', ...GENDERS]);
    const question = aQuestion(`q${i}`, {
      additional_metadata: {decision_question_id: decision, age: 20 + 10 * Math.floor(random() * 9), gender, race},
    });
    const p = base[decision]! + (race === 'Black' ? own[decision]! : 0);
    const count = table.counters(question, String(decision))('');
    count('n');
    if (random() < p) count('yes');
  }
  const found = fitAdjustedGaps(table, '').find(({estimate: {id}}) => id === 'effect_black')!;
  return [{method: 'clustered t (CR1)', interval: found.estimate.interval, truth: EFFECT}];
};

/** Two conditions on the same questions; what makes questions alike is shared by both. */
export const pairedShare: Trial = (sizes, random) => [
  {...pairedEffect(sizes, random, {id: 'accuracy_ambig', first: [0.6, 0.25], second: [0.5, 0.25]}), truth: 0.1},
];

export const pairedScore: Trial = (sizes, random) => [
  {...pairedEffect(sizes, random, {id: 's_amb', first: [0.55, 0.3], second: [0.55, 0.225]}), truth: 0.15},
];

/** @param options.first probabilities of "unknown" and of the stereotyped answer. */
function pairedEffect(
  sizes: Sizes,
  random: Random,
  {id, first, second}: {id: string; first: readonly [number, number]; second: readonly [number, number]},
): Omit<Answer, 'truth'> {
  const plans = new MetricPlans(() => [id], {unit: 'agent', round: 'last'});
  const asked = [...clusterOf(sizes, random)].flatMap(([cluster, size]) =>
    Array.from({length: size}, (_, i) => bbqRow(cluster, `${cluster}/${i}`)),
  );
  // The same uniform number decides in both conditions for a part of the clusters' questions: they agree more than by
  // chance.
  const level = new Map<string, number>();
  const answer = (question: Question, [unknown, biased]: readonly [number, number]): string => {
    const cluster = String(question.source_metadata!['question_index']);
    if (!level.has(cluster)) level.set(cluster, random());
    const u = random() < Math.sqrt(sizes.correlation) ? level.get(cluster)! : random();
    return u < unknown ? 'C' : u < unknown + biased ? 'A' : 'B';
  };
  const side = (p: readonly [number, number]): Discussion[] =>
    asked.map(question => lone(question, answer(question, p)));
  const count = (discussions: readonly Discussion[]) =>
    [...countTask(discussions, {rounds: 1, planFor: benchmark => plans.getAnswerPlan(benchmark)}).values()][0]!;
  const cells = pairQuestions(count(side(first)), count(side(second)));
  const [effect] = estimateEffects([cells], {draws: DRAWS, seed: String(random())});
  return {method: effect?.method ?? '', interval: effect?.interval ?? null};
}

function lone(question: Question, answer: string): Discussion {
  return {question, seats: [{agentId: 'a', display: null}], answers: [[answer]], seen: [[[]]]};
}

/** An ambiguous row: A is the stereotyped person, B the other one, C nobody. */
function bbqRow(template: string, id: string): Question {
  return aQuestion(id, {
    category: 'Age',
    question_index: template,
    question_polarity: 'neg',
    context_condition: 'ambig',
    answer_info: {ans0: ['the old one', 'old'], ans1: ['the young one', 'nonOld'], ans2: ['unclear', 'unknown']},
    additional_metadata: {stereotyped_groups: ['old']},
  });
}

function aQuestion(id: string, metadata: Readonly<Record<string, unknown>> = {}): Question {
  return {
    question_id: id,
    source_dataset: 'BBQ',
    source_id: id,
    question_type: 'multiple_choice',
    question: id,
    choices: ['A', 'B', 'C'].map(choice => ({id: choice, text: choice})),
    correct_answer_id: 'C',
    source_metadata: metadata,
    schema_version: '2025-12-10',
  };
}

/** Every cluster has a row; where the others fall is chance. */
function clusterOf({clusters, rows}: Sizes, random: Random): Map<string, number> {
  const sizes = new Map<string, number>(Array.from({length: clusters}, (_, i) => [String(i), 1]));
  for (let row = clusters; row < rows; row++) {
    const name = String(Math.floor(random() * clusters));
    sizes.set(name, (sizes.get(name) ?? 0) + 1);
  }
  return sizes;
}

/** Rows of one kind each; the kinds' probabilities differ from cluster to cluster. */
function drawRows(sizes: Sizes, random: Random, probabilities: readonly number[]): {cluster: string; kind: number}[] {
  return [...clusterOf(sizes, random)].flatMap(([cluster, size]) => {
    const own = dirichlet(probabilities, sizes.correlation, random);
    return Array.from({length: size}, () => {
      let u = random();
      const kind = own.findIndex(p => (u -= p) < 0);
      return {cluster, kind: kind < 0 ? own.length - 1 : kind};
    });
  });
}

/**
 * Probabilities around the given ones; two rows that share them are correlated by 1/(α + 1), α the sum of the
 * parameters.
 */
function dirichlet(probabilities: readonly number[], correlation: number, random: Random): number[] {
  if (correlation === 0) return [...probabilities];
  const alpha = 1 / correlation - 1;
  const gammas = probabilities.map(p => gamma(alpha * p, random));
  const total = gammas.reduce((a, b) => a + b, 0);
  return gammas.map(each => each / total);
}

/**
 * A gamma variate. Source: Marsaglia & Tsang 2000 (ACM Trans. Math. Softw. 26:363), with their boost for shapes below
 * 1.
 */
function gamma(shape: number, random: Random): number {
  if (shape < 1) return gamma(shape + 1, random) * random() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
