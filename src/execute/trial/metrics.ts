import {asMapping} from '../../core/mapping.ts';
import type {TrialRecord} from '../../record/trial/trial-record.ts';

type Metrics = TrialRecord['metrics'];
type Evaluated = readonly Pick<TrialRecord['evaluations'][number], 'id' | 'metrics'>[];

/**
 * Merges the metrics of a run and of its evaluators. A name that more than one of them has is the run's own where it
 * has it; of evaluators it begins with their ids, for they need not measure the same.
 */
export function mergeMetrics(own: Metrics, evaluations: Evaluated): Record<string, number> {
  const uses = new Map<string, number>();
  for (const metrics of [own, ...evaluations.map(each => each.metrics)]) {
    for (const name of Object.keys(metrics)) uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  const merged: Record<string, number> = {...own};
  for (const {id, metrics} of evaluations) {
    for (const [name, value] of Object.entries(metrics)) {
      merged[(uses.get(name) ?? 0) > 1 ? `${id}.${name}` : name] = value;
    }
  }
  return merged;
}

/** Returns what of a record's metrics is of its run itself: the inverse of `mergeMetrics`. */
export function ownMetrics({metrics, evaluations}: Pick<TrialRecord, 'metrics' | 'evaluations'>): Metrics {
  const evaluated = new Set(
    evaluations.flatMap(each =>
      Object.keys(each.metrics).map(name => (`${each.id}.${name}` in metrics ? `${each.id}.${name}` : name)),
    ),
  );
  return Object.fromEntries(Object.entries(metrics).filter(([name]) => !evaluated.has(name)));
}

/** Returns the numbers of the flat `aggregated` map of an evaluator's output. */
export function aggregatedMetrics(output: unknown): Metrics {
  return keepNumbers(asMapping(output)['aggregated']);
}

/** Returns the members of a mapping that are numbers. */
export function keepNumbers(value: unknown): Metrics {
  return Object.fromEntries(
    // 1e999 is a number of JSON, and of nothing else.
    Object.entries(asMapping(value)).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
  );
}
