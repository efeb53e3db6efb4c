import type {Problem, ProblemKind} from '../records/problems.ts';

const ROWS_KEPT = 'their rows have what is known, see record_problem';

/** Meanings that differ in tables: they keep rows that metrics leave out. */
const MEANINGS: Partial<Record<ProblemKind, string>> = {
  'transcript-missing': `transcripts that the index names and that are not there; ${ROWS_KEPT}`,
  'transcript-unreadable': `transcripts that are there and that the system does not give (permissions, a failing disk); ${ROWS_KEPT}`,
  'transcript-corrupt': `transcripts that are not whole JSON of the known form; ${ROWS_KEPT}`,
  'transcript-of-another-question': `transcripts about another question than their index line says; ${ROWS_KEPT}`,
  'questions-missing':
    'question files that are not where the config says; nothing is said of what is right in their conversations',
  'questions-unreadable': 'question files that cannot be read; nothing is said of what is right in their conversations',
  'question-unknown': `conversations about questions that are not in the question file; ${ROWS_KEPT}`,
  'question-changed': `conversations whose question has other choices now; ${ROWS_KEPT}`,
  'questions-changed':
    'conversations whose question file has changed since; used where the question has the choices it had, see record_problem',
  'transcript-superseded':
    'transcripts of questions that the same task recorded again; the row is of the later success',
};

/** Returns the problems with their meaning for users of tables. */
export function describeForTables(problems: readonly Problem[]): Problem[] {
  return problems.map(problem => ({...problem, meaning: MEANINGS[problem.kind] ?? problem.meaning}));
}
