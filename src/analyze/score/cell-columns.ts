import {counted, level, measured, text, type Column} from '../../core/text/table.ts';
import type {CellResult} from './cell-result.ts';

/** Returns the columns of a table of cells: what distinguishes them, what was counted, and their metrics. */
export function cellColumns(
  parameters: readonly string[],
  metrics: readonly string[],
  {byRound = false}: {readonly byRound?: boolean} = {},
): Column<CellResult>[] {
  return [
    ...parameters.map(name => level(name, ({cell}: CellResult) => cell[name])),
    text('part', ({stratum}) => stratum),
    ...(byRound ? [text('round', ({round}: CellResult) => String(round))] : []),
    counted('conversations', ({conversations, missing_questions: missing}) => ({there: conversations, missing})),
    ...metrics.map(id => measured(id, ({estimates}: CellResult) => estimates.find(estimate => estimate.id === id))),
  ];
}

/** Returns the metrics that some of the cells have. */
export function keepEstimated(metrics: readonly string[], cells: readonly CellResult[]): string[] {
  return metrics.filter(id => cells.some(({estimates}) => estimates.some(estimate => estimate.id === id)));
}
