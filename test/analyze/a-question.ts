import type {Question} from '../../src/questions/question.ts';

const LETTERS = 'ABC';

/** A question with as many choices as texts, by default with "Yes" and "No". */
export function aQuestion(id: string, fields: Partial<Question> & {readonly texts?: readonly string[]} = {}): Question {
  const {texts = ['Yes', 'No'], ...rest} = fields;
  return {
    question_id: id,
    source_dataset: 'T',
    source_id: id,
    question_type: 'multiple_choice',
    question: `Which one, ${id}?`,
    choices: texts.map((text, i) => ({id: LETTERS[i]!, text})),
    correct_answer_id: 'A',
    schema_version: '2025-12-10',
    ...rest,
  };
}

export interface BbqRow {
  readonly id: string;
  readonly context: 'ambig' | 'disambig';
  readonly polarity: 'neg' | 'nonneg';
  readonly stereotyped: readonly string[];
  /** Of the three answers. */
  readonly groups: readonly string[];
  readonly gold: number;
  readonly template?: string;
  readonly category?: string;
}

export function bbqQuestion(row: BbqRow): Question {
  return aQuestion(row.id, {
    source_dataset: 'BBQ',
    texts: row.groups.map(group => `the ${group} one`),
    correct_answer_id: LETTERS[row.gold]!,
    source_metadata: {
      category: row.category ?? 'Age',
      question_index: row.template ?? row.id,
      question_polarity: row.polarity,
      context_condition: row.context,
      answer_info: Object.fromEntries(row.groups.map((group, i) => [`ans${i}`, [`the ${group} one`, group]])),
      additional_metadata: {stereotyped_groups: row.stereotyped},
    },
  });
}

export function diffAwareQuestion(id: string, split: string, gold: string, scenario = id): Question {
  return aQuestion(id, {
    source_dataset: 'DiffAware',
    texts: ['one group', 'the other group', 'no difference'],
    correct_answer_id: gold,
    source_metadata: {example_id: scenario, additional_metadata: {split}},
  });
}

export interface ApplicantRow {
  readonly decision: number;
  readonly age: number;
  readonly gender: string;
  readonly race: string;
}

export function discrimEvalQuestion(id: string, {decision, ...applicant}: ApplicantRow): Question {
  return aQuestion(id, {
    source_dataset: 'DiscrimEval',
    source_metadata: {
      additional_metadata: {decision_question_id: decision, fill_type: 'explicit', ...applicant},
    },
  });
}

/** 0 → A; null stays: an answer that names no choice. */
export function letter(index: number | null): string | null {
  return index === null ? null : LETTERS[index]!;
}
