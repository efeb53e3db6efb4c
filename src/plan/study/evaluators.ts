import type {DocumentPath} from '../../config/problem.ts';
import type {Report} from '../../config/report.ts';
import type {Evaluator} from '../../core/trial.ts';
import {joinPlace, makeSafePart, normalisePlace} from './places.ts';
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

/** Returns the evaluators of a condition: the study's and its own, or only its own. */
export function listEvaluators(
  ofStudy: readonly EvaluatorTemplate[],
  ofCondition: readonly EvaluatorTemplate[],
  mode: Condition['evaluation_mode'],
  report: Report,
): readonly EvaluatorTemplate[] {
  const all = mode === 'replace' ? ofCondition : [...ofStudy, ...ofCondition];
  refuseTwins(all, report);
  return all;
}

/** Reports evaluators that share an id: one would write where the other does, and the numbers of one be lost. */
export function refuseTwins(evaluators: readonly EvaluatorTemplate[], report: Report): void {
  const firsts = new Map<string, EvaluatorTemplate>();
  for (const evaluator of evaluators) {
    const folder = makeSafePart(evaluator.id);
    const first = firsts.get(folder);
    if (!first) {
      firsts.set(folder, evaluator);
      continue;
    }
    report.problem(evaluator.path, {
      found: `a second evaluator "${evaluator.id}" (the first is ${first.path.join('.')})`,
      expected: 'an id of its own for every evaluator of a condition',
      hint: 'write another id; evaluation_mode: replace leaves out those of the study',
    });
  }
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
    if (entry.preset && entry.command) {
      report.warning([...place, 'command'], {
        found: `a command beside the preset "${entry.preset}": the preset's is not used`,
        expected: 'one of them',
      });
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
    const id = entry.id ?? preset.id ?? `${idPrefix}_${i + 1}`;
    const subpath = entry.output_subpath ?? 'eval.json';
    checkPlaces(id, subpath, place, report);
    const statics = (entry.static_args ?? []).map(String);
    return [
      {
        id,
        enabled: entry.enabled ?? true,
        words: [...words.map(word => (word.startsWith('./') ? joinPlace(home, word) : word)), ...statics],
        subpath,
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

/** Reports an id that is no folder, and a file that would be outside the folder of its evaluator. */
function checkPlaces(id: string, subpath: string, path: DocumentPath, report: Report): void {
  if (/[/\\\u0000-\u001f\u007f]/.test(id) || id === '.' || id === '..') {
    report.problem([...path, 'id'], {
      found: JSON.stringify(id),
      expected: 'a name that can be a folder',
      hint: 'without "/", and not ".."',
    });
  }
  const file = normalisePlace(subpath);
  if (file === '.' || file.startsWith('/') || file.split('/')[0] === '..') {
    report.problem([...path, 'output_subpath'], {
      found: JSON.stringify(subpath),
      expected: 'a file inside the folder of the evaluator',
      hint: 'a relative path without ".."',
    });
  }
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
