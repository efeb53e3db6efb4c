import {InvalidArgumentError} from 'commander';
import {expect, test} from 'vitest';

import * as parse from '../../src/cli/options/arguments.ts';

const CASES: readonly [keyof typeof parse, accepted: readonly [string, unknown][], refused: readonly string[]][] = [
  [
    'number',
    [
      ['0.5', 0.5],
      ['1e3', 1000],
    ],
    ['', ' ', '-1', 'many', 'Infinity'],
  ],
  [
    'natural',
    [
      ['0', 0],
      ['12', 12],
    ],
    ['', '-1', '1.5', '1e3', '1234567890123456'],
  ],
  ['positive', [['1', 1]], ['0', '-1', 'one']],
  [
    'draws',
    [
      ['99', 99],
      ['10000', 10_000],
    ],
    ['98', '0', 'all'],
  ],
  [
    'failAfter',
    [
      ['20', 20],
      ['0.2', 0.2],
      ['20%', 0.2],
      ['1', 1],
      ['12.5%', 0.125],
    ],
    ['', '0', '1.5', '100%', '0%', '%', 'x', '-1'],
  ],
  [
    'duration',
    [
      ['90', 90_000],
      ['90s', 90_000],
      ['30m', 1_800_000],
      ['1h30m', 5_400_000],
      ['1h30m5s', 5_405_000],
    ],
    ['', 'm', '5 m', '1m1h', '1d', 'soon', '-1s'],
  ],
  [
    'port',
    [
      ['0', 0],
      ['65535', 65_535],
    ],
    ['65536', '-1', 'http'],
  ],
  [
    'round',
    [
      ['last', 'last'],
      ['2', 2],
    ],
    ['first', '-1'],
  ],
  ['shellCommand', [['echo done', 'echo done']], ['', '  ']],
  ['escalation', [['mem=1.5x,time=2x', {mem: 1.5, time: 2}]], ['mem=1x', 'mem', 'disk=2x', '']],
  [
    'taskList',
    [
      [
        '3,7-12',
        [
          {first: 3, last: 3},
          {first: 7, last: 12},
        ],
      ],
    ],
    ['', '12-7', 'all', '3,'],
  ],
];

test.each(CASES)('%s accepts what it should and names what it expects of the rest', (name, accepted, refused) => {
  for (const [text, value] of accepted) expect(parse[name](text), text).toEqual(value);
  for (const text of refused) expect(() => parse[name](text), text).toThrow(InvalidArgumentError);
});

test('a list of names may have spaces around its commas', () => {
  expect(parse.list('persona, model ,round')).toEqual(['persona', 'model', 'round']);
});

test('a wrong time or limit of failures is answered with how to write one', () => {
  expect(() => parse.duration('soon')).toThrow(/30m/);
  expect(() => parse.failAfter('x')).toThrow(/20%/);
});
