import {groupBy} from '../../core/group-by.ts';
import type {RatioPart} from '../statistics/linearised.ts';
import {nameCluster} from './cells.ts';
import {columnText, isScored, SEED, type TrialRow} from './trial-row.ts';

/** Trials of both sides that are equal in all columns that are held fixed; they differ in the seed. */
export interface TrialBlock {
  readonly block: Readonly<Record<string, string>>;
  readonly pairs: readonly TrialPair[];
}

/** The trials of one seed on either side; more than one where labels do not tell them apart. */
export interface TrialPair {
  readonly seed: number | null;
  readonly first: readonly TrialRow[];
  readonly second: readonly TrialRow[];
}

export interface PairedTrials {
  readonly blocks: readonly TrialBlock[];
  /** Trials without a counterpart on the other side: left out. */
  readonly onlyFirst: readonly TrialRow[];
  readonly onlySecond: readonly TrialRow[];
}

/** Pairs trials by the columns that are held fixed and by seed. */
export function pairTrials(
  first: readonly TrialRow[],
  second: readonly TrialRow[],
  fixed: readonly string[],
): PairedTrials {
  const key = (row: TrialRow): string => JSON.stringify([...fixed, SEED].map(column => columnText(row, column)));
  const others = groupBy(second, key);
  const blocks = new Map<string, {readonly block: TrialBlock['block']; readonly pairs: TrialPair[]}>();
  const onlyFirst: TrialRow[] = [];
  const paired = new Set<string>();
  for (const [own, rows] of groupBy(first, key)) {
    const [row] = rows;
    const partners = others.get(own);
    if (!row || !partners) {
      onlyFirst.push(...rows);
      continue;
    }
    paired.add(own);
    const values = fixed.map(column => [column, columnText(row, column)] as const);
    const name = JSON.stringify(values);
    const block = blocks.get(name) ?? {block: Object.fromEntries(values), pairs: []};
    blocks.set(name, block);
    block.pairs.push({seed: row.seed, first: rows, second: partners});
  }
  const onlySecond = [...others].filter(([own]) => !paired.has(own)).flatMap(([, rows]) => rows);
  return {blocks: [...blocks.values()], onlyFirst, onlySecond};
}

/** A pair's values of a metric as parts of the means of either side; undefined where a side has none. */
export function readPair(
  {first, second}: TrialPair,
  id: string,
): {readonly first: RatioPart; readonly second: RatioPart} | undefined {
  const [one, other] = [first, second].map(rows => averageMetric(rows, id));
  return one && other && {first: one, second: other};
}

/** Each pair counts alike: trials that labels do not tell apart are averaged first. */
function averageMetric(rows: readonly TrialRow[], id: string): RatioPart | undefined {
  const values = rows.filter(isScored).flatMap(({metrics}) => metrics.get(id) ?? []);
  const [row] = rows;
  if (!row || values.length === 0) return undefined;
  return {cluster: nameCluster(row), part: values.reduce((sum, value) => sum + value, 0) / values.length, of: 1};
}
