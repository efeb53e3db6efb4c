import type {TrialSet} from '../../core/trial.ts';
import type {Layout} from '../layout.ts';
import type {LeasePlace} from '../lease/peek-lease.ts';
import {trialFileName} from './trial-record.ts';

/**
 * Returns the place of a trial's leases. Trials of one set write the same files whatever run they are part of, so they
 * have one lease.
 */
export function placeTrialLease(layout: Layout, {kind, id}: Pick<TrialSet, 'kind' | 'id'>, trial: string): LeasePlace {
  return {root: layout.leases(`trial/${kind}/${id}`), folder: trialFileName(trial)};
}
