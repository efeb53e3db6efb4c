import {findNearest} from '../../config/problem.ts';
import {UserError} from '../../core/errors.ts';
import {metricCatalogue} from './catalogue.ts';

/** Most metrics that a message lists: there is a command for more. */
const MOST_NAMED = 4;

/** The metrics of a benchmark that was selected. */
export interface AvailableMetrics {
  readonly benchmark: string;
  readonly ids: readonly string[];
}

/** Returns the error for a metric that nothing selected has. */
export function unknownMetric(id: string, held: readonly AvailableMetrics[]): UserError {
  const owners = benchmarksWith(id);
  const selected = [...new Set(held.map(({benchmark}) => benchmark))];
  const meant = findNearest(id, [...new Set(held.flatMap(({ids}) => ids))], MOST_NAMED);
  const question = meant.length === 0 ? '' : `did you mean ${meant.join(', ')}? `;
  if (owners.length > 0 && !selected.some(name => owners.includes(name))) {
    return new UserError(
      'metric-unknown',
      `"${id}" is a metric of ${owners.join(', ')}; this selection holds ${selected.join(', ')}`,
      {hint: `${question}mac schema metrics lists which benchmark has which`},
    );
  }
  return new UserError('metric-unknown', `no metric "${id}"`, {
    hint: `${question}mac schema metrics lists all there are`,
  });
}

/** Returns the error for a metric that its benchmark refuses; other benchmarks selected may have it in parts. */
export function refusedMetric(id: string, reason: string, held: readonly AvailableMetrics[]): UserError {
  const finer = describeFinerMetrics(id, held);
  const hint = finer.length === 0 ? {} : {hint: finer.join('; ')};
  return new UserError('metric-refused', `${id} is not given here: ${reason}`, hint);
}

/** Names finer metrics that benchmarks have instead of one: `accuracy` → `accuracy_ambig`, `accuracy_disambig`. */
export function describeFinerMetrics(id: string, held: readonly AvailableMetrics[]): string[] {
  return [...new Set(held.map(({benchmark}) => benchmark))].flatMap(name => {
    const ids = new Set(held.filter(({benchmark}) => benchmark === name).flatMap(each => each.ids));
    const finer = [...ids].filter(each => each.startsWith(`${id}_`));
    return ids.has(id) || finer.length === 0 ? [] : [`${name} has ${finer.join(', ')}, but no ${id}`];
  });
}

/** Returns the benchmarks that have a metric, or the score that it is a change of. */
function benchmarksWith(id: string): readonly string[] {
  const score = id.replace(/^change:/, '');
  return metricCatalogue().find(each => each.id === score)?.benchmarks ?? [];
}
