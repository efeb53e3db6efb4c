import type {ReportData} from './read/read-report.ts';
import {formatInteger} from '../../core/text/amounts.ts';
import {numberCell, headerCell, heads, textCell, type TableView} from './table.ts';

/** Returns the records' problems with their consequences; null without any. */
export function problemsTable({overall}: ReportData): TableView | null {
  if (overall.problems.length === 0) return null;
  return {
    caption: 'Problems with the data',
    head: heads(['kind', 'count', 'meaning', 'for example'], new Set(['count'])),
    rows: overall.problems.map(({kind, count, meaning, examples}) => [
      headerCell(kind),
      numberCell(formatInteger(count)),
      textCell(meaning),
      textCell(examples.join('\n')),
    ]),
    notes: [],
  };
}

const MOST_CODES = 20;

/** Returns errors by code, of replies that were requested again and conversations that ended; null without any. */
export function errorsTable({spending, runLog, grids}: ReportData): TableView | null {
  const codes = [...new Set([...spending.retryCodes.keys(), ...runLog.errors.keys()])];
  const total = (code: string): number => (spending.retryCodes.get(code) ?? 0) + (runLog.errors.get(code) ?? 0);
  const sorted = codes.sort((a, b) => total(b) - total(a));
  const reasons = new Map<string, number>();
  for (const [reason, tasks] of grids.flatMap(grid => [...grid.reasons])) {
    reasons.set(reason, (reasons.get(reason) ?? 0) + tasks);
  }
  if (sorted.length === 0 && reasons.size === 0) return null;
  return {
    caption: 'Errors by code',
    head: heads(
      ['error', 'replies asked for again', 'conversations ended'],
      new Set(['replies asked for again', 'conversations ended']),
    ),
    rows: sorted
      .slice(0, MOST_CODES)
      .map(code => [
        headerCell(code),
        numberCell(formatInteger(spending.retryCodes.get(code) ?? 0)),
        numberCell(formatInteger(runLog.errors.get(code) ?? 0)),
      ]),
    notes: [
      ...(sorted.length > MOST_CODES
        ? [`${formatInteger(sorted.length - MOST_CODES)} rarer codes are not shown.`]
        : []),
      ...[...reasons]
        .slice(0, MOST_CODES)
        .map(([reason, tasks]) => `${formatInteger(tasks)} of the tasks stopped: ${reason}`),
    ],
  };
}
