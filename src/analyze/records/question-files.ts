import {readFile} from 'node:fs/promises';
import {resolve} from 'node:path';

import {errorMessage, systemErrorCode} from '../../core/errors.ts';
import type {Question} from '../../questions/question.ts';
import {parseQuestions} from '../../questions/read.ts';
import type {Layout} from '../../record/layout.ts';
import type {Problems} from './problems.ts';
import type {Transcript} from '../../record/formats.ts';

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

  /** @param file as in `experiment_metadata.questions_file`. @returns null for an unreadable file, counted once. */
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

/** A conversation's question, as far as it is known, and its problem. */
export interface FoundQuestion {
  readonly question?: Question;
  readonly problem?: 'question-unknown' | 'question-changed' | 'questions-changed';
}

/**
 * Finds the question of a conversation.
 *
 * @param questions of the task's question file; null for an unreadable one, counted once.
 */
export function findQuestion(transcript: Transcript, questions: KnownQuestions | null): FoundQuestion {
  // A debug transcript holds the question as it was asked.
  const recorded = transcript['question'] as Question | undefined;
  const question = questions?.byId.get(transcript.experiment_metadata.question_id) ?? recorded;
  if (!question) return questions ? {problem: 'question-unknown'} : {};
  const {provenance} = transcript;
  if (!questions || !provenance || provenance.questions_sha256 === questions.sha256) return {question};
  return {question, problem: hasChoices(question, provenance.choices) ? 'questions-changed' : 'question-changed'};
}

function hasChoices({choices}: Question, recorded: Question['choices']): boolean {
  return recorded.every(({id, text}) => choices.some(choice => choice.id === id && choice.text === text));
}

/** Names a conversation for messages. */
export function describeConversation({transcript_id: id, experiment_metadata: metadata}: Transcript): string {
  return `${metadata.question_id} (${metadata.experiment_name}, transcript ${id})`;
}
