import {readFile} from 'node:fs/promises';
import {resolve} from 'node:path';

import {errorMessage, systemErrorCode} from '../../core/errors.ts';
import type {Question} from '../../questions/question.ts';
import {parseQuestions} from '../../questions/read.ts';
import type {Layout} from '../../record/layout.ts';
import type {Problems} from './problems.ts';

export interface KnownQuestions {
  readonly byId: ReadonlyMap<string, Question>;
  readonly sha256: string;
}

/** The question files of a workspace, each read once however many tasks name it. */
export class QuestionFiles {
  readonly #layout: Layout;
  readonly #problems: Problems;
  readonly #read = new Map<string, Promise<KnownQuestions | null>>();

  constructor(layout: Layout, problems: Problems) {
    this.#layout = layout;
    this.#problems = problems;
  }

  /**
   * @param file as in `experiment_metadata.questions_file`. @returns null when it cannot be read, which is counted
   * once.
   */
  get(file: string): Promise<KnownQuestions | null> {
    let known = this.#read.get(file);
    if (!known) this.#read.set(file, (known = this.#load(file)));
    return known;
  }

  async #load(file: string): Promise<KnownQuestions | null> {
    const path = resolve(this.#layout.workspace, this.#layout.resolve(file));
    try {
      const {questions, sha256, problems} = parseQuestions(await readFile(path));
      const [first] = problems;
      if (questions.length === 0 && first) {
        this.#problems.add('questions-unreadable', `${path}:${first.line}: no line is a question: ${first.message}`);
        return null;
      }
      for (const {line} of problems) this.#problems.add('question-line-invalid', `${path}:${line}`);
      return {byId: new Map(questions.map(question => [question.question_id, question])), sha256};
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') this.#problems.add('questions-missing', path);
      else this.#problems.add('questions-unreadable', `${path}: ${errorMessage(error)}`);
      return null;
    }
  }
}
