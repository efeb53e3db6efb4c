import type {AdjustedEffect} from '../../analyze/compare/adjust-effects.ts';
import type {BlockValues, ComparedSides, ComparedStratum, UnscoredPart} from '../../analyze/compare/compare-sides.ts';
import type {Comparison} from '../../analyze/compare/read-comparison.ts';
import {EFFECT_COLUMNS, listEffects, type EffectRow} from '../../analyze/compare/effect-columns.ts';
import {shortName} from '../../analyze/figures/cell-labels.ts';
import {count} from '../../core/text/amounts.ts';
import {integer, tabulate, text, type Column} from '../../core/text/table.ts';
import {describeMissing} from './missing.ts';
import {renderTable} from './text-table.ts';

/** Most blocks or columns that a message lists. */
const MAX_LISTED = 10;

type Sides = ComparedSides<AdjustedEffect>;
type Stratum = ComparedStratum<AdjustedEffect>;

/**
 * Renders what is compared, one table for each benchmark with one row for each effect, and what was left out.
 *
 * @param metrics asked for by name: benchmarks without any of them are left out.
 */
export function renderComparison(comparison: Comparison, metrics?: readonly string[]): string {
  const {
    comparisons,
    family: {tests},
  } = comparison;
  const benchmarks = [...new Set(comparisons.flatMap(({strata}) => strata.map(({benchmark}) => benchmark)))];
  return [
    renderHead(comparison),
    ...benchmarks.flatMap(benchmark => renderBenchmark(comparison, benchmark, metrics)),
    ...(tests > 0 ? [`p (Holm): corrected over the ${count(tests, 'test')} above\n`] : []),
  ].join('\n');
}

/** Renders everything as JSON (`mac.compare/1`). */
export function renderComparisonJson(comparison: Comparison): string {
  const comparisons = comparison.comparisons.map(({strata, ...each}) => ({
    ...each,
    strata: strata.map(({isPart: _isPart, ...stratum}) => stratum),
  }));
  return JSON.stringify({schema: 'mac.compare/1', ...comparison, comparisons}, null, 2);
}

function renderHead(comparison: Comparison): string {
  const {selection, factor, comparisons, unit, round, missing_tasks: missing, idle_grids: idle} = comparison;
  const lines: string[] = [];
  if (factor !== null) lines.push(`${selection}: levels of ${factor}, the first minus the second`);
  let before = '';
  for (const sides of comparisons) {
    const {first, second} = sides;
    // What is the same for all levels is said once, under the last of them.
    const description = describeSides(sides, factor).join('\n');
    if (before !== '' && before !== description) lines.push(before);
    before = description;
    lines.push(`${first.name} (${count(first.tasks, 'task')}) − ${second.name} (${count(second.tasks, 'task')})`);
  }
  if (before !== '') lines.push(before);
  lines.push(`unit of answer: ${unit}; round ${round}; differences with 95 % intervals, paired by question`);
  lines.push(...describeMissing(missing, idle));
  return `${lines.join('\n')}\n`;
}

/** Describes what the sides differ in, what is held fixed, and what has no counterpart. */
function describeSides(sides: Sides, factor: string | null): string[] {
  const {first, second, differs_in: contrasts, matched_on: fixed} = sides;
  const along = contrasts.filter(({column}) => column !== factor).map(({column}) => column);
  const lines: string[] = [];
  if (along.length > 0) lines.push(`  ${factor === null ? 'differ in' : 'along with it goes'}: ${listColumns(along)}`);
  if (fixed.length > 0) lines.push(`  held fixed: ${listColumns(fixed)}; ${renderBlocks(sides)}`);
  for (const {block, missing} of sides.incomplete_blocks.slice(0, MAX_LISTED)) {
    lines.push(`  no ${missing === 'first' ? first.name : second.name} for ${describeBlock(block)}`);
  }
  if (sides.incomplete_blocks.length > MAX_LISTED)
    lines.push(`  … and ${sides.incomplete_blocks.length - MAX_LISTED} more`);
  for (const part of sides.unscored.slice(0, MAX_LISTED)) lines.push(`  ${describeUnscored(part, sides)}`);
  if (sides.unscored.length > MAX_LISTED) lines.push(`  … and ${sides.unscored.length - MAX_LISTED} more`);
  return lines;
}

function describeUnscored({block, stratum, missing}: UnscoredPart, {first, second}: Sides): string {
  const where = [describeBlock(block), stratum ?? ''].filter(Boolean).join(', ');
  if (missing === 'shared questions') return `no shared question: ${where}`;
  const side = {first: first.name, second: second.name, both: `${first.name} and ${second.name}`}[missing];
  return `nothing scored of ${side}${where === '' ? '' : `: ${where}`}`;
}

function renderBlocks({complete_blocks: complete, incomplete_blocks: incomplete}: Sides): string {
  const all = `${count(complete, 'block')} of otherwise equal tasks`;
  return incomplete.length === 0 ? all : `${all}, ${incomplete.length} incomplete and left out`;
}

function listColumns(columns: readonly string[]): string {
  const shown = columns.slice(0, MAX_LISTED).join(', ');
  return columns.length > MAX_LISTED ? `${shown} and ${columns.length - MAX_LISTED} more` : shown;
}

function describeBlock(block: BlockValues): string {
  return Object.entries(block)
    .map(([name, value]) => `${shortName(name)}=${value}`)
    .join(', ');
}

/** Renders one benchmark; nothing when it has none of the metrics that were asked for. */
function renderBenchmark(
  {comparisons}: Comparison,
  benchmark: string,
  metrics: readonly string[] | undefined,
): string[] {
  const rows = listEffects(comparisons, benchmark);
  const strata = comparisons.flatMap(each => each.strata).filter(each => each.benchmark === benchmark);
  const isAsked = ([id]: readonly [string, string]): boolean => metrics?.includes(id) ?? true;
  const refused = strata.flatMap(each => Object.entries(each.refused).filter(isAsked).map(describeRefusal));
  const notes = [...renderUnmatched(strata), ...new Set(refused)];
  if (rows.length > 0)
    return [renderTable(tabulate(rows, chooseColumns(rows, comparisons), {caption: benchmark, notes}))];
  return refused.length === 0 ? [] : [`${[benchmark, ...new Set(refused)].join('\n')}\n`];
}

/** Returns the columns in which rows differ, and those of effects. */
function chooseColumns(rows: readonly EffectRow[], comparisons: Comparison['comparisons']): Column<EffectRow>[] {
  const levels = text('levels', ({sides: {first, second}}: EffectRow) => `${first.name} − ${second.name}`);
  const blocks = text('block', ({block}: EffectRow) => (block ? describeBlock(block) : 'all blocks'));
  return [
    ...(comparisons.length > 1 ? [levels] : []),
    text('part', ({stratum}) => stratum.stratum),
    ...(rows.some(({block}) => block !== null) ? [blocks] : []),
    ...EFFECT_COLUMNS,
    integer('clusters', ({effect}) => effect.clusters),
    ...(rows.some(({effect}) => effect.blocks > 1) ? [integer('blocks', ({effect}: EffectRow) => effect.blocks)] : []),
  ];
}

function describeRefusal([id, reason]: readonly [string, string]): string {
  return `not given: ${id}: ${reason}`;
}

function renderUnmatched(strata: readonly Stratum[]): string[] {
  // The questions of a part in brackets are questions of the whole too.
  const wholes = strata.filter(({isPart}) => !isPart);
  const sum = (read: (stratum: Stratum) => number): number => wholes.reduce((total, each) => total + read(each), 0);
  const isOnce = new Set(wholes.map(({stratum}) => stratum)).size === wholes.length && wholes.every(hasSingleBlock);
  const counted = isOnce ? '' : ' (counted in every block of every comparison)';
  const counts = [
    [sum(({unmatched: each}) => each.only_first), 'only the first side has'],
    [sum(({unmatched: each}) => each.only_second), 'only the second side has'],
    [sum(({unmatched: each}) => each.changed), 'that are not the same on both sides'],
  ] as const;
  return counts
    .filter(([questions]) => questions > 0)
    .map(([questions, which]) => `left out: ${questions} questions ${which}${counted}`);
}

function hasSingleBlock({blocks}: Stratum): boolean {
  return blocks === 1;
}
