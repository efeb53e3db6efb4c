import type {Command} from 'commander';

import {list} from './options/arguments.ts';
import type {ResultsOptions} from './commands/results.ts';
import type {CommandIo, ExitCode} from './io.ts';
import {DRAWS, FRESH, JSON_OUTPUT, METRIC, PARTS, ROUND, UNIT} from './options/scoring-options.ts';

/** The command that turns records into numbers. */
export function describeResults(program: Command, io: CommandIo, finish: (code: ExitCode) => void): void {
  program
    .command('results [what]')
    .description(
      'metrics with 95 % intervals; what: a grid, a grid snapshot, an experiment, a benchmark, "latest" (the default) or "all"',
    )
    .option(
      '--by <columns>',
      'one row for each value of: task (the default), grid, experiment, benchmark, model, routing, round, swept parameters, or of agents: agent, agent.id, agent.persona, agent.demographics, agent.model, agent.as_human',
      list,
    )
    .addOption(METRIC)
    .option('--explain <id>', 'the counts that a metric was computed from, cell by cell')
    .option('--cell <column=value,…>', 'only these cells; a value with a comma may stand in double quotes')
    .addOption(UNIT)
    .addOption(ROUND)
    .addOption(DRAWS)
    .addOption(PARTS)
    .addOption(FRESH)
    .addOption(JSON_OUTPUT)
    .action(async (what: string | undefined, options: ResultsOptions) => {
      const {resultsCommand} = await import('./commands/results.ts');
      finish(await resultsCommand(what ?? 'latest', options, io));
    });
}
