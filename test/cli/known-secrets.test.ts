import {expect, test} from 'vitest';

import {refuseKnownSecrets} from '../../src/runs/open/known-secrets.ts';

const CONFIG = 'a: 1\nmodel: {api_config: {api_key_env: GATEWAY_KEY}}\nuser: 0123456789abcdef\n';
const refuse =
  (env: Record<string, string>, text = CONFIG) =>
  (): void => {
    refuseKnownSecrets({path: 'c.yaml', text}, env);
  };

test('the value of a variable that holds a key is refused wherever it is, and not printed', () => {
  expect(refuse({GATEWAY_KEY: '0123456789abcdef'})).toThrow('c.yaml:3: found the value of $GATEWAY_KEY');
  expect(refuse({OPENAI_API_KEY: ' 0123456789abcdef\n'})).toThrow('$OPENAI_API_KEY');
  expect(refuse({GATEWAY_KEY: 'fedcba9876543210'}, `${CONFIG}# fedcba9876543210`)).toThrow(/c\.yaml:4: (?!.*fedcba)/);
});

test('other values, other variables and values that are no keys are no secrets', () => {
  expect(refuse({GATEWAY_KEY: 'fedcba9876543210', SHELL_TEXT: '0123456789abcdef'})).not.toThrow();
  expect(refuse({GATEWAY_KEY: 'a'})).not.toThrow();
  expect(refuse({})).not.toThrow();
});
