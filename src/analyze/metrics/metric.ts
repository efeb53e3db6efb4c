import {rangeOfDifference, type Range} from '../statistics/bounded-interval.ts';

/** A number computed from counts; or, as a text, why there is none: a zero denominator is never 0. */
export type Value = number | string;

/** Sums in the order of a metric's columns; not named, since a bootstrap reads them ten thousand times. */
export type Sums = ArrayLike<number>;

/** A metric's description for lists, tables and figures. */
export interface MetricName {
  /** Stable; a column name in machine output. */
  readonly id: string;
  readonly label: string;
  /** Its name in figures, where there is little room; the id by default. */
  readonly short?: string;
  /** Shown first in tables, reports, comparisons and figures, in the order of declaration. */
  readonly isMain?: boolean;
  /** The value that guessing would give: a line in figures. */
  readonly chance?: number;
}

/** A number that follows from counts summed over answers or conversations. */
export interface Metric extends MetricName {
  /** The columns of a CountTable that it is computed from. */
  readonly columns: readonly string[];
  readonly value: (sums: Sums) => Value;
  /** Number of answers (or conversations, or chances to change) that the value rests on. */
  readonly n: (sums: Sums) => number;
  /** Bounds of the value; its interval stays within. */
  readonly range: Range;
  /**
   * `proportion`: Wilson's interval for clustered data. `ratio`: a cluster bootstrap that recomputes everything; if all
   * draws are equal, the Wilson interval of `share`, if the value is a linear function of one.
   */
  readonly interval: 'proportion' | 'ratio';
  readonly share?: Share;
  /** The value if the metric's subject made no difference; only if the value is defined. */
  readonly expected?: (sums: Sums) => number;
}

/** The proportion that a value is, or is a linear function of. */
export interface Share {
  readonly successes: (sums: Sums) => number;
  readonly n: (sums: Sums) => number;
  /** From the proportion to the value; identity by default. */
  readonly scale?: (proportion: number) => number;
}

type Named<Column extends string> = Readonly<Record<Column, number>>;

/** A metric written with the names of its columns, and checked against them. */
export interface NamedMetric<Column extends string> extends MetricName {
  readonly columns: readonly Column[];
  readonly value: (counts: Named<Column>) => Value;
  readonly n: (counts: Named<Column>) => number;
  readonly range: Range;
  readonly interval?: Metric['interval'];
  readonly share?: {
    readonly successes: (counts: Named<Column>) => number;
    readonly n: (counts: Named<Column>) => number;
    readonly scale?: (proportion: number) => number;
  };
}

/** The range of proportions and of differences between two of them. */
export const SHARE: Range = [0, 1];
export const SIGNED_SHARE: Range = [-1, 1];

/** Returns the metric that reads its sums by position instead of by name. */
export function defineMetric<Column extends string>({share, ...metric}: NamedMetric<Column>): Metric {
  const {columns} = metric;
  // One object for all calls, none keeps it: its members look into the sums at hand.
  let sums: Sums = [];
  const counts = {} as Named<Column>;
  for (const [i, column] of columns.entries()) Object.defineProperty(counts, column, {get: () => sums[i] ?? 0});
  const positional =
    <Result>(read: (counts: Named<Column>) => Result) =>
    (current: Sums): Result => {
      sums = current;
      return read(counts);
    };
  return {
    interval: 'ratio',
    ...metric,
    value: positional(metric.value),
    n: positional(metric.n),
    ...(share ? {share: {...share, successes: positional(share.successes), n: positional(share.n)}} : {}),
  };
}

/** Returns the share of `of` that the separately counted `parts` make up. */
export function proportion({
  parts,
  of,
  nothing,
  ...name
}: MetricName & {
  readonly parts: readonly string[];
  readonly of: string;
  /** The reason given for a zero denominator. */
  readonly nothing: string;
}): Metric {
  const all = parts.length;
  const successes = (sums: Sums): number => {
    let total = 0;
    for (let i = 0; i < all; i++) total += sums[i] ?? 0;
    return total;
  };
  const n = (sums: Sums): number => sums[all] ?? 0;
  return {
    ...name,
    columns: [...parts, of],
    range: SHARE,
    interval: 'proportion',
    n,
    share: {successes, n},
    value: sums => (n(sums) === 0 ? nothing : successes(sums) / n(sums)),
  };
}

/** Returns the same metric over columns with a prefix: another round, another unit of answer, another condition. */
export function scoped(metric: Metric, scope: string): Metric {
  return {...metric, columns: metric.columns.map(column => scope + column)};
}

/** Returns first − second, both recomputed in every draw; answers to a question stay together, so it is paired. */
export function difference(options: {
  readonly id: string;
  readonly label: string;
  readonly first: Metric;
  readonly second: Metric;
}): Metric {
  const {first, second} = options;
  const rest = new Float64Array(second.columns.length);
  /** The second metric's sums come after the first's. */
  const behind = (sums: Sums): Sums => {
    for (let i = 0; i < rest.length; i++) rest[i] = sums[first.columns.length + i] ?? 0;
    return rest;
  };
  return {
    id: options.id,
    label: options.label,
    columns: [...first.columns, ...second.columns],
    range: rangeOfDifference(first.range, second.range),
    interval: 'ratio',
    value: sums => {
      const one = first.value(sums);
      if (typeof one === 'string') return one;
      const other = second.value(behind(sums));
      return typeof other === 'string' ? other : one - other;
    },
    n: sums => Math.min(first.n(sums), second.n(behind(sums))),
  };
}
