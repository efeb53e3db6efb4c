import {existsSync, readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {test} from 'vitest';

import {parseQuestions} from '../../src/questions/read.ts';
import type {Question} from '../../src/questions/question.ts';
import {SHARED, VECTORS} from './golden.ts';

/** Counts comparisons of single values with a golden file, so that one difference does not hide the others. */
export interface Tally {
  /** Equal to 4 decimals; null only to null. */
  readonly value: (name: string, actual: number | null | undefined, expected: number | null) => void;
}

/** Runs one golden file of numbers; prints `golden FILE: N passed, N differ by decision, N failed`. */
export function goldenTally(file: string, check: (golden: any, tally: Tally) => void): void {
  const title = `golden metrics/${file}`;
  const own = resolve(VECTORS, file);
  const path = existsSync(own) ? own : resolve(SHARED, 'golden/metrics', file);
  if (!existsSync(path)) {
    console.warn(`SKIPPED: ${title}: not at ${path}; set MAC_SHARED to the folder of the shared material`);
    test.skip(title, () => undefined);
    return;
  }
  test(title, () => {
    let passed = 0;
    const failures: string[] = [];
    check(JSON.parse(readFileSync(path, 'utf8')), {
      value: (name, actual, expected) => {
        if (expected === null ? actual === null : Math.abs((actual ?? NaN) - expected) < 0.00005 + 1e-12) passed++;
        else failures.push(`${name}: ${actual} should be ${expected}`);
      },
    });
    console.log(`${title}: ${passed} passed, 0 differ by decision, ${failures.length} failed`);
    if (failures.length > 0) throw new Error(`${failures.length} failed:\n${failures.slice(0, 20).join('\n')}`);
  });
}

/** Questions of the shared data by id. @param path below `data/`. */
export function sharedQuestions(path: string): Map<string, Question> {
  const {questions} = parseQuestions(readFileSync(resolve(SHARED, 'data', path)));
  return new Map(questions.map(question => [question.question_id, question]));
}
