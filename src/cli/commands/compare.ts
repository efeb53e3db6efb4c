import type {Command} from 'commander';

import {readComparison} from '../../analyze/compare/read-comparison.ts';
import type {Contrasted} from '../../analyze/compare/select-sides.ts';
import {findComparedTrials} from '../../analyze/trials/find-compared.ts';
import {DEFAULT_DRAWS} from '../../analyze/metrics/estimate.ts';
import {ENDING_METRIC_IDS, listMainMetrics} from '../../analyze/metrics/main-metrics.ts';
import {UserError} from '../../core/errors.ts';
import {escapeInvisible} from '../../core/text/visible.ts';
import type {RunAction} from '../declare.ts';
import {openLayout, type CommandIo, type ExitCode} from '../io.ts';
import {addMetricOptions, type CompareOptions, openResultsCache} from '../options/scoring-options.ts';
import {wrapProse} from '../render/format.ts';
import {renderProblems} from '../render/missing.ts';
import {renderComparison, renderComparisonJson} from '../render/render-comparison.ts';
import {compareOfTrials} from './trials/compare-of-trials.ts';

export function declareCompare(program: Command, run: RunAction): void {
  addMetricOptions(program.command('compare [a] [b]'))
    .description(
      'Compare two sides (a − b) on the questions that both have, with 95 % intervals and p-values; a and b: as for mac results, or column=value[,column=value]; or the levels of a --factor. Trials are paired by seed and by all labels that are not compared',
    )
    .option('--factor <column>', 'compare the levels of this column, with all else equal')
    .option('--baseline <level>', 'compare every level of the factor with this one (default: all pairs)')
    .option('--of <what>', 'compare within these tasks or trials, selected as for mac results', 'latest')
    .option('--blocks', 'also print every block (cells that are otherwise equal)')
    .action((a: string | undefined, b: string | undefined, options: CompareOptions) =>
      run(io => compareCommand([a, b], options, io)),
    );
}

/** Runs `mac compare`: compares two conditions, or the levels of a factor, question by question. */
export async function compareCommand(
  sides: readonly (string | undefined)[],
  options: CompareOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const layout = openLayout(io);
  const contrasted = parseContrast(sides, options);
  const trials = await findComparedTrials(layout, contrasted, options.of);
  if (trials) return compareOfTrials(trials.selection, trials.contrasted, options, io);
  const {unit, round, draws = DEFAULT_DRAWS, metric, parts = false, blocks = false} = options;
  const comparison = await readComparison(layout, {
    contrasted,
    of: options.of,
    metrics: benchmark => metric ?? [...listMainMetrics(benchmark.name), ...ENDING_METRIC_IDS],
    unit,
    round,
    draws,
    parts,
    blocks,
    keepsAbsent: metric !== undefined,
    cache: openResultsCache(layout, io, options),
  });
  if (options.json === true) {
    io.stdout.write(`${renderComparisonJson(comparison)}\n`);
    return 0;
  }
  io.stdout.write(wrapProse(escapeInvisible(renderComparison(comparison, metric)), io.stdout));
  io.stderr.write(renderProblems(comparison));
  return 0;
}

/** @throws UserError `compare-usage` unless there are two sides or a factor, and not both. */
function parseContrast(
  [first, second]: readonly (string | undefined)[],
  {factor, baseline}: Pick<CompareOptions, 'factor' | 'baseline'>,
): Contrasted {
  const hint =
    'mac compare persona=judge persona=nurse, mac compare GRID OTHER_GRID, or mac compare --factor persona --baseline null';
  if (factor !== undefined) {
    if (first === undefined) return {kind: 'factor', factor, baseline};
    throw new UserError('compare-usage', '--factor compares its own levels: it goes without other sides', {
      hint: `choose the tasks with --of ${first}`,
    });
  }
  if (baseline !== undefined) throw new UserError('compare-usage', '--baseline is a level of a --factor', {hint});
  if (first === undefined || second === undefined) {
    throw new UserError('compare-usage', 'a comparison needs two sides, or a --factor', {hint});
  }
  return {kind: 'sides', first, second};
}
