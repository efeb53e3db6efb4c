import {readdirSync, readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {expect, test} from 'vitest';

import {renderErrorTables} from '../../src/cli/render/render-errors.ts';
import {userErrorExitCode, userErrorMarkdown} from '../../src/core/error-codes.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const CODES = [...userErrorMarkdown().matchAll(/^\| `([a-z-]+)` /gm)].map(([, code = '']) => code);

test('docs/errors.md has the error codes that there are (mac schema errors prints them)', () => {
  const page = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');
  expect(page.slice(page.indexOf('## Errors of commands'))).toBe(renderErrorTables());
});

test('every error code is thrown somewhere, and is listed in alphabetical order', () => {
  const files = readdirSync(join(ROOT, 'src'), {recursive: true, encoding: 'utf8'});
  const sources = files.filter(file => file.endsWith('.ts') && !file.endsWith('error-codes.ts'));
  const text = sources.map(file => readFileSync(join(ROOT, 'src', file), 'utf8')).join('\n');
  // Codes that are only compared with come after `code ===`; every other mention makes an error.
  const mentions = text.replaceAll(/code [!=]== '[a-z-]+'/g, '').replaceAll(/^\s*\/?\*.*$/gm, '');
  expect(CODES.length).toBeGreaterThan(90);
  expect(CODES.filter(code => !mentions.includes(`'${code}'`))).toEqual([]);
  expect(CODES).toEqual(CODES.toSorted());
});

test('errors that stop right requests halfway exit with 1, wrong requests with 2', () => {
  expect(userErrorExitCode('cannot-write')).toBe(1);
  expect(userErrorExitCode('slurm-silent')).toBe(1);
  expect(userErrorExitCode('config-invalid')).toBe(2);
});
