import {Option, type Command} from 'commander';

import {draws, list, round} from './arguments.ts';
import type {CompareOptions} from './commands/compare.ts';
import type {CommandIo, ExitCode} from './io.ts';

/** The command that says what makes a difference. */
export function describeCompare(program: Command, io: CommandIo, finish: (code: ExitCode) => void): void {
  program
    .command('compare [a] [b]')
    .description(
      'differences a − b on the questions that both have, with 95 % intervals and p-values; a and b: what mac results takes, or column=value[,column=value]; or the levels of a --factor',
    )
    .option('--factor <column>', 'compare the levels of this column, with all else equal')
    .option('--baseline <level>', 'compare every level of the factor with this one (default: each with each other)')
    .option('--of <what>', 'the tasks in which columns and factors are looked up, as mac results takes it', 'latest')
    .option('--metric <ids>', 'only these', list)
    .addOption(
      new Option('--unit <unit>', 'whose answers').choices(['agent', 'majority', 'unanimous']).default('agent'),
    )
    .option('--round <n>', 'from 0 (before anybody has seen an answer), or last', round, 'last')
    .option('--draws <n>', 'draws of the bootstrap, at least 99', draws)
    .option('--blocks', 'also every block (cells that are otherwise equal) alone')
    .option('--parts', 'also parts of categories: names and labels, kinds of intersection')
    .option('--fresh', 'read every transcript again, also those that have been read before')
    .option('--json', 'everything in a stable machine form')
    .action(async (a: string | undefined, b: string | undefined, options: CompareOptions) => {
      const {compareCommand} = await import('./commands/compare.ts');
      finish(await compareCommand([a, b], options, io));
    });
}
