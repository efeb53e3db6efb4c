import {expect, test} from 'vitest';

import {UserError} from '../../src/core/errors.ts';
import {readPickle} from '../../src/questions/formatting/pickle.ts';

const read = (latin1: string): unknown => readPickle(Buffer.from(latin1, 'latin1'));

/** A numpy scalar of 16 bits as protocol 2 has it, without and with a state of its dtype. */
const scalar = (bytes: string, byteOrder?: string): string => {
  const state = byteOrder === undefined ? '' : `(K\x03U\x01${byteOrder}NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb`;
  return `\x80\x02cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nU\x02i2\x89\x88\x87R${state}C\x02${bytes}\x86R.`;
};

test('texts of protocol 0 are read as Python writes them', () => {
  // Each as CPython 3.11's `pickle.dumps(text, 0)` wrote it.
  expect(read('V\xe9\np0\n.')).toBe('é');
  expect(read('V\\u4e2d\np0\n.')).toBe('中');
  expect(read('V\\U0001f600\np0\n.')).toBe('😀');
  expect(read('Va\\u005cb\np0\n.')).toBe('a\\b');
  expect(read('Vx\\u000ay\np0\n.')).toBe('x\ny');
});

test('numpy scalars are read in the byte order that they have, or refused', () => {
  expect(read(scalar('\x05\x00'))).toBe(5);
  expect(read(scalar('\x05\x00', '<'))).toBe(5);
  expect(() => read(scalar('\x00\x05', '>'))).toThrow('big-endian');
});

test.each([
  ['bytes that are no UTF-8', '\x80\x02U\x01\xff.'],
  ['an object that nobody put away', '\x80\x02h\x07.'],
  ['a byte string with escapes', "S'a\\x01'\n."],
])('refuses %s', (_what, pickle) => {
  expect(() => read(pickle)).toThrow(UserError);
});
