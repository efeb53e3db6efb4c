/** A part of a Vega-Lite specification. Untyped, since Vega's types are slow to check; tests compile specifications. */
export type ViewSpec = Readonly<Record<string, unknown>>;

/** Okabe and Ito's colours, distinct for every kind of colour blindness. Shapes, dashes or texts repeat them. */
export const COLOURS = {
  blue: '#0072B2',
  vermillion: '#D55E00',
  green: '#009E73',
  purple: '#CC79A7',
} as const;

/** The colour of text, axes and intervals; the page replaces it with its own text colour. */
export const INK = '#000';

const FONT = 'DejaVu Sans, Verdana, sans-serif';

export const FONT_SIZE = 11;

/** The settings that all figures share. */
export const THEME: ViewSpec = {
  font: FONT,
  aria: false,
  background: null,
  padding: 4,
  view: {stroke: null},
  axis: {
    labelColor: INK,
    titleColor: INK,
    domainColor: INK,
    tickColor: INK,
    gridColor: INK,
    gridOpacity: 0.12,
    labelFontSize: FONT_SIZE,
    titleFontSize: FONT_SIZE,
    titleFontWeight: 'normal',
    titlePadding: 6,
    labelPadding: 5,
  },
  header: {labelColor: INK, titleColor: INK, labelFontSize: FONT_SIZE, labelFontWeight: 'bold'},
  legend: {
    labelColor: INK,
    titleColor: INK,
    labelFontSize: FONT_SIZE,
    titleFontSize: FONT_SIZE,
    titleFontWeight: 'normal',
    labelLimit: 260,
    symbolSize: 70,
    symbolOpacity: 1,
    orient: 'bottom',
    columns: 2,
  },
  title: {color: INK, fontSize: FONT_SIZE, fontWeight: 'bold', anchor: 'start', offset: 6, limit: 300},
  concat: {spacing: 14},
};

/** Mean width of a character of the figures' font, in its size. */
const CHARACTER_EM = 0.6;

/** Returns the width of a text in pixels; without a canvas Vega overestimates it by a third. */
export function textWidth(text: string, fontSize = FONT_SIZE): number {
  return Math.ceil(Array.from(text).length * CHARACTER_EM * fontSize);
}

/** Shortens a label. Labels mostly differ at their beginnings and ends, so a long one loses its middle. */
export function shortLabel(text: string, characters = 26): string {
  const all = Array.from(text);
  if (all.length <= characters) return text;
  const end = Math.floor((characters - 1) / 3);
  return `${all.slice(0, characters - 1 - end).join('')}…${all.slice(-end).join('')}`;
}
