import {readQuestions, type QuestionFile} from '../../questions/read.ts';

/** Reads each question file once for a pack: the tasks of a grid share a few of them. */
export class QuestionCache {
  readonly #files = new Map<string, Promise<QuestionFile>>();

  /** @throws UserError as `readQuestions` does. */
  read(path: string): Promise<QuestionFile> {
    let file = this.#files.get(path);
    if (!file) {
      file = readQuestions(path);
      this.#files.set(path, file);
    }
    return file;
  }
}
