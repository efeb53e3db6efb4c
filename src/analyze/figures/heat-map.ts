import {benchmarkNamed} from '../metrics/benchmarks.ts';
import type {CellResult} from '../score/cell-result.ts';
import {valueLabel} from './cell-labels.ts';
import {type Figure, arrangeViews, benchmarkFigure, drawFirst, estimateRow, wholeCells} from './figure.ts';
import {shortLabel, textWidth, type ViewSpec} from './theme.ts';

const COLUMNS = ['part', 'persona', 'demographics', 'metric', 'value', 'ci_low', 'ci_high', 'n'] as const;

/** With more maps only the first are drawn. */
const MOST_MAPS = 24;

/** Orange, white, blue: distinct in every kind of colour vision. Both ends are dark, so numbers show the sign. */
const DIVERGING = ['#B35806', '#F1A340', '#FFFFFF', '#67A9CF', '#0B559F'] as const;
const SEQUENTIAL = ['#FFFFFF', '#C6DBEF', '#6BAED6', '#2171B5', '#08306B'] as const;

export interface HeatMapFactors {
  readonly persona: string;
  readonly demographics: string;
}

/** Returns the columns of a map: persona and demographics of one agent, if both vary. */
export function heatMapFactors(columns: readonly string[]): HeatMapFactors | undefined {
  const personas = columns.filter(name => name.endsWith('.persona'));
  for (const persona of personas) {
    const demographics = persona.replace(/persona$/, 'demographics');
    if (columns.includes(demographics)) return {persona, demographics};
  }
  return undefined;
}

/** Explains why there is no map. */
export function explainNoHeatMap(columns: readonly string[]): string {
  const has = (name: string): boolean => columns.some(column => column.endsWith(`.${name}`));
  if (!has('persona') && !has('demographics')) return 'neither the persona nor the demographics of an agent vary';
  if (has('persona') && has('demographics')) return 'persona and demographics vary, but not of the same agent';
  return has('persona') ? 'the persona varies, the demographics do not' : 'the demographics vary, the persona does not';
}

/**
 * Draws a score by persona and demographics of an agent, averaged over the rest of the grid.
 *
 * @param cells one a persona, demographics and part.
 */
export function personaHeatMap(
  benchmark: string,
  cells: readonly CellResult[],
  factors: HeatMapFactors,
): Figure | undefined {
  const own = wholeCells(benchmark, cells, [factors.persona, factors.demographics]);
  const scores = listMappedScores(benchmark);
  const maps = [...new Set(own.map(({stratum}) => stratum))].flatMap(part => scores.map(score => ({part, ...score})));
  const rows = maps.flatMap(({part, id}) =>
    own
      .filter(({stratum}) => stratum === part)
      .map(cell => {
        const row = estimateRow(cell, id);
        return {
          part,
          persona: valueLabel(cell.cell[factors.persona]),
          demographics: valueLabel(cell.cell[factors.demographics]),
          ...row,
          n: row.n ?? 0,
        };
      }),
  );
  if (rows.length === 0) return undefined;
  const {drawn, note} = drawFirst(maps, MOST_MAPS, 'maps');
  return benchmarkFigure({
    name: 'personas',
    benchmark,
    title: 'persona × demographics',
    sentences: [
      `${scores.map(({id}) => id).join(' and ')} by ${factors.persona} and ${factors.demographics}, over all the rest of the grid.`,
      'Every field has its number; the data have the intervals, without which no two fields should be compared.',
      note,
    ],
    columns: COLUMNS,
    rows,
    draw: arrangement => {
      const labels = rows.map(({persona}) => textWidth(shortLabel(persona, 18)) + 12);
      const labelWidth = Math.max(...labels);
      const columns = new Set(rows.map(({demographics}) => demographics)).size;
      const room = arrangement === 'wide' ? (drawn.length > 1 ? 330 : 680) : 292;
      const step = Math.max(34, Math.min(64, Math.floor((room - labelWidth) / columns)));
      const views = drawn.map(({part, id, centre}) => {
        const values = rows
          .filter(row => row.part === part && row.metric === id)
          .map(row => ({
            ...row,
            persona: shortLabel(row.persona, 18),
            demographics: shortLabel(row.demographics, 12),
          }));
        const ends = computeScaleEnds(
          rows.filter(row => row.metric === id).map(({value}) => value),
          centre,
        );
        return drawMap({title: `${part}, ${id}`, values, centre, ends, step, labelWidth});
      });
      // Two wide maps would not fit beside each other.
      return arrangeViews(labelWidth + step * columns <= 345 ? arrangement : 'narrow', views);
    },
  });
}

/** Returns the scores that maps show of a benchmark; those of both signs have a middle. */
function listMappedScores(benchmark: string): {readonly id: string; readonly centre: number | null}[] {
  const {metrics, mapped} = benchmarkNamed(benchmark);
  return mapped.map(id => ({id, centre: (metrics.find(metric => metric.id === id)?.range[0] ?? 0) < 0 ? 0 : null}));
}

/** Returns the ends of the scale that all maps of a metric share. */
function computeScaleEnds(values: readonly (number | null)[], centre: number | null): readonly [number, number] {
  if (centre === null) return [0, 1];
  const most = Math.max(0.1, ...values.map(value => Math.abs((value ?? centre) - centre)));
  return [centre - most, centre + most];
}

function drawMap({
  title,
  values,
  centre,
  ends,
  step,
  labelWidth,
}: {
  readonly title: string;
  readonly values: readonly object[];
  readonly centre: number | null;
  readonly ends: readonly [number, number];
  readonly step: number;
  readonly labelWidth: number;
}): ViewSpec {
  const range = centre === null ? SEQUENTIAL : DIVERGING;
  const [low, high] = ends;
  const x = {
    field: 'demographics',
    type: 'nominal',
    sort: null,
    title: null,
    axis: {orient: 'top', labelAngle: step < 50 ? -40 : 0, ticks: false, domain: false, labelLimit: 90},
  };
  const y = {
    field: 'persona',
    type: 'nominal',
    sort: null,
    title: null,
    axis: {ticks: false, domain: false, minExtent: labelWidth, maxExtent: labelWidth, labelLimit: labelWidth},
  };
  // Where white is easier to read than black: blue is darker than orange before it is as far from the middle.
  const dark =
    centre === null
      ? `datum.value > ${low + 0.62 * (high - low)}`
      : `datum.value > ${centre + 0.75 * (high - centre)} || datum.value < ${centre - 0.92 * (high - centre)}`;
  return {
    title: {text: title, frame: 'bounds'},
    width: {step},
    height: {step: 26},
    data: {values},
    encoding: {x, y},
    layer: [
      {
        mark: {type: 'rect', stroke: '#888', strokeWidth: 0.5},
        encoding: {
          color: {
            condition: {test: '!isValid(datum.value)', value: '#BBBBBB'},
            field: 'value',
            type: 'quantitative',
            scale: {
              domain: range.map((_, i) => low + ((high - low) * i) / (range.length - 1)),
              range,
              clamp: true,
              interpolate: 'rgb',
            },
            legend: null,
          },
        },
      },
      {
        // On the coloured field, not on the page: it keeps its colour in dark mode.
        transform: [
          {
            calculate: `isValid(datum.value) ? format(round(datum.value * 100) / 100 + 0, '${centre === null ? '.2f' : '+.2f'}') : '–'`,
            as: 'text',
          },
        ],
        mark: {type: 'text', fontSize: 11},
        encoding: {text: {field: 'text'}, color: {condition: {test: dark, value: '#FFFFFF'}, value: '#111111'}},
      },
    ],
  };
}
