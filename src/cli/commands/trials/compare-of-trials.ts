import {compareTrials, type ContrastedTrials} from '../../../analyze/trials/compare-trials.ts';
import type {TrialSelection} from '../../../analyze/trials/read-trials.ts';
import {escapeInvisible} from '../../../core/text/visible.ts';
import type {CommandIo, ExitCode} from '../../io.ts';
import type {CompareOptions} from '../../options/scoring-options.ts';
import {refuseConversationOptions} from '../../options/trial-options.ts';
import {wrapProse} from '../../render/format.ts';
import {renderTrialComparison, renderTrialComparisonJson} from '../../render/render-trial-comparison.ts';

/** Runs `mac compare` for a study, a benchmark run or a suite. */
export function compareOfTrials(
  selection: TrialSelection,
  contrasted: ContrastedTrials,
  options: CompareOptions,
  {stdout}: CommandIo,
): ExitCode {
  refuseConversationOptions(options);
  const {metric, blocks = false} = options;
  const comparison = compareTrials(selection, {contrasted, metrics: metric, byBlock: blocks});
  stdout.write(
    options.json === true
      ? renderTrialComparisonJson(comparison)
      : wrapProse(escapeInvisible(renderTrialComparison(comparison)), stdout),
  );
  return 0;
}
