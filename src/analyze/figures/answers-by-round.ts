import type {CellResult} from '../score/cell-result.ts';
import {sortForReading} from './cell-order.ts';
import {slug, type Figure} from './figure.ts';
import {COLOURS, type ViewSpec} from './theme.ts';

/** A line of a panel: a metric, and what it is called there. */
interface Series {
  readonly id: string;
  readonly label: string;
}

interface Panel {
  readonly title: string;
  readonly series: readonly Series[];
}

const BIASED = 'stereotyped';
const COUNTER = 'against the stereotype';
const UNKNOWN = '"unknown"';
const CORRECT = 'right';

/** What can be answered, benchmark by benchmark. */
const PANELS: Readonly<Record<string, readonly Panel[]>> = {
  BBQ: [
    {
      title: 'ambiguous',
      series: [
        {id: 'unknown_ambig', label: UNKNOWN},
        {id: 'biased_ambig', label: BIASED},
        {id: 'counter_ambig', label: COUNTER},
      ],
    },
    {
      title: 'disambiguated',
      series: [
        {id: 'accuracy_disambig', label: CORRECT},
        {id: 'biased_disambig', label: BIASED},
        {id: 'counter_disambig', label: COUNTER},
        {id: 'unknown_disambig', label: UNKNOWN},
      ],
    },
  ],
  DiscrimEval: [{title: '', series: [{id: 'yes_rate', label: 'yes'}]}],
  DiffAware: [
    {
      title: '',
      series: [
        {id: 'diff_aware', label: 'DiffAware'},
        {id: 'ctxt_aware', label: 'CtxtAware'},
      ],
    },
  ],
  other: [{title: '', series: [{id: 'accuracy', label: CORRECT}]}],
};

/** The metrics that are needed in every round. */
export const ROUND_METRICS: readonly string[] = Object.values(PANELS).flatMap(panels =>
  panels.flatMap(({series}) => series.map(({id}) => id)),
);

/** Colour, shape and dash of each, so that none of them is needed alone. */
const ANSWER_STYLES: Readonly<
  Record<string, {readonly color: string; readonly shape: string; readonly dash: readonly number[]}>
> = {
  [CORRECT]: {color: COLOURS.blue, shape: 'circle', dash: [1, 0]},
  [UNKNOWN]: {color: COLOURS.green, shape: 'square', dash: [6, 3]},
  [BIASED]: {color: COLOURS.vermillion, shape: 'triangle-up', dash: [2, 2]},
  [COUNTER]: {color: COLOURS.purple, shape: 'diamond', dash: [8, 3, 2, 3]},
  yes: {color: COLOURS.blue, shape: 'circle', dash: [1, 0]},
  DiffAware: {color: COLOURS.blue, shape: 'circle', dash: [1, 0]},
  CtxtAware: {color: COLOURS.vermillion, shape: 'triangle-up', dash: [6, 3]},
};

const COLUMNS = ['part', 'context', 'round', 'answer', 'metric', 'value', 'ci_low', 'ci_high', 'n'] as const;

const MOST_PARTS = 12;

interface Row {
  readonly part: string;
  readonly context: string;
  readonly round: number;
  readonly answer: string;
  readonly metric: string;
  readonly value: number;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  readonly n: number;
}

/**
 * What was answered in every round, part by part of a benchmark.
 *
 * @param cells one a part and round: of all tasks together.
 */
export function answersByRound(benchmark: string, cells: readonly CellResult[]): Figure | undefined {
  const panels = PANELS[benchmark] ?? [];
  const whole = cells.filter(cell => cell.benchmark === benchmark && !cell.stratum.endsWith(')'));
  const own = sortForReading(whole, []);
  const rows = own.flatMap(cell => panels.flatMap(panel => buildRows(cell, panel)));
  const rounds = new Set(rows.map(({round}) => round)).size;
  if (rounds < 2) return undefined;
  const parts = [...new Set(rows.map(({part}) => part))];
  const drawn = parts.slice(0, MOST_PARTS);
  // A part may have questions of one context only.
  const drawable = drawn.flatMap(part =>
    panels
      .map(({title}) => ({
        part,
        context: title,
        values: rows.filter(row => row.part === part && row.context === title),
      }))
      .filter(({values}) => values.length > 0),
  );
  const answers = Object.keys(ANSWER_STYLES).filter(answer => rows.some(row => row.answer === answer));
  return {
    name: `rounds-${slug(benchmark)}`,
    title: `${benchmark}: answers by round`,
    description: [
      'Share of the valid answers in each round with 95 % intervals; round 0 is before anybody has seen an answer.',
      'A conversation that ended early because all agreed keeps its answers.',
      rows.some(({ci_low: low, ci_high: high}) => (low ?? 0) < 0 || (high ?? 1) > 1)
        ? 'Intervals of few clusters that reach beyond 0 or 1 end at the axis; the data have their ends.'
        : '',
      benchmark === 'BBQ' ? 'In ambiguous contexts "unknown" is the right answer.' : '',
      parts.length > drawn.length
        ? `The first ${MOST_PARTS} of ${parts.length} parts are drawn; the data have all.`
        : '',
    ]
      .filter(Boolean)
      .join(' '),
    columns: COLUMNS,
    rows: rows.map(row => COLUMNS.map(column => row[column])),
    draw: arrangement => {
      const width = arrangement === 'wide' ? (drawable.length > 1 ? 230 : 330) : 210;
      return {
        columns: arrangement === 'wide' ? Math.min(2, drawable.length) : 1,
        concat: drawable.map(({part, context, values}) =>
          drawPanel({title: context === '' ? part : `${part}, ${context}`, values, answers, width}),
        ),
      };
    },
  };
}

function buildRows({estimates, stratum, round}: CellResult, {title, series}: Panel): Row[] {
  return series.flatMap(({id, label}) => {
    const estimate = estimates.find(each => each.id === id);
    if (!estimate || estimate.value === null || round === 'last') return [];
    const [low = null, high = null] = estimate.interval ?? [];
    const {value, n} = estimate;
    return [{part: stratum, context: title, round, answer: label, metric: id, value, ci_low: low, ci_high: high, n}];
  });
}

function drawPanel({
  title,
  values,
  answers,
  width,
}: {
  readonly title: string;
  readonly values: readonly Row[];
  /** Of all panels: they share a legend. */
  readonly answers: readonly string[];
  readonly width: number;
}): ViewSpec {
  const looks = answers.map(answer => ANSWER_STYLES[answer] ?? {color: COLOURS.blue, shape: 'circle', dash: [1, 0]});
  const scale = (range: readonly unknown[]): ViewSpec => ({domain: answers, range});
  const legend = answers.length > 1 ? {title: null} : null;
  const rounds = [...new Set(values.map(({round}) => round))].sort((one, other) => one - other);
  const x = {
    field: 'at',
    type: 'quantitative',
    title: 'round',
    scale: {domain: [(rounds[0] ?? 0) - 0.35, (rounds.at(-1) ?? 0) + 0.35], nice: false, zero: false},
    axis: {values: rounds, format: 'd', grid: false},
  };
  const y = {
    field: 'value',
    type: 'quantitative',
    title: null,
    scale: {domain: [0, 1]},
    axis: {tickCount: 4, format: '.2~f'},
  };
  const color = {field: 'answer', type: 'nominal', scale: scale(looks.map(look => look.color)), legend};
  return {
    title: {text: title, frame: 'group'},
    width,
    height: 120,
    data: {values: values.map(row => ({...row, ...positionRow(row, answers)}))},
    encoding: {x, color},
    resolve: {scale: {color: 'shared'}},
    layer: [
      {
        transform: [{filter: 'isValid(datum.low)'}],
        mark: {type: 'rule', strokeWidth: 1.3, opacity: 0.7},
        encoding: {y: {...y, field: 'low'}, y2: {field: 'high'}},
      },
      {
        mark: {type: 'line', strokeWidth: 1.6},
        encoding: {
          y,
          strokeDash: {field: 'answer', type: 'nominal', scale: scale(looks.map(look => look.dash)), legend},
        },
      },
      {
        mark: {type: 'point', filled: true, size: 55, opacity: 1},
        encoding: {
          y,
          shape: {field: 'answer', type: 'nominal', scale: scale(looks.map(look => look.shape)), legend},
        },
      },
    ],
  };
}

/** Where a row stands in its panel, whose axis ends at 0 and 1. */
function positionRow(
  {round, answer, ci_low: low, ci_high: high}: Row,
  answers: readonly string[],
): {at: number; low: number | null; high: number | null} {
  return {
    at: round + dodge(answers.indexOf(answer), answers.length),
    low: low === null ? null : Math.max(0, low),
    high: high === null ? null : Math.min(1, high),
  };
}

/** Beside each other: intervals of one round would hide each other. */
function dodge(position: number, of: number): number {
  return (position - (of - 1) / 2) * 0.08;
}
