import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {HAS_SHARED, readVectors, SHARED, VECTORS} from '../support/golden.ts';

/** So many words in a row of a question or its context, or of a long choice, are no accident. */
const QUESTION_RUN = 6;
const CHOICE_RUN = 5;

function runsOf(text: string, length: number): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
  return Array.from({length: Math.max(0, words.length - length + 1)}, (_, i) => words.slice(i, i + length).join(' '));
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, member]) => [key, ...textsOf(member)]);
}

if (!HAS_SHARED) console.warn(`SKIPPED: the vectors hold no text of a benchmark: no data at ${SHARED}`);

test.skipIf(!HAS_SHARED)('the vectors of the repository hold no text of a benchmark', () => {
  const data = join(SHARED, 'data');
  const files = (readdirSync(data, {recursive: true}) as string[]).filter(name => name.endsWith('.jsonl'));
  const lines = files.flatMap(name => readFileSync(join(data, name), 'utf8').split('\n')).filter(Boolean);
  expect(lines.length).toBe(6200);
  const known = new Set<string>();
  for (const {question, context, choices} of lines.map(line => JSON.parse(line))) {
    for (const text of [question, context ?? '']) for (const run of runsOf(text, QUESTION_RUN)) known.add(run);
    for (const {text} of choices) for (const run of runsOf(text, CHOICE_RUN)) known.add(run);
  }
  expect(existsSync(VECTORS)).toBe(true);
  for (const file of readdirSync(VECTORS)) {
    const texts = textsOf(readVectors(file.replace(/\.gz$/, '')));
    const found = texts.flatMap(text => [...runsOf(text, QUESTION_RUN), ...runsOf(text, CHOICE_RUN)]);
    expect(
      found.filter(run => known.has(run)),
      file,
    ).toEqual([]);
  }
});
