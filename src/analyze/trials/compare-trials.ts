import {matchValue, parseConditionValue} from '../select/conditions.ts';
import {UserError} from '../../core/errors.ts';
import {compareTexts} from '../../core/text/compare-texts.ts';
import {adjustTogether, type Adjusted, type Family} from '../statistics/difference.ts';
import {countStatuses, type StatusCounts} from './cells.ts';
import {checkMetrics} from './check-metrics.ts';
import {checkColumns, listVaryingColumns} from './columns.ts';
import {pairTrials, type TrialBlock} from './pair-trials.ts';
import type {TrialSelection} from './read-trials.ts';
import {selectRows} from './results.ts';
import {estimateEffect, type TrialEffect} from './trial-effect.ts';
import {columnText, isScored, listMetrics, listReportedMetrics, SEED, SET, type TrialRow} from './trial-row.ts';

export type AdjustedTrialEffect = Adjusted<TrialEffect>;

/** Differences between trials, first − second. */
export interface TrialComparison {
  readonly selection: string;
  readonly kind: string;
  /** Null for two sides that were named. */
  readonly factor: string | null;
  readonly family: Family;
  readonly missing: readonly string[];
  readonly outdated: readonly string[];
  readonly unreadable: readonly string[];
  readonly comparisons: readonly ComparedTrials[];
}

export interface ComparedTrials<Effect = AdjustedTrialEffect> {
  readonly first: TrialSide;
  readonly second: TrialSide;
  /** Columns of which no value is on both sides. */
  readonly differs_in: readonly string[];
  /** All others: trials are paired by these and by seed. */
  readonly matched_on: readonly string[];
  /** Pairs of trials, whether or not they were scored. */
  readonly pairs: number;
  /** Trials without a counterpart, by side: left out. */
  readonly unpaired: {readonly first: readonly string[]; readonly second: readonly string[]};
  readonly effects: readonly Effect[];
  /** Empty unless asked for. */
  readonly by_block: readonly {readonly block: TrialBlock['block']; readonly effects: readonly Effect[]}[];
}

export interface TrialSide {
  readonly name: string;
  readonly trials: number;
  readonly scored: number;
  readonly statuses: StatusCounts;
}

/** The sides of a comparison: two conditions, two sets, or the levels of a column. */
export type ContrastedTrials =
  | {readonly kind: 'sides'; readonly first: string; readonly second: string}
  | {readonly kind: 'sets'}
  | {readonly kind: 'factor'; readonly factor: string; readonly baseline: string | undefined};

export interface TrialComparisonRequest {
  readonly contrasted: ContrastedTrials;
  /** Default: what trials reported themselves. */
  readonly metrics?: readonly string[] | undefined;
  readonly byBlock: boolean;
}

interface Side {
  readonly name: string;
  readonly rows: readonly TrialRow[];
}

/**
 * Compares trials, paired by all labels that are not compared and by seed.
 *
 * @throws UserError `metric-unknown`, `label-unknown`, `value-unknown`, `factor-one-level`, `compare-same`,
 *   `compare-overlap`, `compare-unmatched`, `compare-nothing-scored`, `cell-usage`, `cell-none`.
 */
export function compareTrials(
  selection: TrialSelection,
  {contrasted, metrics: wanted, byBlock}: TrialComparisonRequest,
): TrialComparison {
  const {rows, name, kind, missing, outdated, unreadable} = selection;
  checkMetrics(wanted ?? [], listMetrics(rows));
  const metrics = wanted ?? listReportedMetrics(rows);
  const compared = chooseSides(selection, contrasted).map(sides => compareSides(sides, {rows, metrics, byBlock}));
  if (compared.every(({pairs}) => pairs === 0)) throw unmatched(compared);
  if (compared.every(({effects}) => effects.every(({difference}) => difference === null))) {
    throw new UserError('compare-nothing-scored', 'no pair has results on both sides', {
      hint: 'mac results shows which trials have succeeded',
    });
  }
  const factor = contrasted.kind === 'factor' ? contrasted.factor : contrasted.kind === 'sets' ? SET : null;
  return {selection: name, kind, factor, missing, outdated, unreadable, ...adjustAll(compared)};
}

function chooseSides({rows}: TrialSelection, contrasted: ContrastedTrials): [Side, Side][] {
  switch (contrasted.kind) {
    case 'sides': {
      const [first, second] = [contrasted.first, contrasted.second].map(text => ({
        name: text,
        rows: selectRows(rows, text),
      }));
      return first && second ? [[first, second]] : [];
    }
    case 'sets':
      return pairLevels(SET, rows, undefined);
    case 'factor':
      checkColumns([contrasted.factor], rows);
      return pairLevels(contrasted.factor, rows, contrasted.baseline);
  }
}

/** Returns all pairs of the values of a column, or each with the baseline. */
function pairLevels(column: string, rows: readonly TrialRow[], baseline: string | undefined): [Side, Side][] {
  const values = [...new Set(rows.map(row => columnText(row, column)))];
  // The order in which two sets were named tells which is the first.
  if (column !== SET) values.sort(compareTexts);
  if (values.length < 2) {
    throw new UserError('factor-one-level', `${column} is ${values.join('')} in all trials`, {
      hint: `trials differ in: ${listVaryingColumns(rows).join(', ') || SEED}`,
    });
  }
  const sides = values.map(value => ({name: value, rows: rows.filter(row => columnText(row, column) === value)}));
  if (baseline === undefined) {
    return sides.flatMap((first, i) => sides.slice(i + 1).map((second): [Side, Side] => [first, second]));
  }
  const level = matchValue(new Set(values), parseConditionValue(baseline));
  const base = sides.find(({name}) => name === level);
  if (!base) {
    throw new UserError('value-unknown', `no trial has ${column}=${baseline}`, {
      hint: `there are: ${values.join(', ')}`,
    });
  }
  return sides.filter(side => side !== base).map((side): [Side, Side] => [side, base]);
}

function compareSides(
  [first, second]: readonly [Side, Side],
  {
    rows,
    metrics,
    byBlock,
  }: {readonly rows: readonly TrialRow[]; readonly metrics: readonly string[]; readonly byBlock: boolean},
): ComparedTrials<TrialEffect> {
  refuseOverlap(first, second);
  const varying = listVaryingColumns(rows);
  const differing = varying.filter(column => isDisjoint(first.rows, second.rows, column));
  const matched = varying.filter(column => !differing.includes(column));
  const {blocks, onlyFirst, onlySecond} = pairTrials(first.rows, second.rows, matched);
  const estimate = (some: readonly TrialBlock[]): TrialEffect[] => metrics.map(id => estimateEffect(id, some));
  return {
    first: describeSide(first),
    second: describeSide(second),
    differs_in: differing,
    matched_on: matched,
    pairs: blocks.reduce((sum, {pairs}) => sum + pairs.length, 0),
    unpaired: {first: onlyFirst.map(({id}) => id), second: onlySecond.map(({id}) => id)},
    effects: estimate(blocks),
    by_block: byBlock ? blocks.map(each => ({block: each.block, effects: estimate([each])})) : [],
  };
}

function unmatched(compared: readonly ComparedTrials<TrialEffect>[]): UserError {
  const names = compared.map(({first, second}) => `${first.name} has a counterpart in ${second.name}`);
  const matched = new Set(compared.flatMap(sides => sides.matched_on));
  return new UserError('compare-unmatched', `no trial of ${names[0] ?? 'either side'}`, {
    hint: `trials are paired by ${[...matched, SEED].join(', ')}`,
  });
}

function refuseOverlap(first: Side, second: Side): void {
  const others = new Set(second.rows);
  const common = first.rows.filter(row => others.has(row)).length;
  if (common === 0) return;
  if (common === first.rows.length && common === second.rows.length) {
    throw new UserError('compare-same', `${first.name} and ${second.name} are the same trials`);
  }
  throw new UserError('compare-overlap', `${common} trials are on both sides`, {
    hint: 'name sides without common trials, such as trainer=a trainer=b',
  });
}

function isDisjoint(first: readonly TrialRow[], second: readonly TrialRow[], column: string): boolean {
  const values = new Set(first.map(row => columnText(row, column)));
  return !second.some(row => values.has(columnText(row, column)));
}

function describeSide({name, rows}: Side): TrialSide {
  return {name, trials: rows.length, scored: rows.filter(isScored).length, statuses: countStatuses(rows)};
}

/** Applies Holm's correction over everything that is shown. */
function adjustAll(compared: readonly ComparedTrials<TrialEffect>[]): Pick<TrialComparison, 'comparisons' | 'family'> {
  const shown = compared.flatMap(({effects, by_block: blocks}) => [
    ...effects,
    ...blocks.flatMap(block => block.effects),
  ]);
  const {family, adjust} = adjustTogether(shown);
  return {
    comparisons: compared.map(({effects, by_block: blocks, ...sides}) => ({
      ...sides,
      effects: effects.map(adjust),
      by_block: blocks.map(({block, effects: own}) => ({block, effects: own.map(adjust)})),
    })),
    family,
  };
}
