import type {ViewSpec} from './theme.ts';

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
