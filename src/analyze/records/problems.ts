/** Kinds of problems in records; stable, a member of machine output. */
export type ProblemKind =
  | 'index-line-unreadable'
  | 'index-status-unknown'
  | 'snapshot-missing'
  | 'snapshot-unreadable'
  | 'transcript-missing'
  | 'transcript-unreadable'
  | 'transcript-corrupt'
  | 'transcript-of-another-question'
  | 'transcript-superseded'
  | 'conversation-partial'
  | 'conversation-failed'
  | 'questions-missing'
  | 'questions-unreadable'
  | 'question-line-invalid'
  | 'questions-changed'
  | 'question-unknown'
  | 'question-changed'
  | 'answer-matches-no-choice'
  | 'conversation-without-answers'
  | 'one-agent-conversation'
  | 'schema-versions-mixed';

/** Each kind's meaning and consequence. */
export const PROBLEM_MEANINGS: Readonly<Record<ProblemKind, string>> = {
  'index-line-unreadable': 'lines of an index that are not records (torn by a crash); skipped',
  'index-status-unknown': 'lines of an index with a status that is none of succeeded, partial and failed; skipped',
  'snapshot-missing':
    'config snapshots that are gone: nothing is known of the agents and questions of these tasks; left out',
  'snapshot-unreadable': 'config snapshots that cannot be read; their tasks are left out',
  'transcript-missing': 'transcripts that the index names and that are not there; left out',
  'transcript-unreadable':
    'transcripts that are there and that the system does not give (permissions, a failing disk); left out',
  'transcript-corrupt': 'transcripts that are not whole JSON of the known form; left out',
  'transcript-of-another-question': 'transcripts about another question than their index line says; left out',
  'transcript-superseded': 'transcripts of questions that the same task recorded again; the later success counts',
  'conversation-partial': 'conversations that ended before their last round; left out',
  'conversation-failed': 'conversations that failed before their first round was complete; left out',
  'questions-missing': 'question files that are not where the config says; their conversations are left out',
  'questions-unreadable': 'question files that cannot be read; their conversations are left out',
  'question-line-invalid': 'lines of question files that are not questions; skipped',
  'questions-changed':
    'conversations whose question file has changed since; used where the question has the choices it had',
  'question-unknown': 'conversations about questions that are not in the question file; left out',
  'question-changed': 'conversations whose question has other choices now; left out',
  'answer-matches-no-choice': 'answers that name none of the choices; counted as not valid',
  'conversation-without-answers': 'conversations in which no participant answered; left out',
  'one-agent-conversation': 'conversations of one agent; scored, without consensus and peers',
  'schema-versions-mixed': 'schema versions beyond the first among the transcripts of one task; used',
};

export interface Problem {
  readonly kind: ProblemKind;
  readonly count: number;
  readonly meaning: string;
  /** The first few, in the order in which they were met. */
  readonly examples: readonly string[];
}

const MOST_EXAMPLES = 3;

/** Counts problems and keeps a few examples: nothing is dropped silently, and a million faults fit in memory. */
export class Problems {
  readonly #found = new Map<ProblemKind, {count: number; readonly examples: string[]}>();

  add(kind: ProblemKind, example: string): void {
    const found = this.#found.get(kind) ?? {count: 0, examples: []};
    this.#found.set(kind, found);
    found.count++;
    if (found.examples.length < MOST_EXAMPLES) found.examples.push(example);
  }

  /** With what was found so far; what comes later is each one's own. */
  copy(): Problems {
    const copy = new Problems();
    for (const [kind, {count, examples}] of this.#found) copy.#found.set(kind, {count, examples: [...examples]});
    return copy;
  }

  /** Adds what was counted elsewhere, as if it had been met here in that order. */
  absorb(problems: readonly Problem[]): void {
    for (const {kind, count, examples} of problems) {
      const found = this.#found.get(kind) ?? {count: 0, examples: []};
      this.#found.set(kind, found);
      found.count += count;
      found.examples.push(...examples.slice(0, MOST_EXAMPLES - found.examples.length));
    }
  }

  list(): Problem[] {
    return [...this.#found].map(([kind, found]) => ({kind, ...found, meaning: PROBLEM_MEANINGS[kind]}));
  }
}

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
