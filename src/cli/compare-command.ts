import type {Command} from 'commander';

import type {CompareOptions} from './commands/compare.ts';
import type {CommandIo, ExitCode} from './io.ts';
import {DRAWS, FRESH, JSON_OUTPUT, METRIC, PARTS, ROUND, UNIT} from './options/scoring-options.ts';

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
    .addOption(METRIC)
    .addOption(UNIT)
    .addOption(ROUND)
    .addOption(DRAWS)
    .option('--blocks', 'also every block (cells that are otherwise equal) alone')
    .addOption(PARTS)
    .addOption(FRESH)
    .addOption(JSON_OUTPUT)
    .action(async (a: string | undefined, b: string | undefined, options: CompareOptions) => {
      const {compareCommand} = await import('./commands/compare.ts');
      finish(await compareCommand([a, b], options, io));
    });
}
