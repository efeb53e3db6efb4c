import {differenceColumns} from '../../analyze/compare/effect-columns.ts';
import type {
  AdjustedTrialEffect,
  ComparedTrials,
  TrialComparison,
  TrialSide,
} from '../../analyze/trials/compare-trials.ts';
import {describeStatuses} from '../../analyze/trials/cells.ts';
import {describeCell, describeOutdated} from '../../analyze/trials/tables.ts';
import {count, formatSignificant, truncateList} from '../../core/text/amounts.ts';
import {integer, number, tabulate, text, type Column} from '../../core/text/table.ts';
import {describeMissing} from './missing.ts';
import {renderTable} from './text-table.ts';

/** Most trials that a line lists. */
const MAX_LISTED = 5;

interface EffectRow {
  readonly sides: ComparedTrials;
  /** Null for all blocks together. */
  readonly block: Readonly<Record<string, string>> | null;
  readonly effect: AdjustedTrialEffect;
}

/** Renders what is compared, one row for each effect, and what was left out. */
export function renderTrialComparison(comparison: TrialComparison): string {
  const {comparisons, family} = comparison;
  const rows = comparisons.flatMap(sides => [
    ...sides.effects.map((effect): EffectRow => ({sides, block: null, effect})),
    ...sides.by_block.flatMap(({block, effects}) => effects.map((effect): EffectRow => ({sides, block, effect}))),
  ]);
  return [
    renderHead(comparison),
    renderTable(tabulate(rows, chooseColumns(rows, comparisons), {caption: 'differences'})),
    ...(family.tests > 0 ? [`p (Holm): corrected over the ${count(family.tests, 'test')} above\n`] : []),
  ].join('\n');
}

/** Renders everything as JSON (`mac.trial-compare/1`). */
export function renderTrialComparisonJson(comparison: TrialComparison): string {
  return `${JSON.stringify({schema: 'mac.trial-compare/1', ...comparison}, null, 2)}\n`;
}

function renderHead({selection, kind, factor, comparisons, missing, outdated, unreadable}: TrialComparison): string {
  const lines = [`${selection} (${kind})${factor === null ? '' : `: levels of ${factor}, the first minus the second`}`];
  for (const {first, second, ...sides} of comparisons) {
    lines.push(`${describeSide(first)} − ${describeSide(second)}`);
    const along = sides.differs_in.filter(column => column !== factor);
    if (along.length > 0) lines.push(`  ${factor === null ? 'differ in' : 'along with it goes'}: ${along.join(', ')}`);
    lines.push(`  paired by: ${[...sides.matched_on, 'seed'].join(', ')}; ${count(sides.pairs, 'pair')}`);
    lines.push(...describeUnpaired(first, sides.unpaired.first), ...describeUnpaired(second, sides.unpaired.second));
  }
  lines.push('differences with 95 % intervals from seed to seed');
  lines.push(...outdated.slice(0, MAX_LISTED).map(trial => `  ${describeOutdated(trial)}`));
  lines.push(...describeMissing(missing, []), ...unreadable.map(path => `  cannot be read: ${path}`));
  return `${lines.join('\n')}\n`;
}

function describeSide({name, trials, statuses}: TrialSide): string {
  return `${name} (${count(trials, 'trial')}: ${describeStatuses(statuses)})`;
}

function describeUnpaired({name}: TrialSide, trials: readonly string[]): string[] {
  if (trials.length === 0) return [];
  return [`  left out: ${count(trials.length, 'trial')} that only ${name} has: ${truncateList(trials, MAX_LISTED)}`];
}

function formatSide(value: number | null): string {
  return value === null ? '–' : formatSignificant(value);
}

/** Returns the columns in which rows differ, and those of effects. */
function chooseColumns(rows: readonly EffectRow[], comparisons: readonly ComparedTrials[]): Column<EffectRow>[] {
  const levels = text('levels', ({sides: {first, second}}: EffectRow) => `${first.name} − ${second.name}`);
  const blocks = text('block', ({block}: EffectRow) => (block ? describeCell(block) : 'all blocks'));
  const unscored = integer('pairs not scored', ({effect}: EffectRow) => effect.unscored_pairs);
  return [
    ...(comparisons.length > 1 ? [levels] : []),
    ...(rows.some(({block}) => block !== null) ? [blocks] : []),
    text('metric', ({effect}) => effect.id),
    number('first', ({effect}) => formatSide(effect.first)),
    number('second', ({effect}) => formatSide(effect.second)),
    ...differenceColumns(({effect}: EffectRow) => effect, true),
    integer('pairs', ({effect}) => effect.pairs),
    ...(rows.some(({effect}) => effect.unscored_pairs > 0) ? [unscored] : []),
    integer('seeds', ({effect}) => effect.clusters),
    ...(rows.some(({effect}) => effect.blocks > 1) ? [integer('blocks', ({effect}: EffectRow) => effect.blocks)] : []),
  ];
}
