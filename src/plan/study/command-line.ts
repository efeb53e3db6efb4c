import type {DocumentPath} from '../../config/problem.ts';
import type {Report} from '../../config/report.ts';
import type {Mapping} from '../../core/mapping.ts';
import type {TrialRunner} from '../../core/trial.ts';
import type {Placeholders} from './placeholders.ts';
import {renderOverride} from './render-override.ts';
import {toWords} from './split-command.ts';
import type {Condition, RunDefaults, WrittenCommand} from './study-schema.ts';

/** Values that every row gives its program by `key=value`, besides its overrides. */
export interface RowArguments {
  readonly seed: number;
  readonly run_name: string;
  readonly output_rootname: string;
  readonly experiment_name: string;
}

/** The program of a condition, before the values of a row are in it. */
export type ProgramTemplate =
  | {readonly kind: 'exact'; readonly words: readonly string[]; readonly path: DocumentPath}
  | {readonly kind: 'runner'; readonly words: readonly string[]; readonly path: DocumentPath}
  | {readonly kind: 'grid'; readonly grid: string; readonly path: DocumentPath};

/**
 * Finds how a condition is run: its exact command, else its grid, else the study's runner, else mac itself on its
 * config. Reports when there is none.
 */
export function findProgram(
  condition: Condition,
  defaults: RunDefaults,
  {path, report}: {readonly path: DocumentPath; readonly report: Report},
): ProgramTemplate | null {
  const {command, grid} = condition.execution ?? {};
  if (command && grid) {
    report.problem([...path, 'execution', 'grid'], {found: 'a grid beside a command', expected: 'one of them'});
  }
  if (command) return readWords('exact', command, [...path, 'execution', 'command'], report);
  if (grid) return {kind: 'grid', grid, path: [...path, 'execution', 'grid']};
  const runnerPath = ['study', 'run_defaults', 'runner_module'];
  if (defaults.runner_module) return readRunner(defaults.runner_module, runnerPath, report);
  const config = condition.config_path ?? defaults.config_path;
  const configPath = condition.config_path ? [...path, 'config_path'] : ['study', 'run_defaults', 'config_path'];
  if (config) return {kind: 'grid', grid: config, path: configPath};
  report.problem([...path, 'execution'], {
    found: 'nothing to run',
    expected: 'a command, a grid, or a config_path (also in study.run_defaults)',
  });
  return null;
}

function readWords(
  kind: 'exact' | 'runner',
  command: WrittenCommand,
  path: DocumentPath,
  report: Report,
): ProgramTemplate | null {
  const words = toWords(command);
  if (words && words.length > 0 && words[0] !== '') return {kind, words, path};
  report.problem(path, {found: words ? 'no word' : 'a quote that does not end', expected: 'a command'});
  return null;
}

/** A dotted name is a Python module; anything else is an executable with its first arguments. */
function readRunner(runner: WrittenCommand, path: DocumentPath, report: Report): ProgramTemplate | null {
  if (typeof runner === 'string' && /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/.test(runner)) {
    return {kind: 'runner', words: ['{python}', '-m', runner], path};
  }
  return readWords('runner', runner, path, report);
}

/** Arguments of a row that no override replaces. */
const OWN_KEYS: ReadonlySet<string> = new Set(['seed', 'run_name', 'output_rootname', 'experiment_name']);

/** Returns what one row runs. */
export function fillProgram(
  program: ProgramTemplate,
  row: {
    readonly placeholders: Placeholders;
    readonly arguments: RowArguments;
    readonly overrides: Mapping;
    readonly configPath: string | null;
  },
): Extract<TrialRunner, {kind: 'command'}> {
  const {placeholders, overrides, configPath} = row;
  const fill = (word: string): string => placeholders.fill(word, 'command', program.path);
  const keys = Object.keys(overrides).sort();
  switch (program.kind) {
    case 'exact':
      return {kind: 'command', argv: program.words.map(fill), output: 'announced'};
    case 'grid': {
      const config = placeholders.fill(program.grid, 'path', program.path);
      const given = keys.map(key => renderOverride(key, overrides[key]));
      const seed = `--seed=${row.arguments.seed}`;
      return {kind: 'command', argv: ['{mac}', 'study-grid', config, seed, ...given], output: 'planned'};
    }
    case 'runner': {
      const {seed, run_name, output_rootname, experiment_name} = row.arguments;
      const config = configPath === null ? [] : ['--config-path', configPath];
      const own = Object.entries({seed, run_name, output_rootname, experiment_name});
      const argv = [
        ...program.words.map(fill),
        ...config,
        ...own.map(([key, value]) => renderOverride(key, value)),
        ...keys.filter(key => !OWN_KEYS.has(key)).map(key => renderOverride(key, overrides[key])),
      ];
      return {kind: 'command', argv, output: 'announced'};
    }
  }
}
