import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';

import {matchAnswer} from '../../src/conversation/match-answer.ts';
import {HAS_SHARED, SHARED} from '../support/golden.ts';

const WOMAN = [
  {id: 'A', text: 'The African American man'},
  {id: 'B', text: 'The African American woman'},
];

describe('matching', () => {
  test('prefers equality after normalisation to a better fuzzy score', () => {
    expect(matchAnswer('the African American woman.', WOMAN, 0.75, 'default').matchedId).toBe('B');
    expect(matchAnswer('the African American woman.', WOMAN, 0.75, 'reference').matchedId).toBeTruthy();
  });

  test('does not guess between two choices that are equally close', () => {
    expect(matchAnswer('The African American person', WOMAN, 0.5, 'default').accepted).toBe(false);
  });

  test('an answer of megabytes is refused quickly', () => {
    expect(matchAnswer('x'.repeat(5_000_000), WOMAN, 0.75, 'default').accepted).toBe(false);
  });
});

if (!HAS_SHARED) console.warn(`SKIPPED: answers over real questions: none at ${SHARED}`);

describe.skipIf(!HAS_SHARED)('over all real questions', () => {
  const questions = HAS_SHARED ? readQuestions() : [];

  test('a copy of a choice in another case or with a full stop never selects another choice', () => {
    let trials = 0;
    for (const {choices} of questions) {
      for (const choice of choices) {
        for (const copy of [
          choice.text,
          choice.text.toLowerCase(),
          choice.text.toUpperCase(),
          `${choice.text}.`,
          ` ${choice.text} `,
        ]) {
          const {matchedText} = matchAnswer(copy, choices, 0.75, 'default');
          trials++;
          if (matchedText !== null && matchedText.toLowerCase() !== choice.text.toLowerCase()) {
            expect.unreachable(`${JSON.stringify(copy)} became ${JSON.stringify(matchedText)}`);
          }
        }
      }
    }
    expect(trials).toBeGreaterThan(80_000);
  });
});

function readQuestions(): {choices: {id: string; text: string}[]}[] {
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
