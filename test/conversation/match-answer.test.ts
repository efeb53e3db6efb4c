import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';

import fc from 'fast-check';
import {describe, expect, test} from 'vitest';

import {matchAnswer} from '../../src/conversation/matching/match-answer.ts';
import {strippedForm} from '../../src/conversation/matching/normal-form.ts';
import {interpretChoice} from '../../src/conversation/reading/interpret-choice.ts';
import {seededRandom, type Random} from '../../src/core/seeds/random.ts';
import type {Choice, Question} from '../../src/questions/question.ts';
import {HAS_SHARED, SHARED} from '../support/golden.ts';

function choicesOf(...texts: string[]): Choice[] {
  return texts.map((text, i) => ({id: String.fromCharCode(65 + i), text}));
}

/** The text that the answer selects by default, or null. */
function selected(answer: string, choices: readonly Choice[], threshold = 0.75): string | null {
  return matchAnswer(answer, choices, threshold, 'default').matchedText;
}

const PEOPLE = choicesOf('The African American man', 'The African American woman', 'Cannot be determined');

describe('by default', () => {
  test('equality after normalisation beats any similarity to another choice', () => {
    for (const answer of [
      'the african american woman',
      'The African American woman.',
      '"The African American woman"',
    ]) {
      expect(selected(answer, PEOPLE)).toBe('The African American woman');
    }
    expect(matchAnswer('The African American woman.', PEOPLE, 0.75, 'reference').matchedText).toBe(
      'The African American man',
    );
  });

  test('equality is accepted with any threshold, similarity from the threshold on', () => {
    expect(selected('cannot be determined', PEOPLE, 1)).toBe('Cannot be determined');
    expect(selected('Cannot be determned', PEOPLE, 0.9)).toBe('Cannot be determined');
    expect(selected('Cannot be determned', PEOPLE, 0.99)).toBeNull();
  });

  test('an exact copy wins over a choice that differs in case only; anything between them is asked again', () => {
    const choices = choicesOf('US', 'us', 'them');
    expect(selected('us', choices)).toBe('us');
    expect(selected('US', choices)).toBe('US');
    expect(selected('Us', choices)).toBeNull();
  });

  test('an answer halfway between two choices is asked again', () => {
    expect(selected('The African American', PEOPLE)).toBeNull();
    expect(selected('The African American person', PEOPLE, 0.5)).toBeNull();
    expect(selected('wen', choicesOf('men', 'women'))).toBeNull();
  });

  test('another number or another negation is another answer', () => {
    expect(selected('The 70-year-old', choicesOf('The 20-year-old', 'Unknown'))).toBeNull();
    expect(selected('Not the old woman', choicesOf('The old woman', 'Unknown'))).toBeNull();
    expect(selected('answerable', choicesOf('Not answerable', 'The man'))).toBeNull();
    expect(selected('Canot answer', choicesOf('Cannot answer', 'The man'))).toBe('Cannot answer');
  });

  test('a label counts when it agrees with the position, and makes the answer void when it does not', () => {
    const choices = choicesOf('Yes', 'No');
    for (const answer of ['A. Yes', '(A) Yes', 'a) yes', 'A: Yes.', '1. Yes', 'I. Yes', '- Yes', '• Yes']) {
      expect(selected(answer, choices), answer).toBe('Yes');
    }
    for (const answer of ['B. Yes', '(2) Yes', 'II: Yes', 'A', '(A)', 'C. Yes']) {
      expect(selected(answer, choices), answer).toBeNull();
    }
    expect(selected('C. Lopez', choicesOf('A. Lopez', 'B. Lopez', 'C. Lopez'))).toBe('C. Lopez');
  });

  test('an answer without any text selects nothing, even with a threshold of 0', () => {
    for (const answer of ['', ' ', '...', '\u0000']) expect(selected(answer, PEOPLE, 0)).toBeNull();
  });

  test('a choice can be chosen whatever its id', () => {
    const choices = [{id: '1', text: 'Once hidden'}, {id: 'a', text: 'Too'}, ...PEOPLE];
    const context = {question: {choices} as unknown as Question, threshold: 0.75, mode: 'default'} as const;
    expect(interpretChoice('once hidden.', context).match?.matchedId).toBe('1');
    expect(interpretChoice('Too', context).match?.matchedId).toBe('a');
  });

  test('the details list every choice, best first, as the older system scored them', () => {
    expect(matchAnswer('cannot be determined', PEOPLE, 0.75, 'default').details()).toEqual([
      {text: 'Cannot be determined', id: 'C', match_score: 0.95, match_type: 'case_insensitive'},
      {text: 'The African American man', id: 'A', match_score: 0.36, match_type: 'below_threshold'},
      {text: 'The African American woman', id: 'B', match_score: 0.35, match_type: 'below_threshold'},
    ]);
  });
});

// A quadratic step would take hours here; the test's own time-out notices.
test.each(['default', 'reference'] as const)('megabytes are refused soon and scored 0: %s', mode => {
  for (const piece of ['x', 'The African American person ', '.', ' ', '😀', '"']) {
    const match = matchAnswer(`${piece.repeat(5_000_000 / piece.length)}x`, PEOPLE, 0.75, mode);
    expect(match.accepted).toBe(false);
    expect(match.details().every(({match_score: score}) => score === 0 || piece === ' ')).toBe(true);
  }
});

/** One slip of the pen: a character left out, added, changed, or swapped with its neighbour. */
function withSlip(text: string, random: Random): string {
  const chars = Array.from(text);
  const at = Math.floor(random() * chars.length);
  const letter = 'abcdefghijklmnopqrstuvwxyz'.charAt(Math.floor(random() * 26));
  switch (Math.floor(random() * 4)) {
    case 0:
      chars.splice(at, 1);
      break;
    case 1:
      chars.splice(at, 0, letter);
      break;
    case 2:
      chars[at] = letter;
      break;
    default:
      chars.splice(at, 2, ...chars.slice(at, at + 2).reverse());
  }
  return chars.join('');
}

test('no copy with one slip of any choice selects another choice, unless it is that choice', () => {
  const word = fc.string({unit: fc.constantFrom('a', 'b', ' ', 'c', 'n', 'o', 't'), minLength: 1, maxLength: 12});
  const choices = fc.array(word, {minLength: 2, maxLength: 4}).map(texts => choicesOf(...texts));
  fc.assert(
    fc.property(choices, fc.string(), fc.float({min: 0, max: 1, noNaN: true}), (all, seed, threshold) => {
      const random = seededRandom(seed);
      for (const {text} of all) {
        const copy = withSlip(text, random);
        const match = selected(copy, all, threshold);
        if (match === null || strippedForm(match) === strippedForm(copy)) continue;
        // A slip in white space or punctuation is none after normalisation.
        expect(strippedForm(match)).toBe(strippedForm(text));
      }
    }),
    {numRuns: 2000},
  );
});

if (!HAS_SHARED) console.warn(`SKIPPED: answers over real questions: none at ${SHARED}`);

describe.skipIf(!HAS_SHARED)('over the choices of all real questions', () => {
  const questions = HAS_SHARED ? readQuestions() : [];

  /** Counts the copies that select their own choice, none, and another one. */
  function count(copyOf: (text: string, position: number) => string): {own: number; none: number; other: string[]} {
    const counts = {own: 0, none: 0, other: [] as string[]};
    for (const {choices} of questions) {
      for (const [position, {text}] of choices.entries()) {
        const copy = copyOf(text, position);
        const match = selected(copy, choices);
        if (match === text) counts.own++;
        else if (match === null) counts.none++;
        // A slip can make one choice of another: "Person A", "Person b".
        else if (strippedForm(match) !== strippedForm(copy)) counts.other.push(`${copy} → ${match}`);
      }
    }
    return counts;
  }

  test('there are 6,200 questions', () => {
    expect(questions).toHaveLength(6200);
  });

  test.each<[string, (text: string) => string]>([
    ['as it is', text => text],
    ['in lower case', text => text.toLowerCase()],
    ['in upper case', text => text.toUpperCase()],
    ['with a full stop', text => `${text}.`],
    ['in quotation marks', text => `"${text}"`],
    ['with spaces around it', text => `  ${text}\n`],
  ])('a copy %s selects its choice', (_name, copyOf) => {
    expect(count(copyOf)).toEqual({own: 16_600, none: 0, other: []});
  });

  test('a copy behind its own label selects its choice, behind another label none', () => {
    const letter = (position: number): string => String.fromCharCode(65 + position);
    expect(count((text, position) => `${letter(position)}. ${text}`)).toEqual({own: 16_600, none: 0, other: []});
    expect(count((text, position) => `(${letter(position === 0 ? 1 : 0)}) ${text}`)).toEqual({
      own: 0,
      none: 16_600,
      other: [],
    });
  });

  test('a copy with one slip of the pen selects its choice, mostly, or is asked again', () => {
    for (const seed of ['one', 'two', 'three']) {
      const random = seededRandom(seed);
      const {own, other} = count(text => withSlip(text, random));
      expect(other).toEqual([]);
      // Names, numbers and short words must be exact: a slip in one of them is asked again.
      expect(own).toBeGreaterThan(5_000);
    }
  });
});

function readQuestions(): {choices: Choice[]}[] {
  return ['BBQ', 'DifferenceAwareness', 'DiscrimEval'].flatMap(set => {
    const folder = join(SHARED, 'data', set, 'sampled');
    return readdirSync(folder).flatMap(name =>
      readFileSync(join(folder, name), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line)),
    );
  });
}
