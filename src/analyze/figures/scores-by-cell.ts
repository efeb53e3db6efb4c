import {listMainScores} from '../metrics/main-metrics.ts';
import type {CellEstimate} from '../metrics/cell-estimates.ts';
import type {CellResult} from '../score/cell-result.ts';
import {cellLabel, fewestColumns, shortCellLabel, distinguishingColumns} from './cell-labels.ts';
import {sortForReading} from './cell-order.ts';
import {slug, type Figure} from './figure.ts';
import {chooseDomain, drawIntervalPanel, type IntervalPanel, type IntervalRow} from './interval-panels.ts';
import {shortLabel} from './theme.ts';

/** Beyond so many rows a picture says no more than a table. */
export const MOST_ROWS = 64;

/** Panels of four fit beside each other. */
/** As many as fit beside the panels. */
const LABEL_CHARACTERS = 34;
const MOST_PANELS = 4;

/** What guessing would give. */
const CHANCE: Readonly<Record<string, number>> = {diff_aware: 1 / 3, ctxt_aware: 1 / 3};

/** What fits over a panel. */
const SHORT_TITLES: Readonly<Record<string, string>> = {
  accuracy_ambig: 'accuracy, ambig.',
  accuracy_disambig: 'accuracy, disambig.',
  s_amb: 'bias, ambig.',
  s_dis: 'bias, disambig.',
  yes_rate: 'share of yes',
  gap_mean: 'mean gap',
  effect_black: 'effect: Black',
  effect_female: 'effect: female',
  diff_aware: 'DiffAware',
  ctxt_aware: 'CtxtAware',
};

const COLUMNS = ['part', 'cell', 'metric', 'value', 'ci_low', 'ci_high', 'n'] as const;

export interface CellView {
  /** What a row is, in words: "task", "level of agent_definitions.0.persona". */
  readonly of: string;
  readonly columns: readonly string[];
  readonly cells: readonly CellResult[];
}

/**
 * The main scores of a benchmark with their intervals, cell by cell.
 *
 * @param views from the most detailed; the first that is small enough is drawn, so that a large grid is shown in less
 * detail rather than illegibly.
 */
export function scoresByCell(benchmark: string, views: readonly CellView[]): Figure | undefined {
  const own = views.map(view => ({
    ...view,
    cells: view.cells.filter(cell => cell.benchmark === benchmark && isWhole(cell)),
  }));
  const view = own.find(({cells}) => cells.length > 0 && cells.length <= MOST_ROWS) ?? own.at(-1);
  if (!view || view.cells.length === 0) return undefined;
  const distinguishing = distinguishingColumns(view.columns, view.cells);
  const cells = sortForReading(view.cells, [...distinguishing, ...view.columns]).slice(0, MOST_ROWS);
  const metrics = listMainScores(benchmark)
    .filter(id => cells.some(cell => find(cell, id)?.value != null))
    .slice(0, MOST_PANELS);
  if (metrics.length === 0) return undefined;
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
    metrics.map(id => panel({id, cells: group.cells, all: cells, labelOf: labelCell}));
  const left = view.cells.length - cells.length;
  return {
    name: `scores-${slug(benchmark)}`,
    title: `${benchmark}: scores by ${isFlat ? 'part' : view.of}`,
    description: [
      `${capitalised(metrics.map(id => labelOfMetric(cells, id)).join('; '))}, each with its 95 % interval, for ${cells.length} ${cells.length === 1 ? 'cell' : 'cells'}.`,
      'Circles are shares from 0 to 1, diamonds are scores and differences; the dashed line is where nothing would be (no difference, or chance).',
      view === own[0] ? '' : `There are too many cells to draw one by one: a row is one ${view.of}.`,
      left > 0 ? `${left} more rows are not drawn.` : '',
    ]
      .filter(Boolean)
      .join(' '),
    columns: COLUMNS,
    rows: cells.flatMap(cell =>
      metrics.map(id => {
        const estimate = find(cell, id);
        const [low = null, high = null] = estimate?.interval ?? [];
        return [
          cell.stratum,
          cellLabel(cell, distinguishing),
          id,
          estimate?.value ?? null,
          low,
          high,
          estimate?.n ?? null,
        ];
      }),
    ),
    draw: arrangement => ({
      vconcat: groups.map(group => {
        const drawn = buildPanels(group);
        const title = group.title === '' ? {} : {title: {text: group.title, anchor: 'start', fontSize: 12}};
        return arrangement === 'wide'
          ? {
              ...title,
              spacing: 10,
              hconcat: drawn.map((each, i) =>
                drawIntervalPanel(each, {width: wideWidth(drawn.length), showLabels: i === 0, arrangement}),
              ),
            }
          : {
              ...title,
              spacing: 8,
              vconcat: drawn.map(each => drawIntervalPanel(each, {width: 130, showLabels: true, arrangement})),
            };
      }),
    }),
  };
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Of parts in brackets, names and kinds of intersection, the whole stands for all. */
function isWhole({stratum}: CellResult): boolean {
  return !stratum.endsWith(')');
}

function wideWidth(panels: number): number {
  return panels >= 4 ? 104 : panels === 3 ? 160 : panels === 2 ? 220 : 320;
}

function find({estimates}: CellResult, id: string): CellEstimate | undefined {
  return estimates.find(estimate => estimate.id === id);
}

function labelOfMetric(cells: readonly CellResult[], id: string): string {
  return cells.map(cell => find(cell, id)?.label).find(label => label !== undefined) ?? id;
}

function panel({
  id,
  cells,
  all,
  labelOf,
}: {
  readonly id: string;
  readonly cells: readonly CellResult[];
  readonly all: readonly CellResult[];
  readonly labelOf: (cell: CellResult) => string;
}): IntervalPanel {
  const kind = /^(?:accuracy_(?:ambig|disambig)|accuracy|yes_rate|diff_aware|ctxt_aware)$/.test(id)
    ? 'share'
    : 'difference';
  const buildRow = (cell: CellResult): IntervalRow => {
    const estimate = find(cell, id);
    const [low = null, high = null] = estimate?.interval ?? [];
    return {label: labelOf(cell), value: estimate?.value ?? null, low, high};
  };
  return {
    title: SHORT_TITLES[id] ?? id,
    rows: cells.map(buildRow),
    // One axis for all parts of a figure.
    domain: chooseDomain(all.map(buildRow), kind),
    reference: kind === 'difference' ? 0 : CHANCE[id],
    kind,
  };
}
