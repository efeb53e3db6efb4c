import type {CellEstimate} from '../metrics/cell-estimates.ts';
import {ENDING_SCOPE} from '../metrics/endings.ts';
import type {CellResult} from './cell-result.ts';

/** A warning that a benchmark's numbers do not mean what they seem to. */
export interface AnswerWarning {
  readonly kind: 'position' | 'placeholder';
  readonly benchmark: string;
  readonly message: string;
  readonly hint: string;
}

/** Below this number, answers show no preference. */
const MIN_ANSWERS = 10;

/** A position that exceeds its share by this much gets a warning; its interval, too, must lie above the share. */
const MIN_EXCESS_SHARE = 0.15;

/** Replies that repeat the prompt: from this share on, and more than one of them. */
const MIN_PLACEHOLDER_SHARE = 0.05;

/**
 * Returns what is to be said of the answers of some cells: positions that take far more than their share, and replies
 * that repeat the prompt's placeholder.
 *
 * @param isOrderVaried whether every task shuffled or counterbalanced the choices.
 */
export function findWarnings(
  cells: readonly CellResult[],
  {isOrderVaried}: {readonly isOrderVaried: boolean},
): AnswerWarning[] {
  const wholes = cells.filter(({isPart}) => !isPart);
  return [...new Set(wholes.map(({benchmark}) => benchmark))].flatMap(benchmark => {
    const own = wholes.filter(cell => cell.benchmark === benchmark);
    return [...positionWarnings(benchmark, own, isOrderVaried), ...placeholderWarning(benchmark, own)];
  });
}

interface Preferred {
  readonly cell: CellResult;
  readonly estimate: CellEstimate;
  readonly value: number;
  readonly expected: number;
}

/** One for each position, of the cell that shows it most. */
function positionWarnings(benchmark: string, cells: readonly CellResult[], isOrderVaried: boolean): AnswerWarning[] {
  const preferred = cells.flatMap(cell => cell.estimates.flatMap(estimate => findPreference(cell, estimate) ?? []));
  return [...new Set(preferred.map(({estimate}) => estimate.id))].sort().map(id => {
    const own = preferred.filter(({estimate}) => estimate.id === id);
    const most = own.reduce((one, other) => (other.value - other.expected > one.value - one.expected ? other : one));
    const rows =
      cells.length > 1 ? ` in ${own.length} of ${cells.length} rows, most in ${describeCell(most.cell)}` : '';
    return {
      kind: 'position',
      benchmark,
      message: `shown ${id.replace(':', ' ')} takes ${percent(most.value)} of the answers${rows}, ${percent(most.expected)} would be its share by content`,
      hint: isOrderVaried
        ? 'the order of the choices varied, so this is a preference for the place; mac results --metric position:… shows every place'
        : 'the model may answer by place: choice_order: counterbalanced takes that out of the scores and tells place and content apart',
    };
  });
}

function findPreference(cell: CellResult, estimate: CellEstimate): Preferred | undefined {
  const {kind, value, expected, interval, n} = estimate;
  if (kind !== 'position' || value === null || expected === undefined || !interval) return undefined;
  const isPreferred = n >= MIN_ANSWERS && value - expected >= MIN_EXCESS_SHARE && interval[0] > expected;
  return isPreferred ? {cell, estimate, value, expected} : undefined;
}

function placeholderWarning(benchmark: string, cells: readonly CellResult[]): AnswerWarning[] {
  const rates = cells.flatMap(({estimates}) => estimates.filter(({id}) => id === 'placeholder_rate'));
  const sum = (column: string): number =>
    rates.reduce((total, {counts}) => total + (counts[ENDING_SCOPE + column] ?? 0), 0);
  const [messages, kept, refused] = [sum('messages'), sum('placeholders'), sum('placeholders_refused')];
  const [repeated, replies] = [kept + refused, messages + refused];
  if (repeated < 2 || repeated / replies < MIN_PLACEHOLDER_SHARE) return [];
  const shown =
    kept > 0 ? `; ${kept} of them were recorded and shown to peers as arguments` : ', all were asked for again';
  return [
    {
      kind: 'placeholder',
      benchmark,
      message: `${repeated} of ${replies} replies (${percent(repeated / replies)}) give the prompt's placeholder as their rationale${shown}`,
      hint: 'the model copies the template: a larger model argues; mac show ID shows the replies',
    },
  ];
}

function describeCell({cell, stratum}: CellResult): string {
  return [...Object.entries(cell).map(([name, value]) => `${name}=${value}`), stratum].join(', ');
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
