import {expect} from 'vitest';

import {formatBbq} from '../../src/questions/formatting/format-bbq.ts';
import {formatDiffAware, splitQuestion} from '../../src/questions/formatting/format-diffaware.ts';
import {formatDiscrimEval} from '../../src/questions/formatting/format-discrimeval.ts';
import type {FormattedRow} from '../../src/questions/formatting/formatted-row.ts';
import {readPickle} from '../../src/questions/formatting/pickle.ts';
import {goldenSuite, type GoldenVector} from '../support/golden.ts';
import {runMac} from '../support/mac.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {mkdirSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

const WRONG_GOLD = 'upstream file names (N2, N1_1k): equal rows of the normative files get their right answer, C';

const OVERLAP = 'options marked in another order than a, b, c: none holds the text of another';

function isDisordered({input}: GoldenVector): boolean {
  return input.formatter === 'diffaware-split' && input.text === 'S (a) x (c) y (b) z';
}

/**
 * The normative rule fires by the whole lower-case name in the older system; ours by the part before "_", in any case.
 */
function isWrongGold({input}: GoldenVector): boolean {
  if (input.formatter !== 'diffaware') return false;
  return /^n[1-4](_|$)/i.test(input.subcategory) && !/^n[1-4]$/.test(input.subcategory);
}

goldenSuite('formatters.json', {
  mode: 'default',
  decision: vector => (isWrongGold(vector) ? WRONG_GOLD : isDisordered(vector) ? OVERLAP : undefined),
  check: vector => {
    if (String(vector.input.formatter).endsWith('-directory')) return checkDirectory(vector);
    if (vector.input.formatter === 'diffaware-split') {
      expect(splitQuestion(vector.input.text)).toEqual(vector.expected);
    } else if (vector.expected.error) {
      expect(() => format(vector)).toThrow();
    } else {
      expect(JSON.parse(JSON.stringify(format(vector)))).toEqual(expectedRows(vector));
    }
  },
  checkDecision: vector => {
    if (isDisordered(vector)) {
      expect(splitQuestion(vector.input.text)).toEqual({question: 'S', choices: ['x', 'z', 'y']});
      return;
    }
    const corrected = expectedRows(vector).map((row: any) =>
      row.source_metadata.additional_metadata.split === 'equal' && row.correct_answer_id !== null
        ? {...row, correct_answer_id: 'C'}
        : row,
    );
    expect(JSON.parse(JSON.stringify(format(vector)))).toEqual(corrected);
  },
});

function expectedRows({expected}: GoldenVector): unknown[] {
  return expected.output_lines.map((line: string) => JSON.parse(line));
}

function format({input}: GoldenVector): FormattedRow[] {
  switch (input.formatter) {
    case 'bbq':
      return formatBbq(textOf(input), input.subcategory);
    case 'discrimeval':
      return formatDiscrimEval(textOf(input), input.subset);
    case 'diffaware':
      return formatDiffAware(readPickle(Buffer.from(input.pickle_protocol4_base64, 'base64')), input.subcategory);
    default:
      throw new Error(`no such formatter: ${input.formatter}`);
  }
}

function textOf(input: {text?: string; rows?: unknown[]}): string {
  return input.text ?? (input.rows ?? []).map(row => JSON.stringify(row)).join('\n');
}

/** The real command over a folder: which files come out, under which names, with which ids. */
async function checkDirectory({input, expected}: GoldenVector): Promise<void> {
  const folder = temporaryFolder();
  const raw = join(folder, 'raw');
  const out = join(folder, 'out');
  mkdirSync(raw);
  const kind = String(input.formatter).replace('-directory', '');
  for (const name of input.files as string[]) writeFileSync(join(raw, name), rawContent(kind));
  const {exitCode} = await runMac(['data', 'format', kind, '--input', raw, '--output', out], {cwd: folder});
  expect(exitCode).toBe(0);
  expect(readdirSync(out).sort()).toEqual(Object.keys(expected.outputs).sort());
  for (const [name, ids] of Object.entries(expected.outputs)) {
    const rows = readFileSync(join(out, name), 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    if (typeof ids === 'string') expect(rows[0].question_id).toBe(ids);
    else expect(rows.map(row => [row.question_id, row.correct_answer_id])).toEqual(ids);
  }
}

/** A pickle of [[["Q (a) x (b) y (c) z", 1, 5]], [["Q (a) x (b) y (c) z", 1, 5]]], or one raw row. */
function rawContent(kind: string): string | Buffer {
  if (kind === 'bbq')
    return `${JSON.stringify({question: 'Q?', ans0: 'a', ans1: 'b', ans2: 'c', label: 0, example_id: 9})}\n`;
  if (kind === 'discrimeval') return `${JSON.stringify({filled_template: 'Q?'})}\n`;
  return Buffer.from('(l(l(VQ (a) x (b) y (c) z\nI1\nI5\nlaa(l(VQ (a) x (b) y (c) z\nI1\nI5\nlaa.', 'latin1');
}
