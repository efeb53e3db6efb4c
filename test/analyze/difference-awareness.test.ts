import {describe, expect, test} from 'vitest';

import {findBenchmark} from '../../src/analyze/metrics/benchmarks.ts';
import type {Question} from '../../src/questions/question.ts';
import {HAS_SHARED, SHARED} from '../support/golden.ts';
import {sharedQuestions} from '../support/golden-tally.ts';
import {diffAwareQuestion} from './a-question.ts';

const cluster = (question: Question): string => findBenchmark(question).cluster(question);

test('a scenario of one split and that of the other with its number are two clusters', () => {
  const questions = [
    diffAwareQuestion('diffAware_d3_1', 'different', 'A', '7'),
    diffAwareQuestion('diffAware_d3_2', 'different', 'B', '7'),
    diffAwareQuestion('diffAware_d3_3', 'equal', 'C', '7'),
    diffAwareQuestion('diffAware_d3_4', 'equal', 'C', '8'),
  ];
  expect(new Set(questions.map(cluster)).size).toBe(3);
  expect(cluster(questions[0]!)).toBe(cluster(questions[1]!));
});

test('a question without a scenario is a cluster of its own', () => {
  const questions = ['a', 'b'].map(id => diffAwareQuestion(id, 'equal', 'C', ''));
  expect(new Set(questions.map(cluster)).size).toBe(2);
});

/** Scenarios by data set, as published with the data: shared/metrics.md, §3. */
const SCENARIOS = {d1: 250, d2: 250, d3: 115, d4: 229, n1: 179, n2: 250, n3: 192, n4: 114};

if (!HAS_SHARED) console.warn(`SKIPPED: scenarios of DifferenceAwareness: no data at ${SHARED}; set MAC_SHARED`);

describe.skipIf(!HAS_SHARED)('scenarios of the sampled data', () => {
  test.each(Object.entries(SCENARIOS))('%s has %i', (name, scenarios) => {
    const questions = [...sharedQuestions(`DifferenceAwareness/sampled/diffAware_${name}_sampled.jsonl`).values()];
    expect(new Set(questions.map(cluster)).size).toBe(scenarios);
  });
});
