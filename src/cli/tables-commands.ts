import {Option, type Command} from 'commander';

import type {ExportOptions} from './commands/export.ts';
import type {QueryOptions} from './commands/query.ts';
import type {CommandIo, ExitCode} from './io.ts';
import {FRESH} from './options/scoring-options.ts';

const SELECTOR_HELP = 'what: a grid, a grid snapshot, an experiment, a benchmark, "latest" (the default) or "all"';

/** The commands that give the records as tables. */
export function describeTables(program: Command, io: CommandIo, finish: (code: ExitCode) => void): void {
  program
    .command('export [what]')
    .description(`the records as tables for R, pandas and spreadsheets (docs/tables.md); ${SELECTOR_HELP}`)
    .addOption(
      new Option('--table <name>', 'which table')
        .choices(['tasks', 'conversations', 'messages', 'questions', 'agents', 'all'])
        .default('all'),
    )
    .addOption(
      new Option('--format <format>', 'default: as the file is named, else csv').choices(['csv', 'jsonl', 'parquet']),
    )
    .option('-o, --output <path>', 'the file, or the folder for all tables; default: stdout')
    .option('--force', 'replace files that are there')
    .action(async (what: string | undefined, options: ExportOptions) => {
      const {exportCommand} = await import('./commands/export.ts');
      finish(await exportCommand(what ?? 'latest', options, io));
    });

  program
    .command('query [sql] [what]')
    .description(`SQL over the tables of mac export, for reading; ${SELECTOR_HELP}`)
    .option('--schema', 'list the tables and their columns')
    .addOption(
      new Option('--format <format>', 'default: an aligned table, or as the file is named').choices([
        'table',
        'csv',
        'json',
        'jsonl',
        'parquet',
      ]),
    )
    .option('-o, --output <file>', 'where the result goes; default: stdout')
    .option('--force', 'replace the file if it is there')
    .addOption(FRESH)
    .action(async (sql: string | undefined, what: string | undefined, options: QueryOptions) => {
      const {queryCommand} = await import('./commands/query.ts');
      finish(await queryCommand(sql, what, options, io));
    });
}
