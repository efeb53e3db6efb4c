import {resolve} from 'node:path';
import type {Command} from 'commander';

import {chooseFigures} from '../../analyze/figures/figures.ts';
import {DEFAULT_DRAWS} from '../../analyze/metrics/estimate.ts';
import {collectSecrets, createRedactor} from '../../analyze/report/hide-secrets.ts';
import {renderPage} from '../../analyze/report/render-page.ts';
import {drawForPage} from '../../analyze/report/page-figure.ts';
import {readReport} from '../../analyze/report/read/read-report.ts';
import {describePage} from '../../analyze/report/report-page.ts';
import {findTrials} from '../../analyze/trials/find-trials.ts';
import {UserError} from '../../core/errors.ts';
import {codeVersion} from '../../core/version.ts';
import {jsonTimestamp} from '../../record/disk/timestamps.ts';
import type {RunAction} from '../declare.ts';
import {openLayout, type CommandIo, type ExitCode} from '../io.ts';
import {list} from '../options/arguments.ts';
import {DRAWS, FRESH, openResultsCache, type ScoringOptions, SELECTOR_HELP, UNIT} from '../options/scoring-options.ts';
import {MINIMIZE, refuseTrialOptions} from '../options/trial-options.ts';
import {deliverReport} from '../output/deliver-report.ts';
import {normalizeOutput} from '../output/output-file.ts';
import {checkTargets} from '../output/report-files.ts';
import {renderProblems} from '../render/missing.ts';
import {reportOfTrials} from './trials/report-of-trials.ts';

export interface ReportOptions extends ScoringOptions {
  readonly output: string;
  readonly figures?: string;
  readonly by?: readonly string[];
  readonly title?: string;
  readonly force?: boolean;
  readonly minimize?: readonly string[];
}

export function declareReport(program: Command, run: RunAction): void {
  program
    .command('report [what]')
    .description(`Write one self-contained HTML page: what was run, results, figures, methods; ${SELECTOR_HELP}`)
    .option('-o, --output <file>', 'write the page to this file', 'report.html')
    .option('--figures <folder>', 'also write every figure as SVG, PNG, data (CSV) and Vega-Lite specification')
    .option(
      '--by <columns>',
      'show one row for each value of these columns, as for mac results; default: one per task; of trials the labels that vary',
      list,
    )
    .addOption(UNIT)
    .addOption(DRAWS)
    .option('--title <text>', 'set the title of the page')
    .addOption(FRESH)
    .addOption(MINIMIZE)
    .option('--force', 'replace files that mac report did not write')
    .option('--json', 'print what was written as JSON')
    .action((what: string | undefined, options: ReportOptions) =>
      run(io => reportCommand(what ?? 'latest', options, io)),
    );
}

/** Runs `mac report`: writes one page with everything, for people who were not there; its figures also as files. */
export async function reportCommand(selector: string, options: ReportOptions, io: CommandIo): Promise<ExitCode> {
  const layout = openLayout(io);
  if (normalizeOutput(options.output) === undefined) {
    throw new UserError('output-missing', 'mac report needs a file: stdout is for what it says of it', {
      hint: '-o FILE.html',
    });
  }
  const page = resolve(io.cwd, options.output);
  const folder = options.figures === undefined ? null : resolve(io.cwd, options.figures);
  const earlier = await checkTargets({page, figures: folder, force: options.force ?? false});
  const targets = {page, folder, earlier};
  const trials = await findTrials(layout, selector);
  if (trials) return await reportOfTrials(trials, targets, options, io);
  refuseTrialOptions(options);
  const {by, unit, draws = DEFAULT_DRAWS, title} = options;
  const data = await readReport(layout, {selector, by, unit, draws, cache: openResultsCache(layout, io, options)});
  const figures = chooseFigures(data);
  const secrets = collectSecrets(data.selection.tasks, io.env);
  const about = {now: jsonTimestamp(io.clock.now()), version: codeVersion()};
  const described = describePage(data, figures, await drawForPage(figures), {...about, title, draws, secrets});
  const {isComplete, progress} = described;
  const ready = {...about, figures, isComplete, progress, selection: data.selection.name};
  await deliverReport(
    {...ready, html: renderPage(described), clean: createRedactor(secrets)},
    {...targets, asJson: options.json === true},
    io,
  );
  io.stderr.write(renderProblems(data.overall));
  return 0;
}
