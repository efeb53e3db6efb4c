import {basename, dirname, resolve} from 'node:path';

import type {DocumentPath, Problem} from '../config/problem.ts';
import type {ReadConfig} from '../config/read-config.ts';
import {UserError} from '../core/errors.ts';
import {shellQuote} from '../core/shell-quote.ts';
import type {CountedProblem} from '../plan/check.ts';
import {questionTokens} from '../plan/fit.ts';
import type {Plan} from '../plan/plan.ts';
import {readQuestions} from '../questions/read.ts';
import type {Layout} from '../record/layout.ts';

/**
 * What is known of a question file before a run: how long it is, its hash and how many warnings it earns; or why it
 * cannot be used.
 */
export type KnownFile = UsableFile | UserError;

interface UsableFile {
  readonly questions: number;
  readonly sha256: string;
  readonly warnings: number;
  /** Of its longest question in a prompt, estimated. */
  readonly longestTokens: number;
}

/** Reads the question files of a plan once each before anything runs. */
export class KnownFiles {
  readonly #layout: Layout;
  readonly #files = new Map<string, KnownFile>();

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Reads the files that a plan names and that are not known yet. */
  async read(names: Iterable<string>): Promise<void> {
    for (const name of new Set(names)) {
      if (!this.#files.has(name)) this.#files.set(name, await this.#readFile(name));
    }
  }

  async #readFile(name: string): Promise<KnownFile> {
    try {
      const {questions, sha256, warnings} = await readQuestions(this.resolvePath(name));
      const longestTokens = questions.reduce((most, question) => Math.max(most, questionTokens(question)), 0);
      return {questions: questions.length, sha256, warnings: warnings.length, longestTokens};
    } catch (error) {
      if (error instanceof UserError) return error;
      throw error;
    }
  }

  get workspace(): string {
    return this.#layout.workspace;
  }

  resolvePath(name: string): string {
    return resolve(this.#layout.workspace, this.#layout.resolve(name));
  }

  get(name: string): KnownFile {
    return this.#files.get(name) ?? new UserError('questions-missing', `${name}: not read`);
  }

  /** @throws UserError when the file cannot be used. */
  require(name: string): UsableFile {
    const file = this.get(name);
    if (file instanceof UserError) throw file;
    return file;
  }
}

/** Problems and warnings of a plan's question files; those that differ only in the file's name are one. */
export interface CheckedFiles {
  readonly problems: readonly CountedProblem[];
  readonly warnings: readonly CountedProblem[];
}

/**
 * Describes what is wrong with the question files of a plan, which were read.
 *
 * @param named how many tasks name each file.
 */
export function checkFiles(
  named: ReadonlyMap<string, number>,
  files: KnownFiles,
  source: {readonly config: ReadConfig; readonly plan: Plan},
): CheckedFiles {
  const missing: NamedFile[] = [];
  const odd: NamedFile[] = [];
  const problems: CountedProblem[] = [];
  for (const [name, tasks] of named) {
    const file = files.get(name);
    if (!(file instanceof UserError)) {
      if (file.warnings > 0) odd.push({name, tasks, warnings: file.warnings});
    } else if (file.code === 'questions-missing') missing.push({name, tasks});
    else {
      const found = `a question file that cannot be used: ${file.message}`;
      const complaint = {found, expected: 'a readable file of valid questions', hint: file.hint};
      problems.push({problem: {...locateReference(name, source), ...complaint}, tasks});
    }
  }
  return {
    problems: [...describeMissing(missing, files, source), ...problems],
    warnings: describeWarnings(odd, files, source),
  };
}

interface NamedFile {
  readonly name: string;
  readonly tasks: number;
  readonly warnings?: number;
}

type Source = Parameters<typeof checkFiles>[2];

function describeMissing(missing: readonly NamedFile[], files: KnownFiles, source: Source): CountedProblem[] {
  const [first] = missing;
  if (!first) return [];
  const names = missing.map(({name}) => name);
  const found =
    missing.length === 1
      ? `a question file that cannot be used: ${files.resolvePath(first.name)}: no such question file`
      : `${missing.length} question files that are not there (${listFiles(names)})`;
  const expected = `questions in the workspace ${files.workspace}`;
  const problem = {...locateReference(first.name, source), found, expected, hint: suggestCommands(names)};
  return [{problem, tasks: sumBy(missing, ({tasks}) => tasks)}];
}

function describeWarnings(odd: readonly NamedFile[], files: KnownFiles, source: Source): CountedProblem[] {
  const [first] = odd;
  if (!first) return [];
  const warnings = sumBy(odd, each => each.warnings ?? 0);
  const count = `${warnings} warning${warnings > 1 ? 's' : ''}`;
  const names = odd.map(({name}) => name);
  const found =
    odd.length === 1
      ? `a question file with ${count}`
      : `${odd.length} question files with ${count} (${listFiles(names)})`;
  const hint = `see mac data check ${names.map(name => shellQuote(files.resolvePath(name))).join(' ')}`;
  const problem = {...locateReference(first.name, source), found, expected: 'none', hint};
  return [{problem, tasks: sumBy(odd, ({tasks}) => tasks)}];
}

function sumBy<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}

/** How many files a message lists before it counts the rest. */
const LISTED_FILES = 20;

/** `data/bbq: bbq_age.jsonl, bbq_ses.jsonl`: by folder, so that the list stays short. */
function listFiles(names: readonly string[]): string {
  const folders = new Map<string, string[]>();
  for (const name of names.slice(0, LISTED_FILES)) {
    folders.set(dirname(name), [...(folders.get(dirname(name)) ?? []), basename(name)]);
  }
  const lists = [...folders].map(([folder, files]) => `in ${folder}: ${files.join(', ')}`);
  const left = names.length - LISTED_FILES;
  return `${lists.join('; ')}${left > 0 ? ` and ${left} more` : ''}`;
}

/** Which formatter of `mac data format` writes files of which names, and where its raw files come from. */
const KNOWN_FORMATTERS = [
  {names: /^bbq_/, command: 'bbq', input: 'path/to/BBQ/data'},
  {names: /^discrimEval_/, command: 'discrimeval', input: 'path/to/discrim-eval'},
  {names: /^diffAware_/, command: 'diffaware', input: 'path/to/difference_awareness/pickles'},
] as const;

/** Returns the commands that make these files from the public data sets, as far as their names tell. */
function suggestCommands(names: readonly string[]): string {
  if (names.every(name => /_sample\.jsonl$/.test(name))) {
    return 'The samples come with mac: copy its folder data/ into the workspace';
  }
  const commands = names.flatMap(name => {
    const maker = KNOWN_FORMATTERS.find(({names: made}) => made.test(basename(name)));
    if (!maker) return [];
    return [`mac data format ${maker.command} --input ${maker.input} --output ${shellQuote(dirname(name))}`];
  });
  if (commands.length === 0) return 'docs/formats.md tells what a question file is; mac data format makes some';
  return `Make them from your copy of the data set: ${[...new Set(commands)].join(' && ')}`;
}

const QUESTIONS_FILE = 'experiment_metadata.questions_file';

function locateReference(name: string, {config, plan}: Source): Pick<Problem, 'file' | 'path' | 'position'> {
  return {
    file: config.path,
    path: QUESTIONS_FILE.split('.'),
    position: config.document.locate(findReferencePath(name, plan)),
  };
}

/** Where a question file is named: in the axis that writes it, else in the base config. */
function findReferencePath(name: string, plan: Plan): DocumentPath {
  for (const {kind, name: axis, paths, values} of plan.axes) {
    if (!paths.includes(QUESTIONS_FILE)) continue;
    const of = (value: unknown): unknown =>
      kind === 'zip' ? (value as Record<string, unknown>)[QUESTIONS_FILE] : value;
    const position = values.findIndex(value => of(value) === name);
    if (position < 0) continue;
    const place = ['_grid', kind, axis];
    return kind === 'zip'
      ? [...place, position, QUESTIONS_FILE]
      : [...place, ...(kind === 'broadcast' ? ['values'] : []), position];
  }
  return QUESTIONS_FILE.split('.');
}
