import type {TrialSelection} from '../../analyze/trials/read-trials.ts';
import {describeOutdated} from '../../analyze/trials/tables.ts';
import {escapeInvisible} from '../../core/text/visible.ts';
import {describeMissing} from './missing.ts';

/** Returns which trials a table lacks; empty when all is well. */
export function renderTrialGaps({
  missing,
  outdated,
  unreadable,
}: Pick<TrialSelection, 'missing' | 'outdated' | 'unreadable'>): string {
  const lines = [
    ...(missing.length > 0 ? [`${missing.length} × trial-without-record: not in the table`] : []),
    ...describeMissing(missing, []),
    ...outdated.map(describeOutdated),
    ...(unreadable.length > 0 ? [`${unreadable.length} × record-unreadable: not in the table`] : []),
    ...unreadable.map(path => `    ${path}`),
  ];
  return escapeInvisible(lines.map(line => `${line}\n`).join(''));
}
