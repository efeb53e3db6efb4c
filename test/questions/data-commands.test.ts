import {existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';

import {dataCheckCommand} from '../../src/cli/commands/data-check.ts';
import {dataFormatCommand} from '../../src/cli/commands/data-format.ts';
import {UserError} from '../../src/core/errors.ts';
import {aCommandIo} from '../support/command-io.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {question} from '../support/workspace.ts';

const BBQ_ROW = {question: 'Who?', context: 'They met.', ans0: 'a', ans1: 'b', ans2: 'c', label: 0, example_id: 9};

/** Converts these files; the message is '' when nothing was refused. */
async function format(kind: string, files: Readonly<Record<string, string | Buffer>>) {
  const {io, written} = aCommandIo(temporaryFolder());
  mkdirSync(join(io.cwd, 'raw'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(io.cwd, 'raw', name), text);
  let [message, hint]: (string | undefined)[] = ['', ''];
  let exitCode: number | undefined;
  try {
    exitCode = await dataFormatCommand(kind, {input: 'raw', output: 'out'}, io);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    ({message, hint} = error as UserError);
  }
  const output = existsSync(join(io.cwd, 'out')) ? readdirSync(join(io.cwd, 'out')) : [];
  return {exitCode, message, hint, output, ...written};
}

describe('mac data format refuses, with file and line and without writing anything,', () => {
  test.each<[string, string, Readonly<Record<string, string | Buffer>>, string | RegExp]>([
    ['an empty file', 'bbq', {'a.jsonl': ''}, /a\.jsonl:1: found no rows/],
    ['blank lines only', 'discrimeval', {'a.jsonl': '\n \n'}, /a\.jsonl:1: found no rows/],
    ['questions of the unified format', 'bbq', {'a.jsonl': `\n${question('q')}\n`}, /a\.jsonl:2: .*unified format/],
    ['the same as DiscrimEval', 'discrimeval', {'a.jsonl': question('q')}, /a\.jsonl:1: .*needs no conversion/],
    [
      'rows of another kind',
      'discrimeval',
      {'a.jsonl': '{"foo":1}\n'},
      /a\.jsonl:1: found the keys foo, expected also filled_template/,
    ],
    ['DiscrimEval as BBQ', 'bbq', {'a.jsonl': '{"filled_template":"x"}'}, /expected also question, ans0, ans1, ans2/],
    [
      'an empty question',
      'discrimeval',
      {'a.jsonl': '{"filled_template":" "}'},
      /a\.jsonl:1: filled_template: found " "/,
    ],
    ['an answer that is no text', 'bbq', {'a.jsonl': JSON.stringify({...BBQ_ROW, ans1: 5})}, 'ans1: found 5'],
    ['a label without its answer', 'bbq', {'a.jsonl': JSON.stringify({...BBQ_ROW, label: 3})}, 'from 0 to 2'],
    [
      'what is no JSON',
      'bbq',
      {'a.jsonl': `${JSON.stringify(BBQ_ROW)}\n{bad\n[1]`},
      /a\.jsonl:2: not JSON[^]*a\.jsonl:3/,
    ],
    ['what is no UTF-8', 'bbq', {'a.jsonl': Buffer.from([0x22, 0xfe, 0x22])}, 'not UTF-8'],
    ['a JSON array', 'bbq', {'a.jsonl': JSON.stringify([BBQ_ROW])}, /a\.jsonl: found a JSON array of 1.*jq/],
    ['a table', 'bbq', {'a.jsonl': 'question,ans0\nWho?,a\n'}, /a\.jsonl: found a CSV table/],
    ['a pickle without rows', 'diffaware', {'a.pkl': Buffer.from('(l(la(la.', 'latin1')}, 'found no rows'],
    ['one bad file among good ones', 'bbq', {'a.jsonl': JSON.stringify(BBQ_ROW), 'b.jsonl': ''}, /b\.jsonl:1/],
  ])('%s', async (_what, kind, files, complaint) => {
    const {exitCode, message, hint, output} = await format(kind, files);
    expect([exitCode, output]).toEqual([undefined, []]);
    expect(message).toMatch(complaint);
    expect(hint).toContain('nothing was written');
  });
});

test('mac data format reports questions that two rows share', async () => {
  const {exitCode, stderr} = await format('bbq', {'a.jsonl': `${JSON.stringify(BBQ_ROW)}\n${JSON.stringify(BBQ_ROW)}`});
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/bbq_a\.jsonl:2: question_id: .*line 1/);
});

test('mac data format says how many rows of BBQ have no label, and what that means', async () => {
  const {label: _label, ...bare} = BBQ_ROW;
  const rows = [BBQ_ROW, {...bare, example_id: 10}, {...BBQ_ROW, label: null, example_id: 11}];
  const {exitCode, stderr} = await format('bbq', {'a.jsonl': rows.map(row => JSON.stringify(row)).join('\n')});
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(
    /^warning: .*bbq_a\.jsonl: 2 of 3 rows have no label \(the first is 10\).*correct_answer_id is null/,
  );
  expect((await format('bbq', {'a.jsonl': JSON.stringify(BBQ_ROW)})).stderr).toBe('');
});

/** Checks one question with these changes. */
async function check(extra: object): Promise<{exitCode: number; stdout: string}> {
  const {io, written} = aCommandIo(temporaryFolder());
  writeFileSync(join(io.cwd, 'q.jsonl'), `${question('good')}\n${question('odd', extra)}\n`);
  const exitCode = await dataCheckCommand(['q.jsonl'], {}, io);
  return {exitCode, stdout: written.stdout};
}

const choice = (id: string, text: string): object => ({id, text});

describe('mac data check', () => {
  test.each<[string, object, string]>([
    [
      'ids of choices that are not unique',
      {choices: [choice('A', 'x'), choice('A', 'y')]},
      'choices[1].id: choices[0] has',
    ],
    ['an empty question', {question: ''}, 'question: expected a text that is not empty'],
    ['a blank question', {question: ' \n'}, 'question: expected a text that is not empty'],
  ])('refuses %s', async (_what, extra, message) => {
    const {exitCode, stdout} = await check(extra);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`q.jsonl:2: ${message}`);
  });

  test.each<[string, object, string]>([
    ['equal texts', {choices: [choice('A', 'x'), choice('B', 'x')]}, 'choices: A and B have the same text'],
    ['no choices', {choices: []}, 'choices: there are none'],
    ['choices that are never shown', {choices: [choice('a', 'x')]}, 'choices: none has an id of capital letters'],
    ['an empty choice', {choices: [choice('A', ''), choice('B', 'x')]}, 'choices: the text of A is empty'],
    ['a right answer that is no choice', {correct_answer_id: 'Z'}, 'correct_answer_id: "Z" is none of A, B'],
    ['no right answer', {correct_answer_id: null}, 'correct_answer_id: missing'],
  ])('warns of %s, once, and the file can be run', async (_what, extra, message) => {
    const {exitCode, stdout} = await check(extra);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`q.jsonl:2: warning: ${message}`);
    expect(stdout).toContain('2 questions, 0 problems, 1 warning');
    expect(stdout).not.toMatch(/note: (choices:|correct_answer_id)/);
  });

  test.each<[string, object, string]>([
    ['a key', {difficulty: 3}, 'difficulty: a key that the published format does not have'],
    ['a type', {source_id: 7}, 'source_id: found 7, the published format wants a text'],
    ['a question type', {question_type: 'essay'}, 'question_type: found "essay", the published format wants one of'],
    ['a version', {schema_version: '1'}, 'schema_version: found "1", the published format wants a date such as'],
  ])('notes %s that the published format does not have, in our words', async (_what, extra, message) => {
    const {exitCode, stdout} = await check(extra);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`q.jsonl:2: note: ${message}`);
  });
});
