import {readFile} from 'node:fs/promises';

import {errorMessage, systemErrorCode, UserError} from '../core/errors.ts';
import {sha256} from '../core/seeds/hash.ts';
import {checkQuestion, type CheckedQuestion} from './check-question.ts';
import {describeForeignFormat} from './formatting/file-kind.ts';
import type {Question} from './question.ts';

/** A problem of one line of a question file. */
export interface QuestionProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export interface QuestionFile {
  readonly questions: readonly Question[];
  /** The line of each question. */
  readonly lines: readonly number[];
  /** Of the file's bytes; records carry it, so that a changed file is noticed. */
  readonly sha256: string;
  readonly problems: readonly QuestionProblem[];
  /** Of questions that can be run, but are hardly meant so. */
  readonly warnings: readonly QuestionProblem[];
}

/** Number of problems that a message lists before it counts the rest. */
const LISTED_PROBLEMS = 20;

/**
 * Parses a question file: one JSON object a line; blank lines, CRLF, a byte order mark and a missing final newline are
 * fine. Every bad line is reported, none is dropped silently.
 */
export function parseQuestions(bytes: Uint8Array): QuestionFile {
  const file = {questions: [] as Question[], lines: [] as number[], sha256: sha256(bytes)};
  const problems: QuestionProblem[] = [];
  const warnings: QuestionProblem[] = [];
  const other = describeForeignFormat(bytes);
  if (other !== undefined) return {...file, problems: [{line: 1, message: other}], warnings};
  // TextDecoder drops the byte order mark itself; the bytes are UTF-8, as was just seen.
  const text = new TextDecoder('utf-8', {fatal: true}).decode(bytes);
  const lineById = new Map<string, number>();
  for (const [index, source] of text.split('\n').entries()) {
    if (source.trim() === '') continue;
    const line = index + 1;
    const checked = parseLine(source);
    problems.push(...checked.problems.map(message => ({line, message})));
    warnings.push(...checked.warnings.map(message => ({line, message})));
    const {question} = checked;
    if (!question) continue;
    const {question_id: id} = question;
    const earlier = lineById.get(id);
    if (earlier !== undefined) {
      problems.push({line, message: `question_id: "${id}" is already on line ${earlier}`});
    }
    lineById.set(id, line);
    file.questions.push(question);
    file.lines.push(line);
  }
  return {...file, problems, warnings};
}

function parseLine(line: string): CheckedQuestion & {readonly question?: Question} {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return {problems: [`not JSON: ${errorMessage(error)}`], warnings: []};
  }
  const checked = checkQuestion(value);
  if (checked.problems.length > 0) return checked;
  const question = value as Question;
  // Rows that are not answered by choosing may lack the list.
  return {...checked, question: Object.hasOwn(question, 'choices') ? question : {...question, choices: []}};
}

/**
 * Reads a question file that is about to be run.
 *
 * @throws UserError `questions-missing`, `questions-unreadable`, `questions-invalid` (lists every bad line, up to 20)
 * or
 *   `questions-empty`.
 */
export async function readQuestions(path: string): Promise<QuestionFile> {
  const file = parseQuestions(await readBytes(path));
  if (file.problems.length > 0) {
    const listed = file.problems.slice(0, LISTED_PROBLEMS).map(({line, message}) => `${path}:${line}: ${message}`);
    const rest = file.problems.length - listed.length;
    if (rest > 0) listed.push(`… and ${rest} more`);
    throw new UserError('questions-invalid', listed.join('\n'), {hint: `check it with: mac data check ${path}`});
  }
  if (file.questions.length === 0) {
    throw new UserError('questions-empty', `${path}: the question file has no questions`, {
      hint: 'one JSON object a line is expected; see docs/formats.md',
    });
  }
  return file;
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') {
      throw new UserError('questions-missing', `${path}: no such question file`, {
        hint: 'experiment_metadata.questions_file is resolved against the workspace',
        cause: error,
      });
    }
    if (systemErrorCode(error) === 'EISDIR') {
      throw new UserError('questions-unreadable', `${path}: a folder, not a question file`, {
        hint: 'name one of the files in it',
        cause: error,
      });
    }
    throw new UserError('questions-unreadable', `${path}: cannot read the question file: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}
