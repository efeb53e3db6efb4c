import type {Question} from '../../src/questions/question.ts';

/** Returns the path of a BBQ category's sampled rows below the shared `data/`. */
export function bbqCategoryFile(category: string): string {
  return `BBQ/sampled/bbq_${category.toLowerCase()}_sampled.jsonl`;
}

/** A row about nobody: what a template says, without persons. */
export function bbqTemplate(metadata: Readonly<Record<string, unknown>>, stereotyped: readonly string[]): Question {
  return {
    question_id: 'bbq_template',
    source_dataset: 'BBQ',
    source_id: '0',
    question_type: 'multiple_choice',
    question: '',
    choices: [],
    correct_answer_id: null,
    schema_version: '2025-12-10',
    source_metadata: {...metadata, additional_metadata: {stereotyped_groups: stereotyped}},
  };
}
