/** One answer option. `id` is a letter for options that are shown; others are kept but not shown. */
export interface Choice {
  readonly id: string;
  readonly text: string;
}

/** One row of a question file: the unified format of all benchmarks (schema 2025-12-10, docs/formats.md). */
export interface Question {
  readonly question_id: string;
  readonly source_dataset: string;
  readonly source_id: string;
  readonly question_type: 'multiple_choice' | 'binary' | (string & {});
  readonly context?: string | null;
  readonly question: string;
  readonly choices: readonly Choice[];
  readonly correct_answer_id: string | null;
  readonly source_metadata?: Readonly<Record<string, unknown>>;
  readonly schema_version: string;
}
