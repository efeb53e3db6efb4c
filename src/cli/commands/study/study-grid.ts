import {resolve} from 'node:path';

import {type Command, InvalidArgumentError} from 'commander';

import {UserError} from '../../../core/errors.ts';
import {parseOverrideValue} from '../../../plan/study/render-override.ts';
import {prepareStudyGrid} from '../../../runs/study/prepare-study-grid.ts';
import {readStudyGridResult, writeResultFile} from '../../../runs/study/study-grid-result.ts';
import type {RunAction} from '../../declare.ts';
import {executeHere} from '../../execute-here.ts';
import {toCaller, type CommandIo, type ExitCode} from '../../io.ts';

export interface StudyGridOptions {
  readonly seed?: number;
  readonly output?: string;
}

export function declareStudyGrid(program: Command, run: RunAction): void {
  program
    .command('study-grid <config> [overrides...]', {hidden: true})
    .description('Run a grid as one row of a study: overrides are path=value; called by plans of studies')
    .option('--seed <n>', 'conversation_config.seed, unless the grid or an override sets it', integer)
    .option('--output <folder>', 'folder of the row (default: $MAC_OUTPUT_DIR)')
    .action((config: string, overrides: string[], options: StudyGridOptions) =>
      run(io => studyGridCommand(config, overrides, options, io)),
    );
}

/**
 * `mac study-grid`: runs a grid in a workspace inside the folder of a row, goes on where an earlier attempt was
 * interrupted, then writes events and metrics for the row's evaluators and its record.
 *
 * @throws UserError as `mac run` and `mac resume`; `output-missing` without a folder; ConfigError.
 */
export async function studyGridCommand(
  config: string,
  overrides: readonly string[],
  options: StudyGridOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const folder = options.output ?? (io.env['MAC_OUTPUT_DIR'] || undefined);
  if (folder === undefined) {
    throw new UserError('output-missing', 'the grid of a row needs a folder', {hint: 'name it with --output'});
  }
  const output = resolve(io.cwd, folder);
  const limit = io.env['MAC_LIMIT'] ? integer(io.env['MAC_LIMIT']) : null;
  const request = {config, output, limit, seed: options.seed ?? null, overrides: overrides.map(splitOverride)};
  const grid = await prepareStudyGrid(request, toCaller(io));
  if (grid.prepared) {
    const code = await executeHere(grid.prepared, {}, {...io, env: grid.caller.env});
    if (code !== 0) return code;
  }
  const result = await readStudyGridResult(grid.layout, grid.gridId, output);
  const resultFile = io.env['MAC_RESULT_FILE'];
  if (resultFile) await writeResultFile(resolve(io.cwd, resultFile), result);
  io.stdout.write(`Output directory: ${output}\n`);
  return 0;
}

function splitOverride(text: string): readonly [string, unknown] {
  const cut = text.indexOf('=');
  if (cut > 0) return [text.slice(0, cut), parseOverrideValue(text.slice(cut + 1))];
  throw new UserError('override-usage', `${text}: expected path=value`, {
    hint: 'for example conversation_config.max_rounds=2',
  });
}

function integer(text: string): number {
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number.');
}
