import {readFile} from 'node:fs/promises';

import {messageOf, systemErrorCode, UserError} from '../core/errors.ts';
import {sha256} from '../core/hash.ts';
import {checkQuestion} from './check-question.ts';
import type {Question} from './question.ts';

/** A problem of one line of a question file. */
export interface QuestionProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export interface QuestionFile {
  readonly questions: readonly Question[];
  /** Of the file's bytes; records carry it, so that a changed file is noticed. */
  readonly sha256: string;
  readonly problems: readonly QuestionProblem[];
}

/** How many problems a message lists before it counts the rest. */
const LISTED_PROBLEMS = 20;

/**
 * Parses a question file: one JSON object a line; blank lines, CRLF, a byte order mark and a missing final newline are fine. Every bad line is
 * reported, none is dropped silently.
 */
export function parseQuestions(bytes: Uint8Array): QuestionFile {
  const questions: Question[] = [];
  const problems: QuestionProblem[] = [];
  const lineOf = new Map<string, number>();
  // TextDecoder drops the byte order mark itself; fatal, because a replaced character would change a prompt in silence.
  let text: string;
  try {
    text = new TextDecoder('utf-8', {fatal: true}).decode(bytes);
  } catch {
    return {questions, sha256: sha256(bytes), problems: [{line: 1, message: 'the file is not UTF-8 text'}]};
  }
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const report = (message: string): void => void problems.push({line: index + 1, message});
    const question = parseLine(line, report);
    if (!question) continue;
    const earlier = lineOf.get(question.question_id);
    if (earlier !== undefined) report(`question_id "${question.question_id}" stands already on line ${earlier}`);
    lineOf.set(question.question_id, index + 1);
    questions.push(question);
  }
  return {questions, sha256: sha256(bytes), problems};
}

function parseLine(line: string, report: (message: string) => void): Question | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    report(`not JSON: ${messageOf(error)}`);
    return undefined;
  }
  const problems = checkQuestion(value);
  problems.forEach(report);
  return problems.length === 0 ? (value as Question) : undefined;
}

/**
 * Reads a question file that is about to be run.
 *
 * @throws UserError `questions-missing`, `questions-unreadable`, `questions-invalid` (lists every bad line, up to 20) or
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
    throw new UserError('questions-unreadable', `${path}: cannot read the question file: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
