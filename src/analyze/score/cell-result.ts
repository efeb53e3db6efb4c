import type {CellEstimate} from '../metrics/cell-estimates.ts';
import type {Round} from '../metrics/discussion/discussion.ts';
import {counted, level, measured, text, type Column} from '../../core/text/table.ts';

/** Results of one cell in one part of one benchmark. */
export interface CellResult {
  /** Values of the columns that distinguish cells. */
  readonly cell: Readonly<Record<string, string>>;
  readonly benchmark: string;
  /** BBQ's category, DiscrimEval's fill type, DifferenceAwareness' benchmark; parts of one in brackets. */
  readonly stratum: string;
  /** True if its questions belong to another stratum too: a part in brackets. */
  readonly isPart: boolean;
  readonly round: Round;
  readonly tasks: number;
  readonly conversations: number;
  /** Planned questions of this part without a usable conversation; null when a question file cannot be read. */
  readonly missing_questions: number | null;
  readonly estimates: readonly CellEstimate[];
  /** The ids of all metrics that exist here, estimated or not. */
  readonly metrics: readonly string[];
  /** Metrics that mean nothing here, with the reason. */
  readonly refused: Readonly<Record<string, string>>;
}

/** Scores of some tasks. */
export interface Scored {
  readonly cells: readonly CellResult[];
  /** Cells without any information, even about their planned questions. */
  readonly unknown: readonly UnknownCell[];
}

export interface UnknownCell {
  readonly cell: CellResult['cell'];
  readonly tasks: number;
  readonly reason: string;
}

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
