import {occurringEndings} from '../metrics/main-metrics.ts';
import type {CellResult} from '../score/cell-result.ts';
import {estimateCell, Marks, metricTable} from './metric-table.ts';
import {numberCell, headerCell, heads, textCell, type TableView} from './table.ts';

/** Cells that a table shows, and the columns that distinguish them. */
export interface CellGroup {
  /** Of the caption: "all tasks together", "by persona". */
  readonly title: string;
  readonly columns: readonly string[];
  readonly cells: readonly CellResult[];
}

/** Returns a table for each group: endings without answers, and replies without content. Empty if there were none. */
export function endingTables(benchmark: string, groups: readonly CellGroup[]): TableView[] {
  const metrics = occurringEndings(groups.flatMap(({cells}) => cells));
  if (metrics.length === 0) return [];
  return groups.map(({title, columns, cells}) => {
    const table = metricTable({caption: `${benchmark}, how conversations ended, ${title}`, columns, cells, metrics});
    return {...table, notes: [...table.notes, DENOMINATOR_NOTE]};
  });
}

const DENOMINATOR_NOTE =
  'Shares of all conversations that were asked and ended, those without scores included; of placeholders, shares of replies. The column of conversations counts those with scores.';

/** Returns a table of answers by shown position, beside the shares expected by content; undefined without choices. */
export function positionTable(benchmark: string, cells: readonly CellResult[]): TableView | undefined {
  const marks = new Marks();
  const rows = cells.flatMap(({stratum, estimates}) =>
    estimates
      .filter(({kind}) => kind === 'position')
      .map(estimate => [
        headerCell(stratum),
        textCell(estimate.id.replace(':', ' ')),
        estimateCell(estimate, marks),
        numberCell(estimate.expected === undefined ? '–' : estimate.expected.toFixed(3)),
      ]),
  );
  if (rows.length === 0) return undefined;
  return {
    caption: `${benchmark}, answers by shown position, all tasks together, last round`,
    head: heads(['part', 'shown', 'share of answers', 'by content'], new Set(['share of answers', 'by content'])),
    rows,
    notes: [
      ...marks.notes(),
      'By content: the share of a position for an answerer that looks at what stands there and not at where.',
    ],
  };
}
