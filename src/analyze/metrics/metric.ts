/** A number computed from counts; or, as a text, why there is none: a zero denominator is never 0. */
export type Value = number | string;

type Counts<Column extends string = string> = Readonly<Record<Column, number>>;

/** A number that follows from counts summed over answers or conversations. */
export interface Metric {
  /** Stable; a column name in machine output. */
  readonly id: string;
  readonly label: string;
  /** The columns of a CountTable that it is computed from. */
  readonly columns: readonly string[];
  readonly value: (counts: Counts) => Value;
  /** How many answers (or conversations, or chances to change) the value rests on. */
  readonly n: (counts: Counts) => number;
  /**
   * `proportion`: Wilson's interval for clustered data. `ratio`: a cluster bootstrap that computes everything anew; where no draw differs from
   * the others, the Wilson interval of `share`, if the value is a linear function of one.
   */
  readonly interval: 'proportion' | 'ratio';
  readonly share?: Share;
}

/** The proportion that a value is, or is a linear function of. */
export interface Share {
  readonly successes: (counts: Counts) => number;
  readonly n: (counts: Counts) => number;
  /** From the proportion to the value; identity by default. */
  readonly scale?: (proportion: number) => number;
}

/** A metric whose functions are checked against the columns it names. */
export function defineMetric<Column extends string>(metric: {
  readonly id: string;
  readonly label: string;
  readonly columns: readonly Column[];
  readonly value: (counts: Counts<Column>) => Value;
  readonly n: (counts: Counts<Column>) => number;
  readonly share?: {
    readonly successes: (counts: Counts<Column>) => number;
    readonly n: (counts: Counts<Column>) => number;
    readonly scale?: (proportion: number) => number;
  };
}): Metric {
  return {...(metric as unknown as Metric), interval: 'ratio'};
}

/** The share of `of` that `part` is. */
export function proportion(options: {
  readonly id: string;
  readonly label: string;
  readonly part: string;
  readonly of: string;
  /** Said when there is nothing to take a share of. */
  readonly nothing: string;
}): Metric {
  const {id, label, part, of, nothing} = options;
  const successes = (counts: Counts): number => counts[part] ?? 0;
  const n = (counts: Counts): number => counts[of] ?? 0;
  return {
    id,
    label,
    columns: [part, of],
    interval: 'proportion',
    n,
    share: {successes, n},
    value: counts => (n(counts) === 0 ? nothing : successes(counts) / n(counts)),
  };
}

/** The same metric over columns that begin with `scope`: another round, another unit of answer, another condition. */
export function scoped(metric: Metric, scope: string): Metric {
  const own = (counts: Counts): Counts => {
    const inner: Record<string, number> = {};
    for (const column of metric.columns) inner[column] = counts[scope + column] ?? 0;
    return inner;
  };
  const {share} = metric;
  return {
    ...metric,
    columns: metric.columns.map(column => scope + column),
    value: counts => metric.value(own(counts)),
    n: counts => metric.n(own(counts)),
    ...(share
      ? {share: {...share, successes: counts => share.successes(own(counts)), n: counts => share.n(own(counts))}}
      : {}),
  };
}

/** first − second, both computed anew in every draw: answers to one question stay together, so the difference is paired. */
export function difference(options: {
  readonly id: string;
  readonly label: string;
  readonly first: Metric;
  readonly second: Metric;
}): Metric {
  const {first, second} = options;
  return {
    id: options.id,
    label: options.label,
    columns: [...new Set([...first.columns, ...second.columns])],
    interval: 'ratio',
    value: counts => {
      const [one, other] = [first.value(counts), second.value(counts)];
      if (typeof one === 'string') return one;
      return typeof other === 'string' ? other : one - other;
    },
    n: counts => Math.min(first.n(counts), second.n(counts)),
  };
}
