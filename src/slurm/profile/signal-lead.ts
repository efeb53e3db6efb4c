import {UserError} from '../../core/errors.ts';
import type {PlanWarning} from '../../plan/warnings.ts';
import type {ClusterProfile} from './profile-schema.ts';
import {parseSlurmTime} from './slurm-time.ts';

/** Comparison of `signal_lead_seconds` with the time limit; `message` and `hint` are empty when it fits. */
export interface SignalLead {
  /** `endless`: jobs must finish as soon as they start, and requeue forever. `long`: they work less than half. */
  readonly kind: 'fits' | 'long' | 'endless';
  readonly message: string;
  readonly hint: string;
}

/** Compares the lead with the time limit; without a limit in the profile there is nothing to compare. Pure. */
export function judgeSignalLead({
  time,
  signal_lead_seconds: lead,
}: Pick<ClusterProfile, 'time' | 'signal_lead_seconds'>): SignalLead {
  const limit = time === undefined ? Infinity : (parseSlurmTime(time) ?? Infinity) * 60;
  const hint = `a longer time, or signal_lead_seconds (--signal-lead-seconds) well below half of the time limit`;
  if (lead >= limit) {
    const message = `signal_lead_seconds ${lead} is not shorter than the time limit of ${limit} s (time: ${time ?? ''}): every job would be told to finish up when it starts`;
    return {kind: 'endless', message, hint};
  }
  if (lead > limit / 2) {
    const message = `signal_lead_seconds ${lead} is more than half of the time limit of ${limit} s (time: ${time ?? ''}): jobs are told to finish up after ${limit - lead} s`;
    return {kind: 'long', message, hint};
  }
  return {kind: 'fits', message: '', hint: ''};
}

/** Returns the warnings of a plan. @throws UserError `signal-lead-too-long` when jobs would never get to work. */
export function signalLeadWarnings(profile: ClusterProfile): PlanWarning[] {
  const {kind, message, hint} = judgeSignalLead(profile);
  if (kind === 'endless') throw new UserError('signal-lead-too-long', message, {hint});
  return kind === 'long' ? [{code: 'signal-lead-long', message}] : [];
}
