import type {DocumentPath, Problem} from '../../config/problem.ts';
import type {Complaint} from '../../config/report.ts';
import {UserError} from '../../core/errors.ts';
import {shellQuote} from '../../core/text/shell-quote.ts';
import {listFiles, suggestCommands} from '../../questions/describe-files.ts';
import type {QuestionFiles} from '../../questions/question-files.ts';
import type {CountedProblem} from '../checked-plan.ts';
import type {Plan} from '../plan.ts';

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
export function checkQuestionFiles(named: ReadonlyMap<string, number>, files: QuestionFiles, plan: Plan): CheckedFiles {
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
      problems.push({problem: problemAtReference(name, plan, complaint), tasks});
    }
  }
  return {
    problems: [...describeMissing(missing, files, plan), ...problems],
    warnings: describeWarnings(odd, files, plan),
  };
}

interface NamedFile {
  readonly name: string;
  readonly tasks: number;
  readonly warnings?: number;
}

function describeMissing(missing: readonly NamedFile[], files: QuestionFiles, plan: Plan): CountedProblem[] {
  const [first] = missing;
  if (!first) return [];
  const names = missing.map(({name}) => name);
  const found =
    missing.length === 1
      ? `a question file that cannot be used: ${files.resolvePath(first.name)}: no such question file`
      : `${missing.length} question files that are not there (${listFiles(names)})`;
  const expected = `questions in the workspace ${files.workspace}`;
  const problem = problemAtReference(first.name, plan, {found, expected, hint: suggestCommands(names)});
  return [{problem, tasks: sumBy(missing, ({tasks}) => tasks)}];
}

function describeWarnings(odd: readonly NamedFile[], files: QuestionFiles, plan: Plan): CountedProblem[] {
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
  const problem = problemAtReference(first.name, plan, {found, expected: 'none', hint});
  return [{problem, tasks: sumBy(odd, ({tasks}) => tasks)}];
}

function sumBy<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}

const QUESTIONS_FILE = 'experiment_metadata.questions_file';

function problemAtReference(name: string, plan: Plan, complaint: Complaint): Problem {
  const position = plan.locate(findReferencePath(name, plan));
  return {file: plan.source.path, path: QUESTIONS_FILE.split('.'), position, ...complaint};
}

/** Returns where a question file is named: in the axis that writes it, else in the base config. */
function findReferencePath(name: string, {axes}: Plan): DocumentPath {
  for (const {values, written, findPlace} of axes) {
    const digit = values.findIndex((_value, i) => written(i, QUESTIONS_FILE) === name);
    if (digit >= 0) return findPlace(digit, QUESTIONS_FILE);
  }
  return QUESTIONS_FILE.split('.');
}
