import {shortName} from '../../analyze/figures/cell-labels.ts';
import {describeMeasured, formatDecimal, formatProbability} from '../../core/text/amounts.ts';
import type {CellWriter, MeasuredValue, Table} from '../../core/text/table.ts';
import {formatTable} from './format.ts';

/** Renders a table for a terminal: its caption, a line for each row, and the reasons of missing values. */
export function renderTable({caption, columns, rows, leadingNotes = [], notes = []}: Table): string {
  const reasons = new Map<string, Set<string>>();
  const writer = createWriter((reason, metric) => {
    reasons.set(reason, (reasons.get(reason) ?? new Set<string>()).add(metric));
  });
  const head = columns.map(({heading, kind}) => (kind === 'level' ? shortName(heading) : heading));
  const written = rows.map(row => row.map(cell => cell(writer)));
  const footnotes = [...reasons].map(([reason, metrics]) => `–  ${[...metrics].join(', ')}: ${reason}`);
  const lines = [...leadingNotes, ...footnotes, ...notes].map(line => `${line}\n`);
  return [`${caption}\n`, formatTable([head, ...written]), ...lines].join('');
}

/** @param explain called with why a value or interval is missing, and of which metric. */
function createWriter(explain: (reason: string, metric: string) => void): CellWriter<string> {
  return {
    text: value => value,
    level: (value = '') => value,
    number: value => value,
    integer: value => String(value),
    decimal: value => (value === null ? '–' : formatDecimal(value)),
    probability: formatProbability,
    counted: ({there, missing}) => `${there}${missing === 0 ? '' : ` (${missing ?? '?'} missing)`}`,
    measured: value => (value ? writeMeasured(value, explain) : ''),
  };
}

/** Returns `value [interval] (n)`. @param explain as above. */
export function writeMeasured(value: MeasuredValue, explain?: (reason: string, metric: string) => void): string {
  const {value: shown, interval, footnote} = describeMeasured(value);
  if (footnote !== null) explain?.(footnote, value.id);
  if (interval === '') return shown;
  return `${shown} ${interval}${value.n === undefined ? '' : ` (${value.n})`}`;
}
