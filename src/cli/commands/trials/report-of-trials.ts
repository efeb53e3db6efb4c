import {drawTrialForests} from '../../../analyze/figures/trial-forest.ts';
import {collectSecrets, createRedactor} from '../../../analyze/report/hide-secrets.ts';
import {drawForPage} from '../../../analyze/report/page-figure.ts';
import {renderTrialPage} from '../../../analyze/report/render-page.ts';
import {describeTrialPage} from '../../../analyze/report/trial-page.ts';
import type {TrialSelection} from '../../../analyze/trials/read-trials.ts';
import {scoreTrials} from '../../../analyze/trials/results.ts';
import {listReportedMetrics} from '../../../analyze/trials/trial-row.ts';
import {codeVersion} from '../../../core/version.ts';
import {jsonTimestamp} from '../../../record/disk/timestamps.ts';
import type {CommandIo, ExitCode} from '../../io.ts';
import {refuseConversationOptions} from '../../options/trial-options.ts';
import {renderTrialGaps} from '../../render/render-trial-gaps.ts';
import {deliverReport, type ReportTargets} from '../../output/deliver-report.ts';
import type {ScoringOptions} from '../../options/scoring-options.ts';

export interface TrialReportOptions extends ScoringOptions {
  readonly by?: readonly string[];
  readonly title?: string;
  readonly minimize?: readonly string[];
}

/** Runs `mac report` for a study, a benchmark run or a suite. */
export async function reportOfTrials(
  selection: TrialSelection,
  targets: ReportTargets,
  options: TrialReportOptions,
  io: CommandIo,
): Promise<ExitCode> {
  refuseConversationOptions(options);
  const {by, minimize, title} = options;
  const results = scoreTrials(selection, {by, minimised: minimize});
  const figures = drawTrialForests(results, listReportedMetrics(selection.rows));
  const about = {now: jsonTimestamp(io.clock.now()), version: codeVersion()};
  const page = describeTrialPage(results, await drawForPage(figures), {...about, title});
  await deliverReport(
    {
      ...about,
      html: renderTrialPage(page),
      figures,
      isComplete: page.isComplete,
      progress: page.progress,
      selection: selection.name,
      clean: createRedactor(collectSecrets([], io.env)),
    },
    {...targets, asJson: options.json === true},
    io,
  );
  io.stderr.write(renderTrialGaps(selection));
  return 0;
}
