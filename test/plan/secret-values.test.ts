import {expect, test} from 'vitest';

import {holdsSecret} from '../../src/plan/secret-values.ts';

test.each([
  `sk-${'a1'.repeat(12)}`,
  'run with HF_TOKEN=abcdefgh',
  'https://ada:hunter2@host/x',
  'http://127.0.0.1:1/?token=abcdefgh',
])('a secret is found in: %s', text => {
  expect(holdsSecret(text)).toBe(true);
});

test.each([
  'HF_TOKEN=$HF_TOKEN run',
  'https://ada:$PASSWORD@host/x',
  'https://${TOKEN}@host/x',
  'http://127.0.0.1:1/?token=$TOKEN&x=1',
  'the secret=word task, with token=bpe or MAX_TOKEN=5',
  'The password is known to one agent only.',
  'pad_token=<pad>',
])('none is found in: %s', text => {
  expect(holdsSecret(text)).toBe(false);
});
