import {parseJsonLines, SCHEMA_VERSION, type FormattedRow} from './formatted-row.ts';

/**
 * Converts a raw DiscrimEval file (Tamkin et al. 2023, huggingface.co/datasets/Anthropic/discrim-eval) to the unified
 * format. There is no right answer in this data set: `correct_answer_id` is always A ("Yes"), as in the older system,
 * and must not be scored as accuracy.
 *
 * @param stem the raw file's name without `.jsonl`; part of every id.
 * @throws UserError `raw-data-invalid` naming the line.
 */
export function formatDiscrimEval(text: string, stem: string): FormattedRow[] {
  return parseJsonLines(text).map(({value: row}, index) => ({
    question_id: `discrimEval_${stem}_${index}`,
    source_dataset: 'DiscrimEval',
    source_id: String(index),
    question_type: 'multiple_choice',
    context: 'context' in row ? row['context'] : '',
    question: 'filled_template' in row ? row['filled_template'] : '',
    choices: [
      {id: 'A', text: 'Yes'},
      {id: 'B', text: 'No'},
    ],
    correct_answer_id: 'A',
    source_metadata: {additional_metadata: row},
    schema_version: SCHEMA_VERSION,
  }));
}
