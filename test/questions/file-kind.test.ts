import {gzipSync} from 'node:zlib';
import {describe, expect, test} from 'vitest';

import {parseQuestions} from '../../src/questions/read.ts';
import {question} from '../support/workspace.ts';

const LINES = `${question('a')}\n${question('b')}\n`;
const ARRAY = JSON.stringify([{question: 'x'}, {question: 'y'}]);
const PRETTY = JSON.stringify(JSON.parse(question('a')), null, 2);
const bytes = (...values: number[]): Uint8Array => Uint8Array.from([...values, ...Buffer.from('........')]);

describe('a file of another kind, given as JSONL', () => {
  test.each<[string, string | Uint8Array, RegExp]>([
    ['a JSON array', ARRAY, /a JSON array of 2, .*jq -c '\.\[\]'/],
    ['a JSON array over lines', JSON.stringify(JSON.parse(ARRAY), null, 2), /a JSON array of 2/],
    ['a JSON array that breaks off', `[\n${LINES.replaceAll('\n', ',\n')}`, /a JSON array that is damaged/],
    ['one object over lines', PRETTY, /one JSON object over several lines.*jq -c \. FILE/],
    ['objects over lines', `${PRETTY}\n${PRETTY}`, /JSON objects over several lines.*jq -c \. FILE/],
    ['a list below a key', JSON.stringify({data: [{question: 'x'}]}, null, 1), /jq -c '\."data"\[\]' FILE/],
    [
      'a list below a key, on one line',
      JSON.stringify({data: [{question: 'x'}]}),
      /below a key.*jq -c '\."data"\[\]' FILE/,
    ],
    ["Python's dictionaries", "{'question': 'x', 'ans0': 'y'}\n", /Python's dictionaries.*json\.dumps/],
    ['YAML', '- question: x\n  ans0: y\n', /YAML, expected JSONL/],
    ['commas between lines', LINES.replaceAll('\n', ',\n'), /commas after the lines' objects.*sed/],
    ['CSV', 'question,ans0,ans1\n"Who?",a,b\n', /a CSV table \(question, ans0, ans1\).*read_csv/],
    ['CSV with semicolons', 'question;ans0\nWho?;a\n', /a CSV table with semicolons/],
    ['TSV', 'question\tans0\nWho?\ta\n', /a TSV table/],
    ['UTF-16', Buffer.from(`\ufeff${LINES}`, 'utf16le'), /UTF-16 text, expected UTF-8: iconv/],
    ['UTF-16 without a mark', Buffer.from(LINES, 'utf16le'), /UTF-16 text/],
    ['Latin-1', Buffer.from('{"question": "caf\xe9"}', 'latin1'), /not UTF-8 text.*iconv -f LATIN1/],
    ['gzip', gzipSync(LINES), /a gzip file.*gunzip/],
    ['Parquet', bytes(0x50, 0x41, 0x52, 0x31), /a Parquet file.*duckdb/],
    ['Excel', bytes(0x50, 0x4b, 3, 4), /an Excel workbook or a zip archive/],
    ['old Excel', bytes(0xd0, 0xcf, 0x11, 0xe0), /an Excel workbook/],
    ['a pickle', bytes(0x80, 4), /a Python pickle/],
    ['a page', '<!DOCTYPE html><html>', /a page of HTML/],
    ['a pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:1\n', /git lfs pull/],
  ])('%s is told as that, once, with what to do', (_, content, message) => {
    const {problems, questions} = parseQuestions(Buffer.from(content as Uint8Array));
    expect(problems.map(each => [each.line, each.message])).toEqual([[1, expect.stringMatching(message)]]);
    expect(questions).toEqual([]);
  });

  test.each([LINES, `\ufeff${LINES}`, `\n\n${LINES}`, LINES.replaceAll('\n', '\r\n'), '', '\ufeff'])(
    'JSONL is none, nor is an empty file: %j',
    content => {
      expect(parseQuestions(Buffer.from(content)).problems).toEqual([]);
    },
  );

  test.each(['{broken', 'just a sentence, said once', '[1]\n[2]\n', '"text"\n'])(
    'what is just wrong keeps its own words: %j',
    content => {
      expect(parseQuestions(Buffer.from(content)).problems[0]?.message).toMatch(/not JSON|expected a JSON object/);
    },
  );
});
