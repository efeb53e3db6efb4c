import {seededRandom} from '../core/seeds/random.ts';
import {shuffle} from '../core/seeds/shuffle.ts';
import type {ChoiceOrder} from '../core/task-config.ts';
import type {Choice, Question} from '../questions/question.ts';

export interface ChoiceOrdering {
  readonly order: ChoiceOrder;
  /** Decides a shuffled order, with the question's id; the same for all agents and rounds. */
  readonly seed: number;
  /** From 1: every repetition rotates counterbalanced choices one place further. */
  readonly repetition: number;
}

/**
 * Returns the questions of a file with their choices in the order in which they are shown; ids and texts stay.
 * `counterbalanced` rotates: of the questions of the file that show equally many choices, the i-th (from 0) begins i
 * places later, so that over n of them every choice of the file has been in every place once. The question's place in
 * the file decides, so neither `--limit` nor a resumption changes it.
 */
export function orderChoices(questions: readonly Question[], ordering: ChoiceOrdering): readonly Question[] {
  if (ordering.order === 'fixed') return questions;
  const seen = new Map<number, number>();
  return questions.map(question => {
    const shown = question.choices;
    const rank = seen.get(shown.length) ?? 0;
    seen.set(shown.length, rank + 1);
    const ordered =
      ordering.order === 'shuffled'
        ? shuffle(shown, seededRandom(`choices/${ordering.seed}/${question.question_id}`))
        : rotate(shown, rank + ordering.repetition - 1);
    return {...question, choices: ordered};
  });
}

function rotate(choices: readonly Choice[], places: number): readonly Choice[] {
  if (choices.length === 0) return choices;
  const start = places % choices.length;
  return [...choices.slice(start), ...choices.slice(0, start)];
}
