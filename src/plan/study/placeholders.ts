import {didYouMean, type DocumentPath} from '../../config/problem.ts';
import type {Report} from '../../config/report.ts';

/** Names that a row gives values to, everywhere. */
export interface RowValues {
  readonly run_id: string;
  readonly study_name: string;
  readonly study_id: string;
  readonly hypothesis_id: string;
  readonly condition_id: string;
  readonly sub_experiment: string;
  readonly scenario: string;
  readonly seed: number;
}

const ROW_NAMES: readonly (keyof RowValues)[] = [
  'run_id',
  'study_name',
  'study_id',
  'hypothesis_id',
  'condition_id',
  'sub_experiment',
  'scenario',
  'seed',
];

/** Placeholders of commands that whoever starts the process fills: mac itself, and the interpreter. */
const PROGRAM_NAMES = ['mac', 'python'];
/** Placeholders of evaluators, which are known only when a run has ended. */
const EVALUATOR_NAMES = ['run_dir', 'output_path'];

/** A place where placeholders may stand: `path` is a name or a folder, where a leftover one is never meant. */
export type PlaceholderUse = 'path' | 'command' | 'evaluator';

/** Replaces `{name}` in texts of one row, and reports what is left over. */
export class Placeholders {
  readonly #values: ReadonlyMap<string, string>;
  readonly #report: Report;
  /** Every row of a condition has the same leftovers: they are told once. */
  readonly #told: Set<string>;

  constructor(values: RowValues, report: Report, told: Set<string>) {
    this.#values = new Map(ROW_NAMES.map(name => [name, String(values[name])]));
    this.#report = report;
    this.#told = told;
  }

  fill(text: string, use: PlaceholderUse, path: DocumentPath): string {
    return text.replace(/\{([A-Za-z_]\w*)\}/g, (whole, name: string) => {
      const value = this.#values.get(name);
      if (value !== undefined) return value;
      if (use !== 'path' && PROGRAM_NAMES.includes(name)) return whole;
      if (use === 'evaluator' && EVALUATOR_NAMES.includes(name)) return whole;
      this.#complain(name, use, path);
      return whole;
    });
  }

  #complain(name: string, use: PlaceholderUse, path: DocumentPath): void {
    const key = JSON.stringify([name, path]);
    if (this.#told.has(key)) return;
    this.#told.add(key);
    const known = [
      ...ROW_NAMES,
      ...(use === 'path' ? [] : PROGRAM_NAMES),
      ...(use === 'evaluator' ? EVALUATOR_NAMES : []),
    ];
    const isLate = EVALUATOR_NAMES.includes(name);
    const meant = didYouMean(name, known);
    const complaint = {
      found: `{${name}}, which ${isLate ? 'has no value before a run has ended' : 'is no placeholder'}`,
      expected: use === 'path' ? `one of ${known.map(each => `{${each}}`).join(' ')}` : 'a known placeholder',
      hint: meant === undefined ? undefined : `did you mean {${meant}}?`,
    };
    // Braces of a command may be meant as they are: a script in it, a pattern.
    if (use === 'path' || isLate) this.#report.problem(path, complaint);
    else this.#report.warning(path, {...complaint, found: `${complaint.found}: it is left as it is`});
  }
}
