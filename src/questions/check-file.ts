import {schemaRemarks} from './question-schema.ts';
import {parseQuestions, type QuestionProblem} from './read.ts';

/** The findings about one question file. */
export interface FileReport {
  readonly file: string;
  readonly questions: number;
  /** Problems that keep the file from being run. */
  readonly problems: readonly QuestionProblem[];
  /** It runs, but probably not as meant. */
  readonly warnings: readonly QuestionProblem[];
  /** Differences from the published format. */
  readonly notes: readonly QuestionProblem[];
}

/** Checks a question file line by line. */
export function checkQuestionFile(file: string, bytes: Uint8Array): FileReport {
  const {questions, lines, problems, warnings} = parseQuestions(bytes);
  // One remark about a field of a line is enough.
  const known = new Set(warnings.map(({line, message}) => `${line} ${extractFieldName(message)}`));
  const notes = questions.flatMap((question, i) =>
    schemaRemarks(question)
      .map(message => ({line: lines[i] ?? 0, message}))
      .filter(({line, message}) => !known.has(`${line} ${extractFieldName(message)}`)),
  );
  return {file, questions: questions.length, problems, warnings, notes};
}

/** Returns `choices` of `choices[0].id: …` */
function extractFieldName(message: string): string {
  return /^\w*/.exec(message)?.[0] ?? '';
}
