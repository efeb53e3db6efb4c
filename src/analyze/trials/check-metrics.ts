import {findNearest} from '../../config/problem.ts';
import {UserError} from '../../core/errors.ts';

/** Most metrics that a message suggests or lists. */
const MOST_NAMED = 10;

/** Refuses names of metrics that no trial has. @throws UserError `metric-unknown`. */
export function checkMetrics(ids: readonly string[], known: readonly string[]): void {
  for (const id of ids) {
    if (known.includes(id)) continue;
    const [meant] = findNearest(id, known, 1);
    const listed = known.slice(0, MOST_NAMED).join(', ');
    const rest = known.length > MOST_NAMED ? ` and ${known.length - MOST_NAMED} more` : '';
    const there = known.length === 0 ? 'no trial has reported any' : `there are: ${listed}${rest}`;
    throw new UserError('metric-unknown', `no trial has a metric "${id}"`, {
      hint: meant === undefined ? there : `did you mean ${meant}? ${there}`,
    });
  }
}
