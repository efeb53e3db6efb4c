import type {ViewSpec} from './theme.ts';
import type {CellResult} from '../score/cell-result.ts';
import {sortForReading} from './cell-labels.ts';

/** A value in a figure's data; an unknown one is null, never 0. */
export type Datum = string | number | null;

/** Places panels beside each other, or below each other on a narrow screen. */
export type Arrangement = 'wide' | 'narrow';

/** A picture of some of the results, with what it was drawn from. */
export interface Figure {
  /** Lower-case letters, digits and `-`: names of files and anchors. */
  readonly name: string;
  readonly title: string;
  /** Instructions for reading the picture; shown below it and used as its text alternative. */
  readonly description: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Datum[])[];
  /** Vega-Lite, its data included. */
  readonly draw: (arrangement: Arrangement) => ViewSpec;
}

/** A figure that cannot be drawn, and why. */
export interface AbsentFigure {
  readonly title: string;
  readonly reason: string;
}

export type FigureOrReason = Figure | AbsentFigure;

export function isFigure(figure: FigureOrReason): figure is Figure {
  return 'draw' in figure;
}

/** Makes a name for files and anchors out of any text; two texts may get the same. */
export function slug(text: string): string {
  const plain = text.normalize('NFKD').toLowerCase();
  return (
    plain
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 60) || 'figure'
  );
}

/** An estimate in a row of a figure's data. */
export interface EstimateRow {
  readonly metric: string;
  readonly value: number | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  readonly n: number | null;
}

/** Returns the estimate of one metric in one cell; nothing but nulls where there is none. */
export function estimateRow({estimates}: CellResult, metric: string): EstimateRow {
  const estimate = estimates.find(({id}) => id === metric);
  const [low = null, high = null] = estimate?.interval ?? [];
  return {metric, value: estimate?.value ?? null, ci_low: low, ci_high: high, n: estimate?.n ?? null};
}

/** Returns the cells of one benchmark without parts of strata, sorted for reading. */
export function wholeCells(
  benchmark: string,
  cells: readonly CellResult[],
  columns: readonly string[] = [],
): CellResult[] {
  return sortForReading(
    cells.filter(cell => cell.benchmark === benchmark && !cell.isPart),
    columns,
  );
}

/** Returns the first things to draw and, where some are left out, a sentence that says so. */
export function drawFirst<Thing>(things: readonly Thing[], most: number, name: string): {drawn: Thing[]; note: string} {
  const note =
    things.length > most ? `The first ${most} of ${things.length} ${name} are drawn; the data have all.` : '';
  return {drawn: things.slice(0, most), note};
}

type Row<Column extends string> = Readonly<Record<Column, Datum>>;

/** Returns a figure of one benchmark. */
export function benchmarkFigure<Column extends string>(figure: {
  /** The beginning of its name; the benchmark's follows. */
  readonly name: string;
  readonly benchmark: string;
  readonly title: string;
  /** Empty ones are left out. */
  readonly sentences: readonly string[];
  readonly columns: readonly Column[];
  readonly rows: readonly Row<Column>[];
  readonly draw: Figure['draw'];
}): Figure {
  const {name, benchmark, title, sentences, columns, rows, draw} = figure;
  return {
    name: `${name}-${slug(benchmark)}`,
    title: `${benchmark}: ${title}`,
    description: sentences.filter(Boolean).join(' '),
    columns,
    rows: rows.map(row => columns.map(column => row[column])),
    draw,
  };
}

/** Places views in a grid of two columns where there is room, else below each other. */
export function arrangeViews(arrangement: Arrangement, views: readonly ViewSpec[]): ViewSpec {
  return {columns: arrangement === 'wide' ? Math.min(2, views.length) : 1, concat: views};
}
