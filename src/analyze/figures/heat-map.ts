import type {CellResult} from '../score/cell-result.ts';
import {valueLabel} from './cell-labels.ts';
import {sortForReading} from './cell-order.ts';
import {slug, type Figure} from './figure.ts';
import {shortLabel, textWidth, type ViewSpec} from './theme.ts';

/** The score that a map shows of a benchmark, and where its middle is. */
const MAPPED_SCORES: Readonly<Record<string, readonly {readonly id: string; readonly centre: number | null}[]>> = {
  BBQ: [
    {id: 's_amb', centre: 0},
    {id: 's_dis', centre: 0},
  ],
  DiscrimEval: [{id: 'yes_rate', centre: null}],
  DiffAware: [{id: 'diff_aware', centre: null}],
  other: [{id: 'accuracy', centre: null}],
};

const COLUMNS = ['part', 'persona', 'demographics', 'metric', 'value', 'ci_low', 'ci_high', 'n'] as const;

/** Beyond so many maps only the first are drawn. */
const MOST_MAPS = 24;

/**
 * Orange, white, blue: told apart by every kind of colour vision; both ends are dark, so the number in the field has
 * the sign.
 */
const DIVERGING = ['#B35806', '#F1A340', '#FFFFFF', '#67A9CF', '#0B559F'] as const;
const SEQUENTIAL = ['#FFFFFF', '#C6DBEF', '#6BAED6', '#2171B5', '#08306B'] as const;

export interface HeatMapFactors {
  readonly persona: string;
  readonly demographics: string;
}

/** The columns that a map is made of: the persona and the demographics of one agent, if both vary. */
export function heatMapFactors(columns: readonly string[]): HeatMapFactors | undefined {
  const personas = columns.filter(name => name.endsWith('.persona'));
  for (const persona of personas) {
    const demographics = persona.replace(/persona$/, 'demographics');
    if (columns.includes(demographics)) return {persona, demographics};
  }
  return undefined;
}

/** Why there is no map, in words. */
export function explainNoHeatMap(columns: readonly string[]): string {
  const has = (name: string): boolean => columns.some(column => column.endsWith(`.${name}`));
  if (!has('persona') && !has('demographics')) return 'neither the persona nor the demographics of an agent vary';
  if (has('persona') && has('demographics')) return 'persona and demographics vary, but not of the same agent';
  return has('persona') ? 'the persona varies, the demographics do not' : 'the demographics vary, the persona does not';
}

/**
 * A score by persona and demographics of an agent, over all the rest of the grid.
 *
 * @param cells one a persona, demographics and part.
 */
export function personaHeatMap(
  benchmark: string,
  cells: readonly CellResult[],
  factors: HeatMapFactors,
): Figure | undefined {
  const whole = cells.filter(cell => cell.benchmark === benchmark && !cell.stratum.endsWith(')'));
  const own = sortForReading(whole, [factors.persona, factors.demographics]);
  const parts = [...new Set(own.map(({stratum}) => stratum))];
  const metrics = MAPPED_SCORES[benchmark] ?? [];
  const maps = parts.flatMap(part => metrics.map(metric => ({part, ...metric})));
  const rows = maps.flatMap(({part, id}) =>
    own
      .filter(({stratum}) => stratum === part)
      .map(cell => {
        const estimate = cell.estimates.find(each => each.id === id);
        const [low = null, high = null] = estimate?.interval ?? [];
        return {
          part,
          persona: valueLabel(cell.cell[factors.persona]),
          demographics: valueLabel(cell.cell[factors.demographics]),
          metric: id,
          value: estimate?.value ?? null,
          ci_low: low,
          ci_high: high,
          n: estimate?.n ?? 0,
        };
      }),
  );
  if (rows.length === 0) return undefined;
  const drawn = maps.slice(0, MOST_MAPS);
  return {
    name: `personas-${slug(benchmark)}`,
    title: `${benchmark}: persona × demographics`,
    description: [
      `${metrics.map(({id}) => id).join(' and ')} by ${factors.persona} and ${factors.demographics}, over all the rest of the grid.`,
      'Every field has its number; the data have the intervals, without which no two fields should be compared.',
      maps.length > drawn.length ? `The first ${MOST_MAPS} of ${maps.length} maps are drawn; the data have all.` : '',
    ]
      .filter(Boolean)
      .join(' '),
    columns: COLUMNS,
    rows: rows.map(row => COLUMNS.map(column => row[column])),
    draw: arrangement => {
      const labels = rows.map(({persona}) => textWidth(shortLabel(persona, 18)) + 12);
      const labelWidth = Math.max(...labels);
      const columns = new Set(rows.map(({demographics}) => demographics)).size;
      const room = arrangement === 'wide' ? (drawn.length > 1 ? 330 : 680) : 292;
      const step = Math.max(34, Math.min(64, Math.floor((room - labelWidth) / columns)));
      // Two wide maps would not fit beside each other.
      const perRow = arrangement === 'wide' && labelWidth + step * columns <= 345 ? Math.min(2, drawn.length) : 1;
      return {
        columns: perRow,
        concat: drawn.map(({part, id, centre}) => {
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
        }),
      };
    },
  };
}

/** One scale for all maps of a metric. */
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
