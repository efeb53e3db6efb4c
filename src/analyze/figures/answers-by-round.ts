import type {RoundPanel} from '../metrics/benchmark.ts';
import {BENCHMARKS, benchmarkNamed} from '../metrics/benchmarks.ts';
import type {CellResult} from '../score/cell-result.ts';
import {
  type Figure,
  arrangeViews,
  benchmarkFigure,
  drawFirst,
  estimateRow,
  wholeCells,
  type EstimateRow,
} from './figure.ts';
import {COLOURS, type ViewSpec} from './theme.ts';

/** The metrics that are needed in every round. */
export const ROUND_METRICS: readonly string[] = BENCHMARKS.flatMap(({byRound}) =>
  byRound.flatMap(({series}) => series.map(({id}) => id)),
);

type Style = readonly [color: string, shape: string, dash: readonly number[]];

/** Fixed styles of answers, in legend order. Colour, shape and dash each suffice to tell them apart. */
const ANSWER_STYLES: Readonly<Record<string, Style>> = {
  right: [COLOURS.blue, 'circle', [1, 0]],
  '"unknown"': [COLOURS.green, 'square', [6, 3]],
  stereotyped: [COLOURS.vermillion, 'triangle-up', [2, 2]],
  'against the stereotype': [COLOURS.purple, 'diamond', [8, 3, 2, 3]],
};

/** For all other answers, in the order of their declaration. */
const OTHER_STYLES: readonly Style[] = [
  [COLOURS.blue, 'circle', [1, 0]],
  [COLOURS.vermillion, 'triangle-up', [6, 3]],
  [COLOURS.green, 'square', [2, 2]],
  [COLOURS.purple, 'diamond', [8, 3, 2, 3]],
];

const COLUMNS = ['part', 'context', 'round', 'answer', 'metric', 'value', 'ci_low', 'ci_high', 'n'] as const;

const MOST_PARTS = 12;

interface Row extends EstimateRow {
  readonly part: string;
  readonly context: string;
  readonly round: number;
  readonly answer: string;
}

/**
 * Draws what was answered in every round, part by part of a benchmark.
 *
 * @param cells one a part and round: of all tasks together.
 */
export function answersByRound(benchmark: string, cells: readonly CellResult[]): Figure | undefined {
  const panels = benchmarkNamed(benchmark).byRound;
  const rows = wholeCells(benchmark, cells).flatMap(cell => panels.flatMap(panel => buildRows(cell, panel)));
  if (new Set(rows.map(({round}) => round)).size < 2) return undefined;
  const {drawn, note} = drawFirst([...new Set(rows.map(({part}) => part))], MOST_PARTS, 'parts');
  // A part may have questions of one context only.
  const drawable = drawn.flatMap(part =>
    panels
      .map(({title: context = ''}) => ({
        title: context === '' ? part : `${part}, ${context}`,
        values: rows.filter(row => row.part === part && row.context === context),
      }))
      .filter(({values}) => values.length > 0),
  );
  const answers = listAnswers(panels).filter(answer => rows.some(row => row.answer === answer));
  return benchmarkFigure({
    name: 'rounds',
    benchmark,
    title: 'answers by round',
    sentences: [
      'Share of the valid answers in each round with 95 % intervals; round 0 is before anybody has seen an answer.',
      'A conversation that ended early because all agreed keeps its answers.',
      rows.some(({ci_low: low, ci_high: high}) => (low ?? 0) < 0 || (high ?? 1) > 1)
        ? 'Intervals of few clusters that reach beyond 0 or 1 end at the axis; the data have their ends.'
        : '',
      ...panels.map(({note: ofPanel = ''}) => ofPanel),
      note,
    ],
    columns: COLUMNS,
    rows,
    draw: arrangement => {
      const width = arrangement === 'wide' ? (drawable.length > 1 ? 230 : 330) : 210;
      return arrangeViews(
        arrangement,
        drawable.map(panel => drawPanel({...panel, answers, width})),
      );
    },
  });
}

function buildRows(cell: CellResult, {title: context = '', series}: RoundPanel): Row[] {
  const {stratum: part, round} = cell;
  if (round === 'last') return [];
  return series
    .map(({id, answer}) => ({part, context, round, answer, ...estimateRow(cell, id)}))
    .filter(({value}) => value !== null);
}

/** Returns the answers of a figure in the order of its legend. */
function listAnswers(panels: readonly RoundPanel[]): string[] {
  const declared = panels.flatMap(({series}) => series.map(({answer}) => answer));
  const known = Object.keys(ANSWER_STYLES).filter(answer => declared.includes(answer));
  return [...new Set([...known, ...declared])];
}

function chooseStyles(answers: readonly string[]): Style[] {
  const others = answers.filter(answer => !Object.hasOwn(ANSWER_STYLES, answer));
  const fallback: Style = [COLOURS.blue, 'circle', [1, 0]];
  return answers.map(
    answer => ANSWER_STYLES[answer] ?? OTHER_STYLES[others.indexOf(answer) % OTHER_STYLES.length] ?? fallback,
  );
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
  const styles = chooseStyles(answers);
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
  const color = {field: 'answer', type: 'nominal', scale: scale(styles.map(([color]) => color)), legend};
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
          strokeDash: {field: 'answer', type: 'nominal', scale: scale(styles.map(([, , dash]) => dash)), legend},
        },
      },
      {
        mark: {type: 'point', filled: true, size: 55, opacity: 1},
        encoding: {
          y,
          shape: {field: 'answer', type: 'nominal', scale: scale(styles.map(([, shape]) => shape)), legend},
        },
      },
    ],
  };
}

/** Places a row in its panel, whose axis ends at 0 and 1. */
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
