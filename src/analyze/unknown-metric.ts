import {nearest} from '../config/problem.ts';
import {UserError} from '../core/errors.ts';

/** More than a few are a list, and there is a command for that. */
const MOST_NAMED = 4;

/** Somebody asks for a metric that nothing at hand has. @param ids that there are instead. */
export function unknownMetric(id: string, ids: readonly string[]): UserError {
  const meant = nearest(id, ids, MOST_NAMED);
  const question = meant.length === 0 ? '' : `did you mean ${meant.join(', ')}? `;
  return new UserError('metric-unknown', `no metric "${id}"`, {
    hint: `${question}mac schema metrics lists all there are`,
  });
}
