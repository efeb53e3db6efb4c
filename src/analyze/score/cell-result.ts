import type {CellEstimate} from '../metrics/cell-estimates.ts';
import type {Round} from '../metrics/discussion/discussion.ts';

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
