import type {Arrangement} from './figure.ts';
import {COLOURS, INK, textWidth, type ViewSpec} from './theme.ts';

/** One estimate: a dot on its interval. */
export interface IntervalRow {
  readonly label: string;
  readonly value: number | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
}

/** Estimates of one kind below each other, on one axis. */
export interface IntervalPanel {
  readonly title: string;
  readonly rows: readonly IntervalRow[];
  readonly domain: readonly [number, number];
  /** A reference line: no bias, or chance. */
  readonly reference?: number | undefined;
  /** A `value` can lie anywhere. */
  readonly kind: 'share' | 'difference' | 'value';
}

/** Shares and differences have marks of their own, in shape and in colour. */
const MARKS = {
  share: {shape: 'circle', color: COLOURS.blue},
  difference: {shape: 'diamond', color: COLOURS.vermillion},
  value: {shape: 'circle', color: COLOURS.blue},
} as const;

/** Numbers of an axis, as D3 formats them. */
const FORMATS = {share: '.2~f', difference: '.2~f', value: '.3~g'} as const;

const ROW_HEIGHT = 17;
/** In pixels; labels beyond end in an ellipsis, the data have them whole. */
const LONGEST_LABEL = {wide: 230, narrow: 110};

/** Draws a panel in Vega-Lite. @param showLabels false: it is right of a panel with the same labels. */
export function drawIntervalPanel(
  {title, rows, domain, reference, kind}: IntervalPanel,
  {
    width,
    showLabels,
    arrangement,
  }: {readonly width: number; readonly showLabels: boolean; readonly arrangement: Arrangement},
): ViewSpec {
  const values = uniqueLabels(rows);
  const labelWidth = Math.min(LONGEST_LABEL[arrangement], Math.max(0, ...rows.map(({label}) => textWidth(label))) + 12);
  const y = {
    field: 'label',
    type: 'nominal',
    sort: null,
    title: null,
    axis: showLabels
      ? {
          labelLimit: labelWidth,
          minExtent: labelWidth,
          maxExtent: labelWidth,
          ticks: false,
          domain: false,
        }
      : {labels: false, ticks: false, domain: false},
  };
  const scale = {domain, nice: false, clamp: true, zero: false};
  const x = {field: 'value', type: 'quantitative', scale, title: null, axis: {tickCount: 3, format: FORMATS[kind]}};
  const {shape, color} = MARKS[kind];
  const shown = {filter: 'isValid(datum.value)'};
  return {
    title: {text: title, anchor: 'start', frame: 'group'},
    width,
    height: {step: ROW_HEIGHT},
    data: {values},
    layer: [
      ...(reference === undefined
        ? []
        : [
            {
              data: {values: [{at: reference}]},
              mark: {type: 'rule', strokeDash: [3, 3], stroke: INK, opacity: 0.6},
              encoding: {x: {field: 'at', type: 'quantitative', scale}},
            },
          ]),
      {
        transform: [{filter: 'isValid(datum.ci_low)'}],
        mark: {type: 'rule', strokeWidth: 1.6, stroke: INK, opacity: 0.75},
        encoding: {y, x: {...x, field: 'ci_low'}, x2: {field: 'ci_high'}},
      },
      {
        transform: [shown],
        mark: {type: 'point', filled: true, shape, color, opacity: 1, size: shape === 'circle' ? 52 : 64},
        encoding: {y, x},
      },
      {
        // Said, not left empty: there is no number here.
        transform: [{filter: '!isValid(datum.value)'}],
        mark: {type: 'text', text: '–', color: INK, align: 'left', dx: 2},
        encoding: {y, x: {datum: domain[0], type: 'quantitative', scale}},
      },
    ],
  };
}

/** Numbers equal labels: their rows would be drawn on one line. */
function uniqueLabels(rows: readonly IntervalRow[]): IntervalRow[] {
  const seen = new Map<string, number>();
  return rows.map(row => {
    const times = (seen.get(row.label) ?? 0) + 1;
    seen.set(row.label, times);
    return times === 1 ? row : {...row, label: `${row.label} (${times})`};
  });
}

/** Returns an axis with round ends that holds all estimates and their intervals. */
export function chooseDomain(rows: readonly IntervalRow[], kind: IntervalPanel['kind']): readonly [number, number] {
  if (kind === 'share') return [0, 1];
  const values = rows
    .flatMap(({value, ci_low: low, ci_high: high}) => [value, low, high])
    .filter((value): value is number => value !== null);
  if (kind === 'value') return padDomain(Math.min(...values), Math.max(...values));
  const most = Math.max(0.1, ...values.map(Math.abs));
  const end = Math.ceil(most * 10) / 10;
  return [-end, end];
}

/** Leaves some room at both ends; a single value gets as much as it is large. Nothing at all is drawn on 0…1. */
function padDomain(low: number, high: number): readonly [number, number] {
  if (low > high) return [0, 1];
  const room = low === high ? Math.abs(low) || 1 : (high - low) * 0.05;
  return [low - room, high + room];
}
