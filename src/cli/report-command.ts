import {Option, type Command} from 'commander';

import {draws, list} from './arguments.ts';
import type {ReportOptions} from './commands/report.ts';
import type {CommandIo, ExitCode} from './io.ts';

/** The command that puts everything on one page. */
export function describeReport(program: Command, io: CommandIo, finish: (code: ExitCode) => void): void {
  program
    .command('report [what]')
    .description(
      'one self-contained HTML page: what was run, results, figures, methods; what: as for mac results, "latest" by default',
    )
    .option('-o, --output <file>', 'where the page goes', 'report.html')
    .option('--figures <folder>', 'also write every figure as SVG, PNG, data (CSV) and Vega-Lite specification')
    .option('--by <columns>', 'one row for each value of these, as for mac results; default: one a task', list)
    .addOption(
      new Option('--unit <unit>', 'whose answers').choices(['agent', 'majority', 'unanimous']).default('agent'),
    )
    .option('--draws <n>', 'draws of the bootstrap, at least 99', draws)
    .option('--title <text>', 'of the page')
    .option('--fresh', 'read every transcript again, also those that have been read before')
    .option('--force', 'replace files that mac report did not write')
    .option('--json', 'say what was written as JSON')
    .action(async (what: string | undefined, options: ReportOptions) => {
      const {reportCommand} = await import('./commands/report.ts');
      finish(await reportCommand(what ?? 'latest', options, io));
    });
}
