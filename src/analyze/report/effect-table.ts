import type {AdjustedEffect} from '../compare/adjust-effects.ts';
import type {ComparedSides} from '../compare/compare-sides.ts';
import {shortName, valueLabel} from '../figures/cell-labels.ts';
import type {FactorEffects} from './read/factor-effects.ts';
import {describeReason, Marks} from './metric-table.ts';
import type {Asked} from './read/read-report.ts';
import {
  count,
  describeMeasured,
  formatDecimal,
  formatProbability,
  formatInteger,
  truncateList,
} from '../../core/text/amounts.ts';
import {numberCell, headerCell, heads, textCell, type CellView, type TableView, withMinusSign} from './table.ts';
import {shellQuote} from '../../core/text/shell-quote.ts';
import {DEFAULT_DRAWS} from '../metrics/estimate.ts';

const NUMBERS = ['first', 'second', 'difference', 'p', 'p (Holm)', 'questions'] as const;

/** Returns one benchmark's table, with a row for every pair of levels, part and metric; null without any effect. */
export function effectTable(effects: FactorEffects, benchmark: string, asked: Asked): TableView | null {
  const {factor, comparisons, family} = effects;
  const marks = new Marks();
  const rows = comparisons.flatMap(sides =>
    sides.strata
      .filter(stratum => stratum.benchmark === benchmark)
      .flatMap(({stratum, effects: all}) =>
        all.map(effect => [
          headerCell(describePair(sides)),
          textCell(stratum),
          textCell(effect.id),
          ...formatNumbers(effect, marks),
        ]),
      ),
  );
  if (rows.length === 0) return null;
  const tests = `corrected over the ${formatInteger(family.tests)} tests of ${shortName(factor)}, those of other benchmarks included`;
  return {
    caption: `${benchmark}: effects of ${factor}`,
    head: heads(['levels', 'part', 'metric', ...NUMBERS], new Set(NUMBERS)),
    rows,
    notes: [
      'First − second, paired by question, averaged over the blocks of otherwise equal tasks, with 95 % intervals.',
      `p (Holm): ${tests}.`,
      `${compareCommand(effects, asked)} gives the same.`,
      ...comparisons.flatMap(describeLeftOut),
      ...marks.notes(),
    ],
  };
}

function formatNumbers({first, second, difference, ...effect}: AdjustedEffect, marks: Marks): CellView[] {
  const side = (each: number | null): CellView => numberCell(each === null ? '–' : withMinusSign(formatDecimal(each)));
  const {value, interval, footnote} = describeMeasured({
    ...effect,
    value: difference,
    interval_reason: describeReason(effect.interval_reason),
  });
  const shown = withMinusSign(value);
  return [
    side(first),
    side(second),
    footnote === null ? numberCell(shown, withMinusSign(interval)) : numberCell(`${shown} ${marks.markFor(footnote)}`),
    numberCell(formatProbability(effect.p_value)),
    numberCell(formatProbability(effect.p_holm)),
    numberCell(formatInteger(effect.questions)),
  ];
}

/** Names the levels as the page's other tables do; in a narrow column the second comes below. */
function describePair({first, second}: Pick<ComparedSides, 'first' | 'second'>): string {
  return `${valueLabel(first.name)}\u00a0− ${valueLabel(second.name)}`;
}

/** Describes tasks or parts that only one side has. */
function describeLeftOut({
  first,
  second,
  incomplete_blocks: blocks,
  unscored,
}: ComparedSides<AdjustedEffect>): string[] {
  const pair = describePair({first, second});
  const parts = new Set(unscored.map(({stratum}) => stratum ?? 'all parts'));
  return [
    ...(blocks.length > 0 ? [`${pair}: ${count(blocks.length, 'block')} without a counterpart left out.`] : []),
    ...(unscored.length > 0
      ? [
          `${pair}: nothing scored on a side in ${count(unscored.length, 'case')} (${truncateList([...parts], 5)}), left out.`,
        ]
      : []),
  ];
}

/** Returns the command that shows the page's effects of a factor, with options that are not defaults. */
export function compareCommand(
  {factor, baseline}: {readonly factor: string; readonly baseline: string | null},
  {of, unit, draws}: Asked,
): string {
  const words = [
    ...['mac', 'compare', '--factor', factor],
    ...(baseline === null ? [] : ['--baseline', baseline]),
    ...['--of', of],
    ...(unit === 'agent' ? [] : ['--unit', unit]),
    ...(draws === DEFAULT_DRAWS ? [] : ['--draws', String(draws)]),
  ];
  return words.map(shellQuote).join(' ');
}
