import {Option, type Command} from 'commander';

import {draws, list, round} from './arguments.ts';
import type {ResultsOptions} from './commands/results.ts';
import type {CommandIo, ExitCode} from './io.ts';

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
    .option('--metric <ids>', 'only these', list)
    .option('--explain <id>', 'the counts that a metric was computed from, cell by cell')
    .option('--cell <column=value,…>', 'only these cells; a value with a comma may stand in double quotes')
    .addOption(
      new Option('--unit <unit>', 'whose answers').choices(['agent', 'majority', 'unanimous']).default('agent'),
    )
    .option('--round <n>', 'from 0 (before anybody has seen an answer), or last', round, 'last')
    .option('--draws <n>', 'draws of the bootstrap, at least 99', draws)
    .option('--parts', 'also parts of categories: names and labels, kinds of intersection')
    .option('--fresh', 'read every transcript again, also those that have been read before')
    .option('--json', 'everything in a stable machine form')
    .action(async (what: string | undefined, options: ResultsOptions) => {
      const {resultsCommand} = await import('./commands/results.ts');
      finish(await resultsCommand(what ?? 'latest', options, io));
    });
}
