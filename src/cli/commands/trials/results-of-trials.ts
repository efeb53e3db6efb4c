import {checkMetrics} from '../../../analyze/trials/check-metrics.ts';
import {checkColumns, listDefaultColumns} from '../../../analyze/trials/columns.ts';
import {explainMetric} from '../../../analyze/trials/explain.ts';
import type {TrialSelection} from '../../../analyze/trials/read-trials.ts';
import {scoreTrials, selectRows} from '../../../analyze/trials/results.ts';
import {listMetrics} from '../../../analyze/trials/trial-row.ts';
import {escapeInvisible} from '../../../core/text/visible.ts';
import type {CommandIo, ExitCode} from '../../io.ts';
import type {ResultsOptions} from '../../options/scoring-options.ts';
import {refuseConversationOptions} from '../../options/trial-options.ts';
import {wrapProse} from '../../render/format.ts';
import {renderTrialExplanation, renderTrialResults, renderTrialResultsJson} from '../../render/render-trial-results.ts';

/** Runs `mac results` for a study, a benchmark run or a suite. */
export function resultsOfTrials(selection: TrialSelection, options: ResultsOptions, {stdout}: CommandIo): ExitCode {
  refuseConversationOptions(options);
  const {by, metric, minimize, cell: only, explain} = options;
  const metrics = explain === undefined ? metric : [explain];
  const results = scoreTrials(selection, {by, metrics, minimised: minimize, only});
  if (options.json === true) stdout.write(renderTrialResultsJson(results));
  else if (explain === undefined) {
    stdout.write(wrapProse(escapeInvisible(renderTrialResults(results, {asked: metric !== undefined})), stdout));
  } else stdout.write(escapeInvisible(explainTrials(selection, explain, options)));
  // Without results, fail: a script must not go on.
  return results.scored === 0 ? 1 : 0;
}

function explainTrials({rows}: TrialSelection, id: string, {by, cell}: ResultsOptions): string {
  checkMetrics([id], listMetrics(rows));
  const columns = by ? checkColumns(by, rows) : listDefaultColumns(rows);
  return renderTrialExplanation(id, explainMetric(id, cell === undefined ? rows : selectRows(rows, cell), columns));
}
