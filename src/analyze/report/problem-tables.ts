import type {ReportData} from './read/read-report.ts';
import {formatInteger} from '../../core/text/amounts.ts';
import {integer, tabulate, text, type Table} from '../../core/text/table.ts';

/** Returns the records' problems with their consequences; null without any. */
export function problemsTable({overall}: ReportData): Table | null {
  if (overall.problems.length === 0) return null;
  return tabulate(
    overall.problems,
    [
      text('kind', ({kind}) => kind),
      integer('count', problem => problem.count),
      text('meaning', ({meaning}) => meaning),
      text('for example', ({examples}) => examples.join('\n')),
    ],
    {caption: 'Problems with the data'},
  );
}

const MOST_CODES = 20;

/** Returns errors by code, of replies that were requested again and conversations that ended; null without any. */
export function errorsTable({spending, runLog, grids}: ReportData): Table | null {
  const codes = [...new Set([...spending.retryCodes.keys(), ...runLog.errors.keys()])];
  const total = (code: string): number => (spending.retryCodes.get(code) ?? 0) + (runLog.errors.get(code) ?? 0);
  const sorted = codes.sort((a, b) => total(b) - total(a));
  const reasons = new Map<string, number>();
  for (const [reason, tasks] of grids.flatMap(grid => [...grid.reasons])) {
    reasons.set(reason, (reasons.get(reason) ?? 0) + tasks);
  }
  if (sorted.length === 0 && reasons.size === 0) return null;
  return tabulate(
    sorted.slice(0, MOST_CODES),
    [
      text('error', code => code),
      integer('replies asked for again', code => spending.retryCodes.get(code) ?? 0),
      integer('conversations ended', code => runLog.errors.get(code) ?? 0),
    ],
    {
      caption: 'Errors by code',
      notes: [
        ...(sorted.length > MOST_CODES
          ? [`${formatInteger(sorted.length - MOST_CODES)} rarer codes are not shown.`]
          : []),
        ...[...reasons]
          .slice(0, MOST_CODES)
          .map(([reason, tasks]) => `${formatInteger(tasks)} of the tasks stopped: ${reason}`),
      ],
    },
  );
}
