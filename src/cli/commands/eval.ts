import {stat} from 'node:fs/promises';
import {resolve} from 'node:path';
import type {Command} from 'commander';

import {evaluateRun, type Evaluation} from '../../analyze/presets/evaluate.ts';
import {parsePostprocessor, type PostprocessorReference} from '../../analyze/presets/postprocessors.ts';
import {findPreset, listPresets, type Preset} from '../../analyze/presets/presets.ts';
import {count} from '../../core/text/amounts.ts';
import {escapeInvisible} from '../../core/text/visible.ts';
import {UserError} from '../../core/errors.ts';
import type {RunAction} from '../declare.ts';
import type {CommandIo, ExitCode} from '../io.ts';
import {duration} from '../options/arguments.ts';
import {writeOutput} from '../output/output-file.ts';
import {formatTable} from '../render/format.ts';

interface EvalOptions {
  readonly list?: boolean;
  readonly runDir?: string;
  readonly output?: string;
  readonly postprocessor?: readonly string[];
  readonly carryForward?: boolean;
  readonly postprocessorTimeout?: number;
  readonly json?: boolean;
}

const DEFAULT_TIMEOUT_MS = 60_000;

export function declareEval(program: Command, run: RunAction): void {
  program
    .command('eval [preset]')
    .description('Measure the folder of one run by a preset: read its event files, write metrics as JSON, and plots')
    .option('--list', 'list the presets')
    .option('--run-dir <folder>', 'read action_events.jsonl, probe_events.jsonl and effective_config.yaml here')
    .option('-o, --output <file>', 'write the metrics to this file; plots go beside it, into {name}_plots')
    .option(
      '--postprocessor <module:function>',
      'also call this function with the answers; may be given several times (only presets of probes)',
      (value: string, before: readonly string[] | undefined) => [...(before ?? []), value],
    )
    .option('--postprocessor-timeout <time>', 'end a postprocessor after so long (default: 60s; 0: never)', duration)
    .option('--carry-forward', 'an answer stands until the next one of its agent (only presets of probes)')
    .option('--json', 'print what was written as JSON')
    .action((preset: string | undefined, options: EvalOptions) => run(io => evalCommand(preset, options, io)));
}

/** Runs `mac eval`: measures one run, as an evaluator of a study does. */
export async function evalCommand(name: string | undefined, options: EvalOptions, io: CommandIo): Promise<ExitCode> {
  if (options.list === true) {
    io.stdout.write(renderPresets(listPresets(), options.json === true));
    return 0;
  }
  if (name === undefined) {
    throw new UserError('eval-usage', 'mac eval needs a preset', {hint: 'mac eval --list shows them'});
  }
  const preset = findPreset(name);
  const {runDir, output} = options;
  if (runDir === undefined || output === undefined) {
    throw new UserError('eval-usage', `mac eval ${name} needs --run-dir and --output`, {
      hint: `mac eval ${name} --run-dir FOLDER --output FILE.json`,
    });
  }
  const postprocessors = (options.postprocessor ?? []).map(requirePostprocessor);
  if (preset.kind === 'simple' && (postprocessors.length > 0 || options.carryForward === true)) {
    throw new UserError('eval-usage', `${preset.name} has no answers to postprocess or to carry forward`, {
      hint: 'these options are for presets of probes with _detailed in their names',
    });
  }
  const folder = resolve(io.cwd, runDir);
  await requireFolder(folder);
  const evaluation = await writeOutput(() =>
    evaluateRun(preset, {
      runDir: folder,
      output: resolve(io.cwd, output),
      postprocessors,
      carriesForward: options.carryForward === true,
      timeoutMs: options.postprocessorTimeout ?? DEFAULT_TIMEOUT_MS,
      cwd: io.cwd,
    }),
  );
  report(preset, evaluation, io, options.json === true);
  return 0;
}

function requirePostprocessor(text: string): PostprocessorReference {
  const reference = parsePostprocessor(text);
  if (reference) return reference;
  throw new UserError('eval-usage', `--postprocessor ${JSON.stringify(text)} names no module and function`, {
    hint: 'for example ./tools/volume.mjs:postprocess',
  });
}

async function requireFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => null);
  if (found?.isDirectory() === true) return;
  throw new UserError('events-missing', `${folder} is ${found ? 'not a folder' : 'not there'}`, {
    hint: '--run-dir names the folder in which a run left its event files',
  });
}

function report(preset: Preset, evaluation: Evaluation, io: CommandIo, asJson: boolean): void {
  const {aggregated, files, warnings, extensions} = evaluation;
  for (const {postprocessor, printed} of extensions) {
    if (printed !== '') io.stderr.write(`${escapeInvisible(`${postprocessor}: ${printed}`)}\n`);
  }
  const failed = extensions.filter(({status}) => status === 'failed');
  if (asJson) {
    const told = extensions.map(({postprocessor, status, error}) => ({postprocessor, status, error}));
    io.stdout.write(
      `${JSON.stringify({schema: 'mac.eval/1', preset: preset.name, files, warnings, extensions: told, aggregated}, null, 2)}\n`,
    );
    return;
  }
  for (const warning of warnings) io.stderr.write(`warning: ${escapeInvisible(warning)}\n`);
  for (const {postprocessor, error} of failed) {
    io.stderr.write(`warning: ${escapeInvisible(`postprocessor ${postprocessor} failed: ${error ?? ''}`)}\n`);
  }
  const [output = '', ...others] = files;
  const made = others.length > 0 ? `, ${count(others.length, 'file')} beside it` : '';
  io.stdout.write(`${output}: ${count(Object.keys(aggregated).length, 'metric')}${made}\n`);
}

function renderPresets(presets: readonly Preset[], asJson: boolean): string {
  if (asJson) {
    const told = presets.map(({name, reads, summary}) => ({name: `builtin.${name}`, reads, summary}));
    return `${JSON.stringify({schema: 'mac.presets/1', presets: told}, null, 2)}\n`;
  }
  const rows = presets.map(({name, reads, summary}) => [`builtin.${name}`, reads, summary]);
  return formatTable([['preset', 'reads', 'measures'], ...rows]);
}
