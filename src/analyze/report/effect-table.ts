import type {AdjustedEffect} from '../compare/adjust-effects.ts';
import type {ComparedSides} from '../compare/compare-sides.ts';
import {shortName, valueLabel} from '../figures/cell-labels.ts';
import type {FactorEffects} from './read/factor-effects.ts';
import type {Asked} from './read/read-report.ts';
import {count, formatInteger, truncateList} from '../../core/text/amounts.ts';
import {tabulate, text, type Table} from '../../core/text/table.ts';
import {shellQuote} from '../../core/text/shell-quote.ts';
import {EFFECT_COLUMNS, listEffects, type EffectRow} from '../compare/effect-columns.ts';
import {DEFAULT_DRAWS} from '../metrics/estimate.ts';

/** Returns one benchmark's table, with a row for every pair of levels, part and metric; null without any effect. */
export function effectTable(effects: FactorEffects, benchmark: string, asked: Asked): Table | null {
  const {factor, comparisons, family} = effects;
  const rows = listEffects(comparisons, benchmark);
  if (rows.length === 0) return null;
  const tests = `corrected over the ${formatInteger(family.tests)} tests of ${shortName(factor)}, those of other benchmarks included`;
  const levels = text('levels', ({sides}: EffectRow) => describePair(sides));
  const part = text('part', ({stratum}: EffectRow) => stratum.stratum);
  return tabulate(rows, [levels, part, ...EFFECT_COLUMNS], {
    caption: `${benchmark}: effects of ${factor}`,
    leadingNotes: [
      'First − second, paired by question, averaged over the blocks of otherwise equal tasks, with 95 % intervals.',
      `p (Holm): ${tests}.`,
      `${compareCommand(effects, asked)} gives the same.`,
      ...comparisons.flatMap(describeLeftOut),
    ],
  });
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
