import {resolve} from 'node:path';

import {UserError} from '../core/errors.ts';
import {questionTokens} from './question-tokens.ts';
import {readQuestions} from './read.ts';

/** The facts about a usable question file before a run. */
export interface UsableFile {
  readonly questions: number;
  readonly sha256: string;
  readonly warnings: number;
  /** Of its longest question in a prompt, estimated. */
  readonly longestTokens: number;
}

/** The place where question files are looked for. */
interface QuestionFolder {
  readonly workspace: string;
  /** Resolves a path that a config names. */
  readonly resolve: (name: string) => string;
}

/** Reads question files once each, before anything runs. */
export class QuestionFiles {
  readonly #folder: QuestionFolder;
  readonly #files = new Map<string, UsableFile | UserError>();

  constructor(folder: QuestionFolder) {
    this.#folder = folder;
  }

  /** Reads the files that are not known yet. */
  async read(names: Iterable<string>): Promise<void> {
    for (const name of new Set(names)) {
      if (!this.#files.has(name)) this.#files.set(name, await this.#readFile(name));
    }
  }

  async #readFile(name: string): Promise<UsableFile | UserError> {
    try {
      const {questions, sha256, warnings} = await readQuestions(this.resolvePath(name));
      const longestTokens = questions.reduce((most, question) => Math.max(most, questionTokens(question)), 0);
      return {questions: questions.length, sha256, warnings: warnings.length, longestTokens};
    } catch (error) {
      if (error instanceof UserError) return error;
      throw error;
    }
  }

  get workspace(): string {
    return this.#folder.workspace;
  }

  resolvePath(name: string): string {
    return resolve(this.#folder.workspace, this.#folder.resolve(name));
  }

  /** Returns what is known of a file, or why it cannot be used. */
  get(name: string): UsableFile | UserError {
    return this.#files.get(name) ?? new UserError('questions-missing', `${name}: not read`);
  }

  /** @throws UserError when the file cannot be used. */
  require(name: string): UsableFile {
    const file = this.get(name);
    if (file instanceof UserError) throw file;
    return file;
  }
}
