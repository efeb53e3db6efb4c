import {execFileSync} from 'node:child_process';
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';

import {checkServerCommand, fillPlaceholders} from '../../../src/execute/model-server/fill-placeholders.ts';

const VALUES = {
  model_path: 'm',
  served_name: 'n',
  port: 1,
  tensor_parallel_size: 2,
  data_parallel_size: 1,
  log_dir: '/l',
  scratch: '/s',
};

describe('placeholders', () => {
  test('are data to the shell, whatever they hold', () => {
    const text = fc.string({unit: 'grapheme'}).filter(value => !value.includes('\0'));
    fc.assert(
      fc.property(fc.oneof(text, fc.constantFrom(`a'b"c`, '$(reboot)', '`x`', 'a\nb', '-n', '{port}', '\\')), value => {
        const command = fillPlaceholders('printf %s {model_path}', {...VALUES, model_path: value});
        expect(execFileSync('bash', ['-c', command], {encoding: 'utf8'})).toBe(value);
      }),
      {numRuns: 60},
    );
  });

  test('leave the shell’s own braces alone', () => {
    const command = 'X=${HOME} awk {{print}} {1..3} --tp {tensor_parallel_size} {a,b}';
    expect(fillPlaceholders(command, VALUES)).toBe('X=${HOME} awk {print} {1..3} --tp 2 {a,b}');
  });

  test('that are unknown, quoted, or lack the port are refused with what to do', () => {
    expect(() => checkServerCommand('x {prot}')).toThrow('unknown placeholder {prot}');
    expect(() => checkServerCommand('x "{model_path}" {port}')).toThrow('stands between double quotes');
    expect(() => checkServerCommand("x '{model_path}' {port}")).toThrow('stands between single quotes');
    expect(() => checkServerCommand('x {model_path}')).toThrow('no {port}');
    expect(() => checkServerCommand('x "it\'s" {model_path} {port}')).not.toThrow();
  });

  test('are what the shell makes of them after escaped quotes and beside words', () => {
    expect(fillPlaceholders("echo \\'{port} a{port}b", VALUES)).toBe("echo \\'1 a1b");
    expect(fillPlaceholders('x "a\\"b" {served_name}', VALUES)).toBe('x "a\\"b" n');
    expect(() => fillPlaceholders('x "a\\" {served_name}"', VALUES)).toThrow('between double quotes');
  });

  test('of a port that is the text {port} only are none', () => {
    expect(() => checkServerCommand('x {{port}}')).toThrow('no {port}');
  });
});
