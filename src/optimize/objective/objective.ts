import {z} from 'zod';

/** The order of candidates, where a task has several metrics. */
export const objectiveSchema = z.strictObject({
  mode: z.enum(['scalar', 'weighted', 'pareto']).default('scalar'),
  weights: z.record(z.string(), z.number()).default({}).describe('metric → weight, of `weighted`; default 1 each'),
  minimize: z.array(z.string()).default([]).describe('metrics of which less is better'),
  missing_value: z.number().default(-1_000_000).describe('of a metric that a judgement lacks; more is better'),
  pareto_metrics: z.array(z.string()).default([]).describe('metrics that are compared; default: all'),
  tie_break: z
    .enum(['scalar', 'weighted', 'random'])
    .default('scalar')
    .describe('which candidate of the non-dominated ones comes first'),
  seed: z.int().nullable().default(null).describe('of `random`; default: of the job'),
});

export type Objective = z.output<typeof objectiveSchema>;

export const SCALAR: Objective = objectiveSchema.parse({});

type Scores = Readonly<Record<string, number>>;

/** Returns what a judgement counts for: its score, or the weighted sum of its metrics. More is better. */
export function toScalar(objective: Objective, score: number, scores: Scores | undefined): number {
  return objective.mode === 'weighted' ? weightMetrics(objective, scores ?? {}) : score;
}

/** Returns the weighted sum of metrics, those to minimise with a minus. */
export function weightMetrics(objective: Objective, scores: Scores): number {
  const {weights, missing_value} = objective;
  const names = Object.keys(weights).length > 0 ? Object.keys(weights) : Object.keys(scores);
  if (names.length === 0) return missing_value;
  return names.reduce((sum, name) => sum + (weights[name] ?? 1) * orient(objective, name, scores), 0);
}

/** Returns a metric so that more is better. */
function orient({minimize, missing_value}: Objective, name: string, scores: Scores): number {
  const value = scores[name];
  if (value === undefined || Number.isNaN(value)) return missing_value;
  return minimize.includes(name) ? -value : value;
}

/**
 * Returns the items that no other dominates: none is at least as good in every metric and better in one. In the order
 * of the items.
 */
export function findFront<Item>(
  objective: Objective,
  items: readonly Item[],
  getScores: (item: Item) => Scores,
): Item[] {
  const named = objective.pareto_metrics;
  const names = named.length > 0 ? named : [...new Set(items.flatMap(item => Object.keys(getScores(item))))];
  const points = items.map(item => names.map(name => orient(objective, name, getScores(item))));
  return items.filter((_, i) => !points.some(other => dominates(other, points[i] ?? [])));
}

function dominates(a: readonly number[], b: readonly number[]): boolean {
  return a.every((value, i) => value >= (b[i] ?? 0)) && a.some((value, i) => value > (b[i] ?? 0));
}
