import {describeMeasured, formatDecimal, formatInteger, formatProbability} from '../../core/text/amounts.ts';
import {isNumeric, type CellWriter, type Table} from '../../core/text/table.ts';
import {valueLabel} from '../figures/cell-labels.ts';

/** A table as its template shows it. All texts are plain: the template escapes them. */
export interface PageTable {
  readonly caption: string;
  readonly head: readonly {readonly text: string; readonly isNumber: boolean}[];
  readonly rows: readonly (readonly PageCell[])[];
  readonly notes: readonly string[];
}

interface PageCell {
  readonly text: string;
  /** Smaller, below it. */
  readonly detail: string;
  readonly isNumber: boolean;
  /** Names its row. */
  readonly isHeader: boolean;
}

/** Below this number of clusters an interval is marked as rough (docs/metrics.md). */
const FEW_CLUSTERS = 10;

const ROUGH = '†';

/** Writes a table for a page: values below each other with their details, reasons as footnotes. */
export function toPageTable({caption, columns, rows, leadingNotes = [], notes = [], isNamed = true}: Table): PageTable {
  const marks = new Marks();
  const writer = createWriter(marks);
  const written = rows.map(row => row.map((cell, i): PageCell => ({...cell(writer), isHeader: isNamed && i === 0})));
  return {
    caption,
    head: columns.map(column => ({text: column.heading, isNumber: isNumeric(column)})),
    rows: written,
    notes: [...leadingNotes, ...marks.notes(), ...notes],
  };
}

function createWriter(marks: Marks): CellWriter<Omit<PageCell, 'isHeader'>> {
  const text = (value: string, detail: string) => ({text: value, detail, isNumber: false});
  const number = (value: string, detail = '') => ({text: value, detail, isNumber: true});
  return {
    text,
    level: (value, detail) => text(valueLabel(value), detail),
    number,
    integer: (value, detail) => number(formatInteger(value), detail),
    decimal: value => number(value === null ? '–' : withMinusSign(formatDecimal(value))),
    probability: value => number(formatProbability(value)),
    counted: ({there, missing}) => number(formatInteger(there), describeMissing(missing)),
    measured: value => {
      if (!value) return number('');
      const {value: shown, interval, footnote} = describeMeasured(value);
      const n = value.n === undefined ? '' : `n = ${formatInteger(value.n)}`;
      if (footnote !== null) return number(`${withMinusSign(shown)} ${marks.markFor(withoutDraws(footnote))}`, n);
      const rough = (value.clusters ?? Infinity) < FEW_CLUSTERS ? ` ${marks.markRough()}` : '';
      return number(withMinusSign(shown), [`${withMinusSign(interval)}${rough}`, n].filter(Boolean).join('\n'));
    },
  };
}

function describeMissing(missing: number | null): string {
  if (missing === null) return '? missing';
  return missing > 0 ? `${formatInteger(missing)} missing` : '';
}

/** Returns a number of `formatDecimal` with a real minus sign. */
function withMinusSign(text: string): string {
  return text.replaceAll('-', '\u2212');
}

/** Removes the number of draws, which differs from cell to cell; --explain gives it. */
function withoutDraws(footnote: string): string {
  return footnote.replace(/(?<=: )not defined in \d+ of \d+ draws$/, 'not defined in more than 5 % of the draws');
}

/** Collects reasons as footnotes below a table, each once, marked with a letter. */
class Marks {
  readonly #letters = new Map<string, string>();
  #isRough = false;

  markFor(reason: string): string {
    let letter = this.#letters.get(reason);
    if (letter === undefined) this.#letters.set(reason, (letter = footnoteLetter(this.#letters.size)));
    return `(${letter})`;
  }

  markRough(): string {
    this.#isRough = true;
    return ROUGH;
  }

  notes(): string[] {
    return [
      ...[...this.#letters].map(([reason, letter]) => `(${letter}) ${reason}`),
      ...(this.#isRough ? [`${ROUGH} fewer than ten clusters: a rough interval`] : []),
    ];
  }
}

/** a … z, then by number. */
function footnoteLetter(position: number): string {
  return position < 26 ? String.fromCharCode(97 + position) : String(position + 1);
}

/** `2026-11-21T15:04:25.372000Z` → `2026-11-21 15:04:25 UTC`; other texts stay. */
export function formatTimestamp(timestamp: string): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(timestamp);
  return match ? `${match[1]} ${match[2]} UTC` : timestamp;
}
