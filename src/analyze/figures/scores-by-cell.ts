import {listMainScores} from '../metrics/main-metrics.ts';
import type {CellResult} from '../score/cell-result.ts';
import {cellLabel, fewestColumns, shortCellLabel, distinguishingColumns, sortForReading} from './cell-labels.ts';
import {type Figure, benchmarkFigure, estimateRow, wholeCells} from './figure.ts';
import {chooseDomain, drawIntervalPanel, type IntervalPanel, type IntervalRow} from './interval-panels.ts';
import {shortLabel} from './theme.ts';

/** With more rows a picture shows no more than a table. */
export const MOST_ROWS = 64;

/** As many as fit beside the panels. */
const LABEL_CHARACTERS = 34;
/** As many as fit beside each other. */
const MOST_PANELS = 4;

const COLUMNS = ['part', 'cell', 'metric', 'value', 'ci_low', 'ci_high', 'n'] as const;

export interface CellView {
  /** The meaning of a row: "task", "level of agent_definitions.0.persona". */
  readonly of: string;
  readonly columns: readonly string[];
  readonly cells: readonly CellResult[];
}

/**
 * Draws the main scores of a benchmark with their intervals, cell by cell.
 *
 * @param views from the most detailed; the first that is small enough is drawn, so that a large grid is shown in less
 * detail rather than illegibly.
 */
export function scoresByCell(benchmark: string, views: readonly CellView[]): Figure | undefined {
  const own = views.map(view => ({...view, cells: wholeCells(benchmark, view.cells)}));
  const view = own.find(({cells}) => cells.length > 0 && cells.length <= MOST_ROWS) ?? own.at(-1);
  if (!view || view.cells.length === 0) return undefined;
  const distinguishing = distinguishingColumns(view.columns, view.cells);
  const cells = sortForReading(view.cells, [...distinguishing, ...view.columns]).slice(0, MOST_ROWS);
  const scores = listMainScores(benchmark)
    .filter(({id}) => cells.some(cell => estimateRow(cell, id).value !== null))
    .slice(0, MOST_PANELS);
  if (scores.length === 0) return undefined;
  const strata = [...new Set(cells.map(({stratum}) => stratum))];
  const cellsInStratum = (stratum: string): CellResult[] => cells.filter(cell => cell.stratum === stratum);
  // One cell a part: the parts are the rows.
  const isFlat = strata.every(stratum => cellsInStratum(stratum).length === 1);
  const labelling = fewestColumns(distinguishing, cells);
  const labelCell = (cell: CellResult): string =>
    isFlat ? shortLabel(cell.stratum, LABEL_CHARACTERS) : shortCellLabel(cell, labelling, LABEL_CHARACTERS);
  const groups = isFlat
    ? [{title: '', cells}]
    : strata.map(stratum => ({title: stratum, cells: cellsInStratum(stratum)}));
  const buildPanels = (group: (typeof groups)[number]): IntervalPanel[] =>
    scores.map(score => buildPanel(score, {cells: group.cells, all: cells, labelCell}));
  const left = view.cells.length - cells.length;
  const labels = scores.map(({label}) => label).join('; ');
  return benchmarkFigure({
    name: 'scores',
    benchmark,
    title: `scores by ${isFlat ? 'part' : view.of}`,
    sentences: [
      `${labels.charAt(0).toUpperCase()}${labels.slice(1)}, each with its 95 % interval, for ${cells.length} ${cells.length === 1 ? 'cell' : 'cells'}.`,
      'Circles are shares from 0 to 1, diamonds are scores and differences; the dashed line is where nothing would be (no difference, or chance).',
      view === own[0] ? '' : `There are too many cells to draw one by one: a row is one ${view.of}.`,
      left > 0 ? `${left} more rows are not drawn.` : '',
    ],
    columns: COLUMNS,
    rows: cells.flatMap(cell =>
      scores.map(({id}) => ({part: cell.stratum, cell: cellLabel(cell, distinguishing), ...estimateRow(cell, id)})),
    ),
    draw: arrangement => ({
      vconcat: groups.map(group => {
        const drawn = buildPanels(group);
        const title = group.title === '' ? {} : {title: {text: group.title, anchor: 'start', fontSize: 12}};
        const isWide = arrangement === 'wide';
        const width = isWide ? wideWidth(drawn.length) : 130;
        const panels = drawn.map((each, i) =>
          drawIntervalPanel(each, {width, showLabels: !isWide || i === 0, arrangement}),
        );
        return {...title, ...(isWide ? {spacing: 10, hconcat: panels} : {spacing: 8, vconcat: panels})};
      }),
    }),
  });
}

function wideWidth(panels: number): number {
  return panels >= 4 ? 104 : panels === 3 ? 160 : panels === 2 ? 220 : 320;
}

function buildPanel(
  {id, short = id, range, chance}: ReturnType<typeof listMainScores>[number],
  {
    cells,
    all,
    labelCell,
  }: {
    readonly cells: readonly CellResult[];
    /** Of all parts of the figure: they share an axis. */
    readonly all: readonly CellResult[];
    readonly labelCell: (cell: CellResult) => string;
  },
): IntervalPanel {
  const kind = range[0] === 0 && range[1] === 1 ? 'share' : 'difference';
  const buildRow = (cell: CellResult): IntervalRow => ({label: labelCell(cell), ...estimateRow(cell, id)});
  return {
    title: short,
    rows: cells.map(buildRow),
    domain: chooseDomain(all.map(buildRow), kind),
    reference: kind === 'difference' ? 0 : chance,
    kind,
  };
}
