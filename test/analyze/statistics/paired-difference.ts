import {
  subtractLinearised,
  ratioOfSums,
  type Linearised,
  type RatioPart,
} from '../../../src/analyze/statistics/linearised.ts';

/** One question answered under both conditions. */
export interface Pair {
  readonly cluster: string;
  readonly first: number;
  readonly second: number;
}

/** The mean of first − second. */
export function pairedDifference(pairs: readonly Pair[]): Linearised {
  const mean = (read: (pair: Pair) => number): Linearised =>
    ratioOfSums(pairs.map((pair): RatioPart => ({cluster: pair.cluster, part: read(pair), of: 1})))!;
  return subtractLinearised(
    mean(({first}) => first),
    mean(({second}) => second),
  );
}
