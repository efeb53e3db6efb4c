import type {Command} from 'commander';

import {list} from './options/arguments.ts';
import type {ReportOptions} from './commands/report.ts';
import type {CommandIo, ExitCode} from './io.ts';
import {DRAWS, FRESH, UNIT} from './options/scoring-options.ts';

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
    .addOption(UNIT)
    .addOption(DRAWS)
    .option('--title <text>', 'of the page')
    .addOption(FRESH)
    .option('--force', 'replace files that mac report did not write')
    .option('--json', 'say what was written as JSON')
    .action(async (what: string | undefined, options: ReportOptions) => {
      const {reportCommand} = await import('./commands/report.ts');
      finish(await reportCommand(what ?? 'latest', options, io));
    });
}
