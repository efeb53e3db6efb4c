import {isFigure, type Figure, type FigureOrReason} from '../figures/figure.ts';
import {csvLine} from '../tables/row-sink.ts';
import {createPngRenderer, renderSvg, buildSpecification, addWhiteBackground} from '../figures/render-figure.ts';

/** A file beside the page. */
export interface FigureFile {
  readonly name: string;
  readonly content: string | Uint8Array;
}

/** Kept beside the figures: lists the files that are ours and may be written again. */
export interface FigureList {
  readonly schema: 'mac.figures/1';
  readonly written_at: string;
  readonly mac_version: string;
  readonly selection: string;
  readonly figures: readonly {
    readonly name: string;
    readonly title: string;
    readonly description: string;
    readonly files: readonly string[];
  }[];
  readonly absent: readonly {readonly title: string; readonly reason: string}[];
}

/** Names that we give to files of figures; other names in a list are ignored. */
export const FIGURE_FILE = /^[a-z0-9-]+\.(?:svg|png|data\.csv|vl\.json)$/;

/** Yields every figure as SVG, PNG, data and specification. @param clean removes secrets from texts. */
export async function* figureFiles(
  figures: readonly FigureOrReason[],
  clean: (text: string) => string,
): AsyncGenerator<{readonly figure: Figure; readonly files: readonly FigureFile[]}> {
  const toPng = await createPngRenderer();
  for (const figure of figures.filter(isFigure)) {
    const {name, columns, rows} = figure;
    const specification = JSON.parse(clean(JSON.stringify(buildSpecification(figure, 'wide')))) as Record<
      string,
      unknown
    >;
    const svg = addWhiteBackground(await renderSvg(specification));
    yield {
      figure,
      files: [
        {name: `${name}.svg`, content: svg},
        {name: `${name}.png`, content: toPng(svg)},
        {name: `${name}.data.csv`, content: clean([columns, ...rows].map(csvLine).join(''))},
        {name: `${name}.vl.json`, content: `${JSON.stringify(specification, null, 2)}\n`},
      ],
    };
  }
}
