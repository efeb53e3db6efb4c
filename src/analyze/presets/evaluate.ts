import {basename, dirname, extname, join} from 'node:path';

import {ensureFolder, writeFileAtomic} from '../../record/disk/atomic-file.ts';
import {renderJson} from '../../record/disk/json-text.ts';
import {readIfExists} from '../../record/disk/read-file.ts';
import {writePlots} from './plots.ts';
import {namePath, runPostprocessor, type Extension, type PostprocessorReference} from './postprocessors.ts';
import type {Preset, ProbePreset, SimplePreset} from './presets.ts';
import {measureProbes} from './probe-metrics.ts';
import {listRecords} from './probe-records.ts';
import {EFFECTIVE_CONFIG, NO_SETTINGS, readProbeSettings, type ProbeSettings} from './probe-types.ts';
import {readEvents, type EventFile} from './read-events.ts';

export interface EvaluationRequest {
  /** Absolute path of the folder of a run. */
  readonly runDir: string;
  /** Absolute path of the JSON to write; replaced if it is there. */
  readonly output: string;
  /** Only for presets of probes. */
  readonly postprocessors: readonly PostprocessorReference[];
  /** Also where the config does not say `hold_last_response`; only for presets of probes. */
  readonly carriesForward: boolean;
  /** Of each postprocessor; 0: none. */
  readonly timeoutMs: number;
  readonly cwd: string;
}

export interface Evaluation {
  readonly aggregated: Readonly<Record<string, number>>;
  /** Absolute paths, the JSON first. */
  readonly files: readonly string[];
  readonly warnings: readonly string[];
  readonly extensions: readonly Extension[];
}

/** The JSON of an evaluation; each preset adds its own members. */
const SCHEMA = 'mac.evaluation/1';

/**
 * Evaluates a run by a preset and writes the result: equal files of a run give equal bytes.
 *
 * @throws UserError `events-missing`, `events-invalid`, `cannot-read`, `cannot-write`; ConfigError for an effective
 * config that is no YAML. Postprocessors that fail are recorded, not thrown.
 */
export async function evaluateRun(preset: Preset, request: EvaluationRequest): Promise<Evaluation> {
  const file = await readEvents(join(request.runDir, preset.reads));
  return preset.kind === 'simple' ? evaluateSimply(preset, file, request) : evaluateProbes(preset, file, request);
}

async function evaluateSimply(preset: SimplePreset, file: EventFile, request: EvaluationRequest): Promise<Evaluation> {
  const {payload, aggregated} = preset.measure(file.events);
  const warnings = warnOfTear(file);
  await writeResult(request.output, {...describeSource(preset, file, request), warnings, ...payload, aggregated});
  return {aggregated, files: [request.output], warnings, extensions: []};
}

async function evaluateProbes(preset: ProbePreset, file: EventFile, request: EvaluationRequest): Promise<Evaluation> {
  const {runDir, output, carriesForward, postprocessors} = request;
  const config = join(runDir, EFFECTIVE_CONFIG);
  const text = await readIfExists(config);
  const settings = text === undefined ? NO_SETTINGS : readProbeSettings(text, config);
  const {payload, aggregated, labels} = measureProbes(file.events, {
    settings,
    only: preset.only,
    carriesForward: carriesForward || settings.carriesForward,
  });
  const records = listRecords(labels);
  const folder = dirname(output);
  const plotDir = join(folder, `${basename(output, extname(output))}_plots`);
  const plots = (await writePlots(records, plotDir)).map(name => join(plotDir, name));
  if (postprocessors.length > 0) await ensureFolder(plotDir);
  const extensions: Extension[] = [];
  for (const reference of postprocessors) {
    const context = {mode: preset.mode, run_dir: runDir, output_json: output, plot_dir: plotDir};
    extensions.push(await runPostprocessor(reference, {...request, records, outDir: plotDir, context}));
  }
  const files = [...plots, ...extensions.flatMap(extension => extension.files)];
  const warnings = [...warnOfTear(file), ...warnOfTypes(settings)];
  await writeResult(output, {
    ...describeSource(preset, file, request),
    effective_config: text === undefined ? null : EFFECTIVE_CONFIG,
    warnings,
    ...payload,
    aggregated,
    plots: {
      plot_dir: namePath(plotDir, folder),
      generated_files: files.map(path => namePath(path, folder)),
      record_counts: {
        choice: records.choice.length,
        numeric: records.numeric.length,
        freetext: records.freetext.length,
      },
      extensions: extensions.map(extension => describeExtension(extension, folder)),
    },
  });
  return {aggregated, files: [output, ...files], warnings, extensions};
}

function describeSource(preset: Preset, {name, tornLines}: EventFile, {runDir}: EvaluationRequest): object {
  return {
    schema: SCHEMA,
    preset: `builtin.${preset.name}`,
    mode: preset.mode,
    run_dir: runDir,
    source_file: name,
    torn_lines: tornLines,
  };
}

function describeExtension({postprocessor, status, files, missing, result, error}: Extension, folder: string): object {
  const shorten = (paths: readonly string[]): string[] => paths.map(path => namePath(path, folder));
  return {
    postprocessor,
    status,
    generated_files: shorten(files),
    ...(missing.length > 0 ? {missing_files: shorten(missing)} : {}),
    ...(status === 'failed' ? {error} : {result}),
  };
}

function warnOfTear({name, tornLines}: EventFile): string[] {
  return tornLines === 0 ? [] : [`${name}: its last line was torn by a crash and is left out`];
}

function warnOfTypes({unknownTypes}: ProbeSettings): string[] {
  return [...unknownTypes].map(
    ([label, type]) => `${EFFECTIVE_CONFIG}: the type "${type}" of probe "${label}" is not known; it is inferred`,
  );
}

async function writeResult(output: string, result: object): Promise<void> {
  await writeFileAtomic(output, `${renderJson(result)}\n`);
}
