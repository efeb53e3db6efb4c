import {occurringEndings} from '../metrics/main-metrics.ts';
import type {CellResult} from '../score/cell-result.ts';
import {decimal, measured, tabulate, text, type Table} from '../../core/text/table.ts';
import {metricTable} from './metric-table.ts';

/** Cells that a table shows, and the columns that distinguish them. */
export interface CellGroup {
  /** Of the caption: "all tasks together", "by persona". */
  readonly title: string;
  readonly columns: readonly string[];
  readonly cells: readonly CellResult[];
}

/** Returns a table for each group: endings without answers, and replies without content. Empty if there were none. */
export function endingTables(benchmark: string, groups: readonly CellGroup[]): Table[] {
  const metrics = occurringEndings(groups.flatMap(({cells}) => cells));
  if (metrics.length === 0) return [];
  return groups.map(({title, columns, cells}) => {
    const table = metricTable({caption: `${benchmark}, how conversations ended, ${title}`, columns, cells, metrics});
    return {...table, notes: [...(table.notes ?? []), DENOMINATOR_NOTE]};
  });
}

const DENOMINATOR_NOTE =
  'Shares of all conversations that were asked and ended, those without scores included; of placeholders, shares of replies. The column of conversations counts those with scores.';

/** Returns a table of answers by shown position, beside the shares expected by content; undefined without choices. */
export function positionTable(benchmark: string, cells: readonly CellResult[]): Table | undefined {
  const rows = cells.flatMap(({stratum, estimates}) =>
    estimates.filter(({kind}) => kind === 'position').map(estimate => ({stratum, estimate})),
  );
  if (rows.length === 0) return undefined;
  return tabulate(
    rows,
    [
      text('part', ({stratum}) => stratum),
      text('shown', ({estimate}) => estimate.id.replace(':', ' ')),
      measured('share of answers', ({estimate}) => estimate),
      decimal('by content', ({estimate}) => estimate.expected ?? null),
    ],
    {
      caption: `${benchmark}, answers by shown position, all tasks together, last round`,
      notes: ['By content: the share of a position for an answerer that looks at what stands there and not at where.'],
    },
  );
}
