import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {stringify} from 'yaml';

import {ConfigError} from '../../src/config/problem.ts';
import {parseYaml, parseYaml11} from '../../src/config/yaml/yaml.ts';

/** Returns the error for a text, by the rules for users' files. */
function complaint(text: string, parse = parseYaml): string {
  try {
    parse(text, 'f.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  return '';
}

describe("a user's file", () => {
  test('is YAML 1.2, and gives the place of everything', () => {
    const {value, locate} = parseYaml('a:\n  b: [x, yellow]\n  c: {d: 1.5}\n', 'f.yaml');
    expect(value).toEqual({a: {b: ['x', 'yellow'], c: {d: 1.5}}});
    expect(locate(['a', 'b'])).toEqual({line: 2, column: 3});
    expect(locate(['a', 'b', 1])).toEqual({line: 2, column: 10});
    expect(locate(['a', 'c', 'd'])).toEqual({line: 3, column: 7});
    expect(locate(['a', 'c', 'missing', 'below'])).toEqual({line: 3, column: 3});
    expect(locate([])).toEqual({line: 1, column: 1});
  });

  test('may have a byte-order mark, Windows line ends, no final newline and any script', () => {
    expect(parseYaml('\uFEFFa: 1\r\nb:\r\n  c: "größe 😀"', 'f').value).toEqual({a: 1, b: {c: 'größe 😀'}});
  });

  test.each([
    ['010', 'the number 8'],
    ['-010', 'the number -8'],
    ['1e3', 'the text "1e3"'],
    ['0o17', 'the text "0o17"'],
    ['+.5', 'the text "+.5"'],
    ['yes', 'true'],
    ['Off', 'false'],
    ['12:30', 'the number 750'],
    ['1:30.5', 'the number 90.5'],
    ['0b1', 'the number 1'],
    ['1_000', 'the number 1000'],
    ['2025-12-10', 'a date'],
    ['2025-12-10 10:00:00', 'a time'],
    ['=', 'no value'],
    ['123456789012345678901', 'only a text keeps every digit'],
  ])('%s is not read alike by all, and must be quoted', (source, other) => {
    for (const text of [`a:\n  - ${source}\n`, `a: {x: ${source}}\n`, `{a: [${source}]}\n`]) {
      if (text.startsWith('{') && source.includes(':')) continue;
      expect(complaint(text)).toContain(other);
      expect(complaint(text)).toMatch(/^f\.yaml:\d:\d+: a\.[x0]: .*quote it/);
    }
    expect(complaint(`${source}: 1\n`)).toContain('quote it');
    for (const quote of [`'${source}'`, `"${source}"`]) {
      expect(parseYaml(`a: ${quote}\n`, 'f').value).toEqual({a: source});
    }
  });

  test.each([
    '1',
    '-1',
    '0',
    '1.5',
    '1.0',
    '1e+3x',
    '.5',
    '-.inf',
    'true',
    'False',
    'null',
    '~',
    'y',
    'n',
    'x:y',
    '0x1F',
    '1.2.3',
    '5.',
  ])('%s is read alike by all', source => {
    const text = `a: ${source}\n`;
    expect(parseYaml(text, 'f').value).toEqual(parseYaml11(text, 'f').value);
  });

  test('every ambiguous value is reported at once', () => {
    expect(complaint('a: yes\nb: [010, 011]\nc: 1\n').split('\n').length).toBe(3);
  });

  test.each([
    ['', 'an empty file'],
    ['# only a comment\n', 'an empty file'],
    ['- a\n', 'a list of 1'],
    ['just words\n', '"just words"'],
    ['a: 1\n---\nb: 2\n', '2 documents'],
    ['a:\n\tb: 1\n', 'a tab in the indentation'],
    [
      'a: 1\nb: 2\na: 3\n',
      'f.yaml:3:1: a: found the key a a second time, expected every key once: it stands at 1:1 already',
    ],
    ['1: a\n"1": b\n', 'the key 1 a second time, expected every key once: it stands at 1:1'],
    ['a:\n  b: 1\n c: 2\n', 'f.yaml:3:1'],
    ['a: [1, 2\nb: 3\n', 'f.yaml:2:1'],
    ['a: b: c\n', 'f.yaml:1:4'],
    ['a: *nobody\n', 'an alias'],
    ['a: !!python/object:os.system x\n', 'tag'],
    ['a: !mine 5\n', 'tag'],
    ['a: !!str 5\n', 'the tag !!str'],
    ['a: &x {b: 1}\nc: {<<: *x}\n', 'a merge key'],
    ['? [a]\n: 1\n', 'a key that is a list'],
    ['%YAML 1.1\n---\na: yes\n', 'the directive %YAML 1.1'],
    [`a: ${'['.repeat(5000)}`, 'too deep'],
  ])('%j is refused: %s', (text, found) => {
    expect(complaint(text)).toContain(found);
  });

  test('a bomb of aliases is refused, a few aliases are taken', () => {
    const levels = ['a: &l0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i++)
      levels.push(
        `k${i}: &l${i} [${Array(10)
          .fill(`*l${i - 1}`)
          .join(', ')}]`,
      );
    expect(complaint(levels.join('\n'))).toContain('alias');
    expect(parseYaml('a: &x [1]\nb: *x\n', 'f').value).toEqual({a: [1], b: [1]});
  });

  test('a file with endless problems names the first ones and counts the rest', () => {
    const message = complaint(`a:\n${'  - 010\n'.repeat(500)}`);
    expect(message.split('\n').length).toBe(201);
    expect(message).toContain('and 300 more');
  });

  test('what looks like a secret is not quoted', () => {
    expect(complaint('api_key: 12_34_56\n')).not.toContain('12_34');
  });
});

describe('YAML 1.1, as the older system read it', () => {
  const read = (text: string): any => parseYaml11(text, 'f').value;

  test('has its own booleans, numbers and nulls', () => {
    expect(read('a: [yes, No, ON, off, y, n, tRue]')).toEqual({a: [true, false, true, false, 'y', 'n', 'tRue']});
    expect(read('a: [010, 0b101, 0x1F, 0o17, 08, 1_000, 12:30, -1:30, 1e3, 1.e+3, 1.5E-3]')).toEqual({
      a: [8, 5, 31, '0o17', '08', 1000, 750, -90, '1e3', 1000, 0.0015],
    });
    expect(read('a: [~, null, NULL, nULL, .inf, -.INF, .5, +.5, 190:20:30.15]')).toEqual({
      a: [null, null, null, 'nULL', Infinity, -Infinity, 0.5, '+.5', 685230.15],
    });
    expect(read('a: 123456789012345678901')).toEqual({a: 123456789012345678901n});
  });

  test('knows dates, and refuses those that do not exist', () => {
    expect(String(read('a: 2024-02-29').a)).toBe('2024-02-29');
    expect(complaint('a: 2025-02-29\n', parseYaml11)).toContain('does not exist');
  });

  test('takes the last of equal keys, and merges', () => {
    expect(read('a: 1\nb: 2\na: 3\n')).toEqual({a: 3, b: 2});
    const merged = read('d: &d {x: 1, y: 2}\ne: &e {x: 5, z: 6}\nf: {y: 3, <<: [*d, *e]}\ng: {<<: *d, x: 9}\n');
    expect(merged.f).toEqual({x: 1, z: 6, y: 3});
    expect(merged.g).toEqual({x: 9, y: 2});
    expect(Object.keys(merged.g)).toEqual(['x', 'y']);
  });

  test('knows the tags of plain values, and no others', () => {
    expect(read('a: [!!str 010, !!int "5", !!bool "yes", !!null "", !!float 3]')).toEqual({
      a: ['010', 5, true, null, 3],
    });
    for (const text of [
      'a: !foo 1',
      'a: !!int x',
      'a: !!python/name:os.x 1',
      'a: !foo {}',
      '? [1]\n: 2',
      'a: =',
      'a: 0b_',
    ]) {
      expect(complaint(text, parseYaml11), text).toContain('f:1:'.replace('f', 'f.yaml'));
    }
  });

  test('quoted and block texts stay texts', () => {
    expect(read('a: "yes"\nb: \'010\'\nc: |\n  1\n')).toEqual({a: 'yes', b: '010', c: '1\n'});
  });
});

test('whatever we accept means the same in both versions', () => {
  const scalar = fc.string({
    unit: fc.constantFrom(...Array.from('0123456789_:.eE+-xobnNyYT~=<')),
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(scalar, source => {
      const text = `a: ${source}\n`;
      if (complaint(text) !== '') return;
      expect(parseYaml11(text, 'f').value).toEqual(parseYaml(text, 'f').value);
    }),
    {numRuns: 2000},
  );
});

test('no text makes the parser itself fail', () => {
  const token = fc.constantFrom(
    'a',
    ':',
    ' ',
    '\n',
    '- ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '"',
    "'",
    '&x',
    '*x',
    '!t',
    '|',
    '>',
    '#',
    '?',
    '<<',
    '%',
    '0',
    '\t',
    '---\n',
    '~',
  );
  fc.assert(
    fc.property(fc.array(token, {maxLength: 30}), tokens => {
      complaint(tokens.join(''));
      complaint(tokens.join(''), parseYaml11);
    }),
    {numRuns: 2000},
  );
});

test('what is written with every text quoted is read back by both', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({minLength: 1}), fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))),
      value => {
        const text = stringify(value, {defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'QUOTE_DOUBLE'});
        if (Object.keys(value).length === 0) return;
        expect(parseYaml(text, 'f').value).toEqual(value);
        expect(parseYaml11(text, 'f').value).toEqual(value);
      },
    ),
  );
});
