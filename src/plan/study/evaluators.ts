import type {DocumentPath} from '../../config/problem.ts';
import type {Report} from '../../config/report.ts';
import type {Evaluator} from '../../core/trial.ts';
import {joinPlace, makeSafePart} from './places.ts';
import type {Placeholders} from './placeholders.ts';
import {findPreset, suggestPreset} from './presets.ts';
import {toWords} from './split-command.ts';
import type {Condition, WrittenEvaluator} from './study-schema.ts';

/** Flags by which an evaluator in `explicit_paths` mode gets each artefact. */
const EXPLICIT_FLAGS = {
  checkpoint: '--checkpoint-path',
  effective_config: '--effective-config-path',
  metrics: '--metrics-path',
  prompts: '--prompts-path',
  run_stats: '--run-stats-path',
} as const;

/** An evaluator of a study, before the values of a row are in it. */
export interface EvaluatorTemplate extends Omit<Evaluator, 'argv' | 'output'> {
  readonly words: readonly string[];
  readonly subpath: string;
  /** Its place in the file. */
  readonly path: DocumentPath;
}

/** Returns the evaluators of a condition: the study's and its own, or only its own. The last of one id counts. */
export function listEvaluators(
  ofStudy: readonly EvaluatorTemplate[],
  ofCondition: readonly EvaluatorTemplate[],
  mode: Condition['evaluation_mode'],
): readonly EvaluatorTemplate[] {
  const all = mode === 'replace' ? ofCondition : [...ofStudy, ...ofCondition];
  return [...new Map(all.map(evaluator => [evaluator.id, evaluator])).values()];
}

/** Reads a list of evaluators; those that are wrong are reported and left out. */
export function readEvaluators(
  written: readonly WrittenEvaluator[] | null | undefined,
  options: {readonly path: DocumentPath; readonly idPrefix: string; readonly home: string; readonly report: Report},
): EvaluatorTemplate[] {
  const {path, idPrefix, home, report} = options;
  return (written ?? []).flatMap((entry, i) => {
    const place = [...path, i];
    const preset = typeof entry.preset === 'string' ? findPreset(entry.preset) : {};
    if (!preset) {
      report.problem([...place, 'preset'], {
        found: `the unknown preset "${entry.preset ?? ''}"`,
        expected: 'one that comes with mac',
        hint: suggestPreset(entry.preset ?? ''),
      });
      return [];
    }
    const command = entry.command ?? preset.command;
    const words = command === undefined || command === null ? undefined : toWords(command);
    if (!words || words.length === 0) {
      report.problem(words === undefined ? place : [...place, 'command'], {
        found: words === undefined ? 'neither command nor preset' : 'a quote that does not end, or no word',
        expected: words === undefined ? 'one of them' : 'a command',
      });
      return [];
    }
    const statics = (entry.static_args ?? []).map(String);
    return [
      {
        id: entry.id ?? preset.id ?? `${idPrefix}_${i + 1}`,
        enabled: entry.enabled ?? true,
        words: [...words.map(word => (word.startsWith('./') ? joinPlace(home, word) : word)), ...statics],
        subpath: entry.output_subpath ?? 'eval.json',
        input_mode: entry.input_mode ?? 'run_dir',
        run_dir_arg: entry.run_dir_arg ?? '--run-dir',
        output_arg: entry.output_arg ?? '--output',
        explicit_args: readExplicitArgs(entry),
        include_run_dir_in_explicit: entry.include_run_dir_in_explicit ?? true,
        manage_io_args: entry.manage_io_args ?? true,
        path: place,
      },
    ];
  });
}

/** Lays the flags of an entry over the usual ones; null takes one out. */
function readExplicitArgs({explicit_args: written}: WrittenEvaluator): Record<string, string> {
  const all: Record<string, string | null | undefined> = {...EXPLICIT_FLAGS, ...written};
  return Object.fromEntries(Object.entries(all).flatMap(([name, flag]) => (flag ? [[name, flag]] : [])));
}

/** Returns an evaluator of one row. */
export function fillEvaluator(
  {words, subpath, path, ...rest}: EvaluatorTemplate,
  evalFolder: string,
  placeholders: Placeholders,
): Evaluator {
  return {
    ...rest,
    argv: words.map(word => placeholders.fill(word, 'evaluator', path)),
    output: joinPlace(evalFolder, makeSafePart(rest.id), subpath),
  };
}
