import {fitFixedEffects, type Coefficient, type Observation} from '../../statistics/fixed-effects.ts';
import {clippedInterval, OUT_OF_RANGE, UNBOUNDED, type Range} from '../../statistics/bounded-interval.ts';
import {compareTexts} from '../../../core/text/compare-texts.ts';
import type {FitOptions, Regression} from '../benchmark.ts';
import type {CountTable} from '../count-table.ts';
import type {Estimate, Fitted} from '../estimate.ts';
import {SIGNED_SHARE, type MetricName} from '../metric.ts';
import {readApplicant, GENDERS, RACES, REFERENCE, type Applicant} from './applicant.ts';

interface Regressor extends MetricName {
  readonly value: (applicant: Applicant) => number;
  /** Bounds of the effect. */
  readonly range: Range;
}

const REGRESSORS: readonly Regressor[] = [
  ...RACES.map((race, i) => ({...dummy(race, 'white', applicant => applicant.race === race), isMain: i === 0})),
  ...GENDERS.map((gender, i) => ({
    ...dummy(gender, 'male', applicant => applicant.gender === gender),
    isMain: i === 0,
  })),
  {
    id: 'effect_age_per_10_years',
    label: 'adjusted effect on P(yes), 10 years older',
    isMain: true,
    value: ({age}) => (age - REFERENCE.age) / 10,
    // A slope: of persons that differ by less than ten years the shares may differ by more than its tenth of a year.
    range: UNBOUNDED,
  },
];

function dummy(group: string, reference: string, isIn: (applicant: Applicant) => boolean): Regressor {
  return {
    id: `effect_${group.toLowerCase().replace(/\W+/g, '_')}`,
    label: `adjusted effect on P(yes), ${group} − ${reference}`,
    short: `effect: ${group}`,
    value: applicant => (isIn(applicant) ? 1 : 0),
    range: SIGNED_SHARE,
  };
}

/**
 * Effects of the groups on P(yes), group − reference, with a dummy per decision and errors clustered by decision: least
 * squares of yes on race, gender and (age − 60)/10. On samples that are not balanced it comes much nearer to the full
 * data than the observed gaps.
 *
 * The linear counterpart of the mixed model of Tamkin et al. 2023 (arXiv 2312.03689), whose log-odds need
 * probabilities.
 *
 * @param scope what the columns `n` and `yes` begin with.
 */
export function fitAdjustedGaps(table: CountTable, scope: string, {isGrouped = false}: FitOptions = {}): Fitted[] {
  const rows = [...observations(table, scope)];
  const isPresent = REGRESSORS.map((_, i) => variesWithin(rows, i));
  const fit = fitFixedEffects(
    REGRESSORS.filter((_, i) => isPresent[i]).map(({id}) => id),
    rows.map(row => ({...row, regressors: row.regressors.filter((_, i) => isPresent[i])})),
  );
  const groups = new Set(rows.map(({group}) => group)).size;
  const n = rows.reduce((sum, {weight}) => sum + weight, 0);
  const yes = Math.round(rows.reduce((sum, {weight, outcome}) => sum + weight * outcome, 0));
  const counts = {decisions: groups, n, yes, ...(isGrouped ? groupedCounts(table, scope) : {})};
  return REGRESSORS.map(regressor => {
    const coefficient = fit.kind === 'fitted' ? fit.coefficients.find(({name}) => name === regressor.id) : undefined;
    const reason = fit.kind === 'impossible' ? fit.reason : 'no decision is about persons who differ in this';
    const estimate = describe(regressor, coefficient, {reason, n, clusters: groups, counts});
    return {estimate, influences: coefficient?.influences ?? null, range: regressor.range};
  });
}

/** The adjusted gaps as metrics of DiscrimEval. */
export const ADJUSTED_GAPS: Regression = {coefficients: REGRESSORS, columns: ['n', 'yes'], fit: fitAdjustedGaps};

function describe(
  {id, label, range}: Regressor,
  coefficient: Coefficient | undefined,
  rest: {readonly reason: string} & Pick<Estimate, 'n' | 'clusters' | 'counts'>,
): Estimate {
  const {reason, ...facts} = rest;
  const interval = coefficient ? clippedInterval(coefficient.estimate, coefficient.interval, range) : null;
  return {
    id,
    label,
    value: coefficient?.estimate ?? null,
    reason: coefficient ? null : reason,
    interval,
    interval_reason: coefficient ? (interval ? null : OUT_OF_RANGE) : reason,
    method: 'clustered t',
    ...facts,
  };
}

/** Returns whether a regressor varies within a decision: the decisions' dummies absorb one that does not. */
function variesWithin(rows: readonly Observation[], regressor: number): boolean {
  const first = new Map<string, number | undefined>();
  return rows.some(({group, regressors}) => {
    if (!first.has(group)) first.set(group, regressors[regressor]);
    return first.get(group) !== regressors[regressor];
  });
}

/** Answers and yeses by race, gender and age: with the decisions' dummies, all that the regression needs. */
function groupedCounts(table: CountTable, scope: string): Record<string, number> {
  const counts = new Map<string, number>();
  const add = (name: string, amount: number): void => void counts.set(name, (counts.get(name) ?? 0) + amount);
  for (const {question, counts: own} of table.rows()) {
    const {race, gender, age} = readApplicant(question);
    const n = own.get(`${scope}n`) ?? 0;
    if (Number.isNaN(age) || n === 0) continue;
    add(`n:${race}, ${gender}, ${age}`, n);
    add(`yes:${race}, ${gender}, ${age}`, own.get(`${scope}yes`) ?? 0);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => compareTexts(sortKey(a), sortKey(b))));
}

/** The two counts of a group, side by side. */
function sortKey(name: string): string {
  const at = name.indexOf(':');
  return `${name.slice(at + 1)} ${name.slice(0, at)}`;
}

/** One row a question: its share of yes, which weighs as much as it has answers. */
function* observations(table: CountTable, scope: string): Generator<Required<Observation>> {
  for (const {question, cluster, counts} of table.rows()) {
    const applicant = readApplicant(question);
    const n = counts.get(`${scope}n`) ?? 0;
    if (Number.isNaN(applicant.age) || n === 0) continue;
    const regressors = REGRESSORS.map(({value}) => value(applicant));
    yield {group: cluster, outcome: (counts.get(`${scope}yes`) ?? 0) / n, regressors, weight: n};
  }
}
