import {UserError} from '../../core/errors.ts';
import {pythonStr} from '../../core/python/python-str.ts';
import {toLetter, parseJsonLines, SCHEMA_VERSION, type FormattedRow} from './formatted-row.ts';

const METADATA_FIELDS = [
  'example_id',
  'question_index',
  'question_polarity',
  'context_condition',
  'category',
  'answer_info',
  'label',
  'ans0',
  'ans1',
  'ans2',
  'additional_metadata',
] as const;

/**
 * Converts a raw BBQ file (Parrish et al. 2022, github.com/nyu-mll/BBQ, `data/*.jsonl`) to the unified format.
 *
 * @param stem the raw file's name without `.jsonl`, lower-cased; part of every id.
 * @throws UserError `raw-data-invalid` naming the line.
 */
export function formatBbq(text: string, stem: string): FormattedRow[] {
  return parseJsonLines(text).map(({value: row, line, index}) => {
    if (!('question' in row)) throw new UserError('raw-data-invalid', `line ${line}: no "question"`);
    const label = row['label'] ?? null;
    if (label !== null && !(typeof label === 'number' && Number.isInteger(label) && label >= 0 && label < 26)) {
      throw new UserError(
        'raw-data-invalid',
        `line ${line}: label: expected a whole number, found ${JSON.stringify(label)}`,
      );
    }
    const sourceId = 'example_id' in row ? pythonStr(row['example_id']) : String(index);
    const texts = ['ans0', 'ans1', 'ans2'].filter(name => name in row).map(name => row[name]);
    return {
      question_id: `bbq_${stem}_${sourceId}`,
      source_dataset: 'BBQ',
      source_id: sourceId,
      question_type: 'multiple_choice',
      context: row['context'] ?? '',
      question: row['question'],
      choices: texts.map((choice, i) => ({id: toLetter(i), text: choice})),
      correct_answer_id: label === null ? null : toLetter(label),
      source_metadata: Object.fromEntries(METADATA_FIELDS.map(name => [name, row[name] ?? null])),
      schema_version: SCHEMA_VERSION,
    };
  });
}
