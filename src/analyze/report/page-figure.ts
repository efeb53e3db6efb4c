import {isFigure, type Arrangement, type Datum, type Figure, type FigureOrReason} from '../figures/figure.ts';
import {renderSvg, buildSpecification} from '../figures/render-figure.ts';
import {COLOURS, INK} from '../figures/theme.ts';
import {formatInteger} from '../../core/text/amounts.ts';
import {number, tabulate, text, type Table} from '../../core/text/table.ts';

/** A figure as the page has it. */
export interface PageFigure {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Both are in the page; its style shows the one that fits. */
  readonly wide: string;
  readonly narrow: string;
  readonly data: Table;
  readonly rows: string;
}

/** Rows of data that the page repeats; the rest is in the files. */
const MOST_DATA_ROWS = 300;

export async function drawForPage(figures: readonly FigureOrReason[]): Promise<PageFigure[]> {
  const drawn: PageFigure[] = [];
  for (const each of figures.filter(isFigure)) {
    drawn.push({
      name: each.name,
      title: each.title,
      description: each.description,
      wide: await drawInline(each, 'wide'),
      narrow: await drawInline(each, 'narrow'),
      data: dataTable(each),
      rows: formatInteger(each.rows.length),
    });
  }
  return drawn;
}

async function drawInline(each: Figure, arrangement: Arrangement): Promise<string> {
  const svg = await renderSvg(buildSpecification(each, arrangement));
  return usePageColours(withAlternative(svg, each, `${each.name}-${arrangement}`));
}

/** Describes the picture for those who do not see it; ids are the page's own. */
function withAlternative(svg: string, {title, name}: Figure, id: string): string {
  const described = `<svg role="img" aria-labelledby="${id}-title" aria-describedby="${name}-description" `;
  return svg
    .replace(/(id="|url\(#)(clip|gradient)/g, `$1${id}-$2`)
    .replace(/^<svg /, described)
    .replace(/^(<svg[^>]*>)/, `$1<title id="${id}-title">${escapeXml(title)}</title>`);
}

function escapeXml(value: string): string {
  return value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** Ink takes the page's text colour, marks its variables: dark pages and print need others. */
function usePageColours(svg: string): string {
  let coloured = svg
    .replaceAll(`fill="${INK}"`, 'fill="currentColor"')
    .replaceAll(`stroke="${INK}"`, 'stroke="currentColor"');
  for (const [name, hex] of Object.entries(COLOURS)) {
    coloured = coloured.replaceAll(`="${hex}"`, `="var(--${name})"`);
  }
  // The page has a font of its own, and the picture is one thing to a screen reader.
  return coloured.replace(
    / font-family="[^"]*"| pointer-events="none"| aria-hidden="true"| aria-roledescription="[a-z -]*"| role="graphics-[a-z]*"/g,
    '',
  );
}

function dataTable({title, columns, rows}: Figure): Table {
  const left = rows.length - MOST_DATA_ROWS;
  const isNumber = (column: number): boolean => rows.every(row => typeof row[column] !== 'string');
  return tabulate(
    rows.slice(0, MOST_DATA_ROWS),
    columns.map((name, i) => (isNumber(i) ? number : text)(name, (row: Figure['rows'][number]) => formatDatum(row[i]))),
    {
      caption: `${title}: data`,
      isNamed: false,
      notes: left > 0 ? [`${formatInteger(left)} more rows are in the data file (--figures).`] : [],
    },
  );
}

function formatDatum(value: Datum = null): string {
  if (value === null) return '–';
  if (typeof value === 'string') return value;
  return Number.isInteger(value) ? String(value) : String(Number(value.toFixed(4)));
}
