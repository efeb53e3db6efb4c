import {Option} from 'commander';

import {UserError} from '../../core/errors.ts';
import {list} from './arguments.ts';
import type {MetricOptions} from './scoring-options.ts';

/** Option that turns the order of leaderboards round. */
export const MINIMIZE = new Option(
  '--minimize <ids>',
  'rank by these metrics from the lowest on (studies, benchmark runs and suites)',
).argParser(list);

/** Refuses options that mean nothing for trials. @throws UserError `trials-usage`. */
export function refuseConversationOptions({
  unit,
  round,
  draws,
  parts = false,
}: Partial<Pick<MetricOptions, 'unit' | 'round' | 'draws' | 'parts'>>): void {
  const given = [
    ...(unit === undefined || unit === 'agent' ? [] : ['--unit']),
    ...(round === undefined || round === 'last' ? [] : ['--round']),
    ...(draws === undefined ? [] : ['--draws']),
    ...(parts ? ['--parts'] : []),
  ];
  const [first] = given;
  if (first === undefined) return;
  throw new UserError('trials-usage', `${first} is for conversations, and these are trials`, {
    hint: 'trials have metrics of their own; their intervals are t intervals, without draws',
  });
}

/** Refuses what means nothing for conversations. @throws UserError `trials-usage`. */
export function refuseTrialOptions({minimize}: {readonly minimize?: readonly string[]}): void {
  if (minimize === undefined) return;
  throw new UserError('trials-usage', '--minimize is for studies, benchmark runs and suites', {
    hint: 'metrics of conversations have fixed meanings (docs/metrics.md)',
  });
}
