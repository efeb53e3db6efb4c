import {UserError} from '../../core/errors.ts';
import {pythonStr} from '../../core/python/python-str.ts';
import {toLetter, SCHEMA_VERSION, type FormattedRow} from './formatted-row.ts';

/** A question's stem and its three options. */
export interface SplitQuestion {
  readonly question: string;
  readonly choices: readonly [string, string, string];
}

const STEM_END = /\((?:a|A|1)\)/;
/** Forms in which the options are marked, most common first; the first that fits is taken. */
const OPTION_FORMS = [
  /\(a\)([^]*?)\(b\)([^]*?)\(c\)([^]*)/i,
  /\(1\)([^]*?)\(b\)([^]*?)\(c\)([^]*)/i,
  /\(1\)([^]*?)\(2\)([^]*?)\(3\)([^]*)/i,
];

const MARKS = [/\(a\)/i, /\(b\)/i, /\(c\)/i];

/** Cuts "Stem? (a) X (b) Y (c) Z" apart; three empty options where the text has no such marks. */
export function splitQuestion(text: string): SplitQuestion {
  const question = (text.split(STEM_END, 1)[0] ?? '').trim();
  for (const form of OPTION_FORMS) {
    const match = form.exec(text);
    if (match) return {question, choices: [trim(match[1]), trim(match[2]), trim(match[3])]};
  }
  return splitDisordered(text) ?? {question, choices: ['', '', '']};
}

/**
 * Cuts a text apart whose three marks come in another order than a, b, c. Each option ends at the next mark; in the
 * older system it ran to the mark that should have followed, so that one option held the text of another.
 */
function splitDisordered(text: string): SplitQuestion | null {
  const starts = MARKS.map(mark => text.search(mark));
  if (starts.includes(-1)) return null;
  const [a = '', b = '', c = ''] = starts.map(start => {
    const end = Math.min(text.length, ...starts.filter(other => other > start));
    return text.slice(start + '(a)'.length, end).trim();
  });
  return {question: text.slice(0, Math.min(...starts)).trim(), choices: [a, b, c]};
}

function trim(text: string | undefined): string {
  return (text ?? '').trim();
}

/**
 * Converts the contents of a DifferenceAwareness pickle (Wang et al. 2025,
 * github.com/Angelina-Wang/difference_awareness) to the unified format: `[rows that differ, rows that are equal]`, or
 * one list of rows; a row is `[text, label, example id]`.
 *
 * The older system decided by the whole file name whether a file is of the normative kind (N1…N4), so that upstream
 * names such as `N1_1k` missed the rule below and got wrong answers; here the part before `_` decides.
 *
 * @param subcategory the pickle's name without `.pkl`.
 * @throws UserError `raw-data-invalid`.
 */
export function formatDiffAware(content: unknown, subcategory: string): FormattedRow[] {
  if (!Array.isArray(content)) throw new UserError('raw-data-invalid', 'expected a list, or a pair of lists');
  const splits: [string, unknown][] =
    content.length === 2
      ? [
          ['different', content[0]],
          ['equal', content[1]],
        ]
      : [['all', content]];
  const normative = /^n[1-4](_|$)/i.test(subcategory);
  const rows: FormattedRow[] = [];
  for (const [split, list] of splits) {
    if (!Array.isArray(list)) throw new UserError('raw-data-invalid', `split "${split}": expected a list of rows`);
    for (const [position, row] of (list as unknown[]).entries()) {
      if (!Array.isArray(row) || row.length < 2) continue;
      if (row.length < 3) {
        throw new UserError(
          'raw-data-invalid',
          `split "${split}": row ${position}: expected [text, label, example id]`,
        );
      }
      const label = toInteger(row[1]);
      const {question, choices} = splitQuestion(pythonStr(row[0]));
      const index = rows.length;
      rows.push({
        question_id: `diffAware_${subcategory}_${index}`,
        source_dataset: 'DiffAware',
        source_id: String(index),
        question_type: 'multiple_choice',
        context: '',
        question,
        choices: choices.map((choice, i) => ({id: toLetter(i), text: choice})),
        // In the normative files "no difference" is the third option, whatever label an equal row carries.
        correct_answer_id: label === null ? null : normative && split === 'equal' ? 'C' : toLetter(label),
        source_metadata: {example_id: pythonStr(row[2]), additional_metadata: {split, label}},
        schema_version: SCHEMA_VERSION,
      });
    }
  }
  return rows;
}

/** Converts like Python's int(): truncates numbers, reads whole numbers from text, null for anything else. */
function toInteger(value: unknown): number | null {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'number' && Number.isFinite(value)) return Math.trunc(value);
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value)) return Number(value);
  return null;
}
