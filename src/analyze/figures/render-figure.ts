import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import type * as VegaModule from 'vega';

import {escapeInvisible} from '../../core/text/visible.ts';
import type {Arrangement, Figure} from './figure.ts';
import {textWidth, THEME, type ViewSpec} from './theme.ts';

const SCHEMA = 'https://vega.github.io/schema/vega-lite/v6.json';

/** Returns the whole specification of a figure, data included: any Vega editor opens it. */
export function buildSpecification(figure: Figure, arrangement: Arrangement): ViewSpec {
  return {
    $schema: SCHEMA,
    description: `${figure.title}. ${figure.description}`,
    config: THEME,
    ...figure.draw(arrangement),
  };
}

/** Draws without a browser or a canvas; the same specification gives the same bytes. */
export async function renderSvg(specification: ViewSpec): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  measureWith(vega);
  const {spec} = vegaLite.compile(specification as unknown as Parameters<typeof vegaLite.compile>[0], {
    logger: silentLogger(vega),
  });
  const view = new vega.View(vega.parse(spec), {
    renderer: 'none',
    loader: refuseToLoad(vega),
    logger: silentLogger(vega),
  });
  try {
    // XML cannot hold most control characters.
    return escapeInvisible(await view.toSVG());
  } finally {
    view.finalize();
  }
}

type Vega = typeof VegaModule;

/** Gives Vega the widths of texts: without a canvas it guesses them and leaves gaps. */
function measureWith(vega: Vega): void {
  const {textMetrics} = vega as unknown as {
    textMetrics: {width: (item: {readonly fontSize?: number; readonly limit?: number}, text: unknown) => number};
  };
  textMetrics.width = ({fontSize, limit = 0}, text) => {
    const width = textWidth(String(text), fontSize);
    // Where it is cut off it ends.
    return limit > 0 ? Math.min(width, limit) : width;
  };
}

/** Refuses to load anything from elsewhere. */
function refuseToLoad(vega: Vega): ReturnType<Vega['loader']> {
  const loader = vega.loader();
  const refuse = (): Promise<never> => Promise.reject(new Error('a figure loads nothing'));
  return {...loader, load: refuse, sanitize: refuse, http: refuse, file: refuse};
}

function silentLogger(vega: Vega): ReturnType<Vega['logger']> {
  return vega.logger(vega.None);
}

/** Adds a white background: a figure in a file of its own is black on white in every viewer. */
export function addWhiteBackground(svg: string): string {
  return svg.replace(/^(<svg[^>]*>)/, '$1<rect width="100%" height="100%" fill="#fff"/>');
}

const ZOOM = 3;

type PngRenderer = (svg: string) => Uint8Array;

let renderer: Promise<PngRenderer> | undefined;

/** Returns a renderer from SVG to PNG with our own font: a cluster's nodes may have none. Started once a process. */
export function createPngRenderer(): Promise<PngRenderer> {
  renderer ??= startPngRenderer();
  return renderer;
}

async function startPngRenderer(): Promise<PngRenderer> {
  const {initWasm, Resvg} = await import('@resvg/resvg-wasm');
  const require = createRequire(import.meta.url);
  await initWasm(await readFile(require.resolve('@resvg/resvg-wasm/index_bg.wasm')));
  const fonts = [
    require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
    require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
  ];
  const fontBuffers = await Promise.all(fonts.map(path => readFile(path)));
  return svg => {
    const font = {
      fontBuffers,
      loadSystemFonts: false,
      defaultFontFamily: 'DejaVu Sans',
      sansSerifFamily: 'DejaVu Sans',
    };
    const drawn = new Resvg(svg, {font, fitTo: {mode: 'zoom', value: ZOOM}, background: '#fff'});
    return drawn.render().asPng();
  };
}
