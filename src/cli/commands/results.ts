import type {Command} from 'commander';

import {DEFAULT_DRAWS} from '../../analyze/metrics/estimate.ts';
import {refusedMetric, unknownMetric} from '../../analyze/metrics/unknown-metric.ts';
import {readResults, type Results} from '../../analyze/score/read-results.ts';
import {selectCells} from '../../analyze/score/select-cells.ts';
import {findTrials} from '../../analyze/trials/find-trials.ts';
import {escapeInvisible} from '../../core/text/visible.ts';
import type {RunAction} from '../declare.ts';
import {openLayout, type CommandIo, type ExitCode} from '../io.ts';
import {list} from '../options/arguments.ts';
import {addMetricOptions, openResultsCache, type ResultsOptions, SELECTOR_HELP} from '../options/scoring-options.ts';
import {MINIMIZE, refuseTrialOptions} from '../options/trial-options.ts';
import {wrapProse} from '../render/format.ts';
import {renderProblems} from '../render/missing.ts';
import {renderExplanation, renderResults, renderResultsJson} from '../render/render-results.ts';
import {resultsOfTrials} from './trials/results-of-trials.ts';

export function declareResults(program: Command, run: RunAction): void {
  addMetricOptions(program.command('results [what]'))
    .description(`Print metrics with 95 % intervals; ${SELECTOR_HELP}`)
    .option(
      '--by <columns>',
      'print one row for each value of: task (the default), grid, experiment, benchmark, model, routing, round, swept parameters, or of agents: agent, agent.id, agent.persona, agent.demographics, agent.model, agent.as_human; of trials: any label (default: those that vary), seed, set',
      list,
    )
    .option('--explain <id>', 'print the counts behind a metric, cell by cell')
    .option('--cell <column=value,…>', 'print only these cells; put a value with a comma in double quotes')
    .addOption(MINIMIZE)
    .action((what: string | undefined, options: ResultsOptions) =>
      run(io => resultsCommand(what ?? 'latest', options, io)),
    );
}

/** Runs `mac results`: prints the metrics of what was recorded, each with its n and its interval. */
export async function resultsCommand(selector: string, options: ResultsOptions, io: CommandIo): Promise<ExitCode> {
  const layout = openLayout(io);
  const trials = await findTrials(layout, selector);
  if (trials) return resultsOfTrials(trials, options, io);
  refuseTrialOptions(options);
  const {unit, round, by, draws = DEFAULT_DRAWS} = options;
  const wanted = options.explain === undefined ? options.metric : [options.explain];
  const metrics = wanted ?? (options.json === true ? 'all' : 'main');
  const cache = openResultsCache(layout, io, options);
  const all = await readResults(layout, {selector, by, unit, round, draws, metrics, cache});
  const results = options.cell === undefined ? all : {...all, cells: selectCells(all, options.cell)};
  // Without results, fail: a script must not go on.
  const code = results.cells.every(({conversations}) => conversations === 0) ? 1 : 0;
  if (wanted) refuseMeaningless(results, wanted);
  if (options.json === true) {
    for (const text of renderResultsJson(results, draws)) io.stdout.write(text);
    return code;
  }
  if (options.explain === undefined)
    io.stdout.write(
      wrapProse(escapeInvisible(renderResults(results, {metrics: wanted, parts: options.parts ?? false})), io.stdout),
    );
  else io.stdout.write(escapeInvisible(renderExplanation(results, options.explain)));
  io.stderr.write(renderProblems(results));
  return code;
}

/**
 * Refuses metrics that no cell has, and says why.
 *
 * @throws UserError `metric-refused`, `metric-unknown` when no cell has the metric.
 */
function refuseMeaningless({cells}: Results, wanted: readonly string[]): void {
  const held = cells.map(({benchmark, metrics}) => ({benchmark, ids: metrics}));
  for (const id of wanted) {
    if (cells.length === 0 || cells.some(({metrics}) => metrics.includes(id))) continue;
    const refusal = cells.map(({refused}) => refused[id]).find(reason => reason !== undefined);
    if (refusal !== undefined) throw refusedMetric(id, refusal, held);
    throw unknownMetric(id, held);
  }
}
