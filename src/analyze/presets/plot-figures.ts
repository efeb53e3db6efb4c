import type {Datum, Figure} from '../figures/figure.ts';
import {COLOURS, shortLabel, textWidth, type ViewSpec} from '../figures/theme.ts';
import {listTokens} from './answer.ts';
import type {ChoiceRecord, FreetextRecord, NumericRecord} from './probe-records.ts';
import {computeMean, Counter, Groups} from './statistics.ts';

/** More lines cannot be told apart. */
const MOST_LINES = 8;

const MOST_TOKENS = 20;

/** Lines and points of a figure in legend order: Okabe and Ito's colours, with shapes and dashes that repeat them. */
const STYLES: readonly (readonly [color: string, shape: string, dash: readonly number[]])[] = [
  [COLOURS.blue, 'circle', [1, 0]],
  [COLOURS.vermillion, 'square', [6, 3]],
  [COLOURS.green, 'triangle-up', [2, 2]],
  [COLOURS.purple, 'diamond', [8, 3, 2, 3]],
  ['#56B4E9', 'triangle-down', [1, 0]],
  ['#E69F00', 'cross', [6, 3]],
  ['#000000', 'triangle-right', [2, 2]],
  ['#8B8B00', 'triangle-left', [8, 3, 2, 3]],
];

/** Draws the share of each choice among the answers of an episode; the rarest beyond eight are left out. */
export function drawChoiceShares(label: string, records: readonly ChoiceRecord[]): Figure {
  const byEpisode = new Groups<number, Counter>(() => new Counter());
  const all = new Counter();
  for (const {episode, choice} of records) {
    byEpisode.get(episode).add(choice);
    all.add(choice);
  }
  const choices = all.texts();
  const drawn = all.listMostFrequent(MOST_LINES).map(([choice]) => choice);
  const points = byEpisode
    .entries()
    .flatMap(([episode, counts]) => drawn.map(line => ({episode, line, value: counts.get(line) / counts.total})));
  const left = choices.length > drawn.length ? ` (${drawn.length} of ${choices.length} choices)` : '';
  return lineFigure(`choice_${label}`, `${label}: share of answers by episode${left}`, {
    points,
    lines: drawn,
    axis: {title: 'share', domain: [0, 1]},
  });
}

/** Draws the mean of the numbers that were answered in each episode. */
export function drawNumericMeans(label: string, records: readonly NumericRecord[]): Figure {
  const byEpisode = new Groups<number, number[]>(() => []);
  for (const {episode, value} of records) byEpisode.get(episode).push(value);
  return lineFigure(`numeric_${label}`, `${label}: mean by episode`, {
    points: byEpisode.entries().map(([episode, values]) => ({episode, line: label, value: computeMean(values) ?? 0})),
    lines: [label],
    axis: {title: 'mean'},
  });
}

/** Draws how many words the answers of an episode have on average, label by label. */
export function drawWordCounts(records: readonly FreetextRecord[]): Figure {
  const byLabel = new Groups<string, Groups<number, number[]>>(() => new Groups(() => []));
  for (const {label, episode, word_count: words} of records) byLabel.get(label).get(episode).push(words);
  const labels = byLabel.entries().map(([label]) => label);
  const drawn = labels.slice(0, MOST_LINES);
  const left = labels.length > drawn.length ? ` (${drawn.length} of ${labels.length} labels)` : '';
  return lineFigure('freetext_wordcount_over_time', `Mean number of words by episode${left}`, {
    points: drawn.flatMap(line =>
      byLabel
        .get(line)
        .entries()
        .map(([episode, words]) => ({episode, line, value: computeMean(words) ?? 0})),
    ),
    lines: drawn,
    axis: {title: 'words', domain: [0]},
  });
}

/** Draws how often the most frequent words were used; nothing without words of three letters. */
export function drawTopTokens(records: readonly FreetextRecord[]): Figure | undefined {
  const tokens = new Counter();
  for (const {text} of records) for (const token of listTokens(text)) tokens.add(token);
  const top = tokens.listMostFrequent(MOST_TOKENS).map(([token, count]) => ({token: shortLabel(token), count}));
  if (top.length === 0) return undefined;
  return {
    name: 'freetext_top_tokens',
    title: 'Most frequent words',
    description: `The ${top.length} most frequent words of three letters or more in free answers.`,
    columns: ['token', 'count'],
    rows: top.map(({token, count}) => [token, count]),
    draw: () => ({
      title: {text: 'Most frequent words', frame: 'group'},
      width: 420,
      height: {step: 17},
      data: {values: top},
      mark: {type: 'bar', color: COLOURS.blue},
      encoding: {
        y: {field: 'token', type: 'nominal', sort: null, title: null, axis: {ticks: false, domain: false}},
        x: {field: 'count', type: 'quantitative', title: 'count', axis: {tickMinStep: 1, format: 'd'}},
      },
    }),
  };
}

interface Point {
  readonly episode: number;
  readonly line: string;
  readonly value: number;
}

interface LineOptions {
  readonly points: readonly Point[];
  /** In legend order. */
  readonly lines: readonly string[];
  /** `domain` with one number begins there. */
  readonly axis: {readonly title: string; readonly domain?: readonly [number, number?]};
}

function lineFigure(name: string, title: string, options: LineOptions): Figure {
  const rows = options.points.map(({episode, line, value}): Datum[] => [episode, line, value]);
  return {
    name,
    title,
    description: title,
    columns: ['episode', 'line', 'value'],
    rows,
    draw: () => drawLines(title, options),
  };
}

function drawLines(title: string, {points, lines, axis}: LineOptions): ViewSpec {
  const styles = lines.map((_, i) => STYLES[i % STYLES.length] ?? STYLES[0]);
  const names = lines.map(line => shortLabel(line, 40));
  const legend =
    lines.length > 1 ? {title: null, columns: widestFit(names), symbolDash: [1, 0], symbolStrokeWidth: 0} : null;
  const style = (range: readonly unknown[]): ViewSpec => ({
    field: 'line',
    type: 'nominal',
    scale: {domain: names, range},
    legend,
  });
  const episodes = [...new Set(points.map(({episode}) => episode))];
  const [from, to] = axis.domain ?? [];
  const y = {
    field: 'value',
    type: 'quantitative',
    title: axis.title,
    scale: {...(from === undefined ? {zero: false} : {domainMin: from}), ...(to === undefined ? {} : {domainMax: to})},
  };
  return {
    title: {text: shortLabel(title, 80), frame: 'group', limit: 480},
    width: 480,
    height: 220,
    data: {values: points.map(point => ({...point, line: shortLabel(point.line, 40)}))},
    encoding: {
      x: {
        field: 'episode',
        type: 'quantitative',
        title: 'episode',
        scale: {zero: false, nice: false, padding: 12},
        axis: {grid: false, format: 'd', tickMinStep: 1, ...(episodes.length <= 20 ? {values: episodes} : {})},
      },
      y,
      color: style(styles.map(([color] = [COLOURS.blue, 'circle', [1, 0]]) => color)),
    },
    layer: [
      {
        mark: {type: 'line', strokeWidth: 1.6},
        encoding: {strokeDash: {...style(styles.map(each => each?.[2] ?? [1, 0])), legend: null}},
      },
      {
        mark: {type: 'point', filled: true, size: 50, opacity: 1},
        encoding: {shape: style(styles.map(each => each?.[1] ?? 'circle'))},
      },
    ],
  };
}

/** Returns how many entries of a legend fit beside each other. */
function widestFit(names: readonly string[]): number {
  const widest = Math.max(...names.map(name => textWidth(name))) + 40;
  return Math.max(1, Math.min(4, Math.floor(480 / widest)));
}
