import type {CellResult} from '../score/cell-result.ts';
import {sortForReading} from './cell-order.ts';
import {slug, type Figure} from './figure.ts';
import {drawIntervalPanel, type IntervalPanel} from './interval-panels.ts';
import {FLIP_KINDS} from './words.ts';

const COLUMNS = ['part', 'change', 'metric', 'value', 'ci_low', 'ci_high', 'n'] as const;

/** Beyond so many parts only the first are drawn. */
const MOST_PARTS = 12;

/** How often answers changed from a round to the next, and into what, part by part of a benchmark. */
export function flipsByType(benchmark: string, cells: readonly CellResult[]): Figure | undefined {
  const whole = cells.filter(cell => cell.benchmark === benchmark && !cell.stratum.endsWith(')'));
  const own = sortForReading(whole, []);
  const rows = own.flatMap(cell =>
    Object.entries(FLIP_KINDS).flatMap(([id, label]) => {
      const estimate = cell.estimates.find(each => each.id === id);
      if (!estimate || estimate.n === 0) return [];
      const [low = null, high = null] = estimate.interval ?? [];
      return [{part: cell.stratum, label, id, value: estimate.value, low, high, n: estimate.n}];
    }),
  );
  if (rows.length === 0) return undefined;
  const parts = [...new Set(rows.map(({part}) => part))];
  const drawn = parts.slice(0, MOST_PARTS);
  const most = Math.max(...rows.map(({value, high}) => high ?? value ?? 0));
  const domain = [0, Math.min(1, Math.max(0.1, Math.ceil(most * 10) / 10))] as const;
  const panels = drawn.map((part): IntervalPanel => ({
    title: part,
    rows: rows.filter(row => row.part === part),
    domain,
    kind: 'share',
  }));
  return {
    name: `flips-${slug(benchmark)}`,
    title: `${benchmark}: changes of answers by type`,
    description: [
      'Share of all steps from a round to the next in which an agent changed its answer, and to what, with 95 % intervals.',
      'A change is counted once by right and wrong and once by what it is a change to.',
      parts.length > drawn.length
        ? `The first ${MOST_PARTS} of ${parts.length} parts are drawn; the data have all.`
        : '',
    ]
      .filter(Boolean)
      .join(' '),
    columns: COLUMNS,
    rows: rows.map(({part, label, id, value, low, high, n}) => [part, label, id, value, low, high, n]),
    draw: arrangement => ({
      columns: arrangement === 'wide' ? Math.min(2, panels.length) : 1,
      concat: panels.map(panel =>
        drawIntervalPanel(panel, {
          width: arrangement === 'wide' ? (panels.length > 1 ? 165 : 330) : 150,
          showLabels: true,
          arrangement,
        }),
      ),
    }),
  };
}
