import {expect, test} from 'vitest';

import {scrubText} from '../../src/core/secrets.ts';
import {scrubConfig} from '../../src/config/scrub-config.ts';

const SECRETS = [
  'api_key: hunter2hunter2',
  'api_config: {api_key: "hunter2hunter2", base_url: http://h/v1}',
  'hf_token:\n  - hunter2hunter2\n  - hunter2hunter2x',
  'password: |\n  hunter2hunter2\n  line two hunter2\nnext: 1',
  '# my api_key: hunter2hunter2',
  'command: curl -H "Authorization: Bearer hunter2hunter2hunter2"',
  'base_url: https://me:hunter2hunter2@host/v1',
  '# http://host/v1?key=hunter2hunter2&token=hunter2&n=1',
  'setup: export HF_TOKEN=hunter2hunter2',
  '# sk-proj-hunter2hunter2hunter2',
  'note: hf_hunter2hunter2hunter2',
  'broken: [unclosed\napi_key: hunter2hunter2',
];

test.each(SECRETS)('no secret stays in %j', text => {
  const clean = scrubConfig(text);
  expect(clean).toContain('***');
  expect(clean).not.toContain('hunter2');
});

test('what is no secret stays as it was written, comments and layout included', () => {
  const text = `# a comment, "quoted"
model_definitions:
  m: {backend: openai, api_config: {api_key_env: OPENAI_API_KEY, base_url: 'http://127.0.0.1:8000/v1'}}   # the small one
agent_definitions:
  - {agent_id: a, max_tokens: 256, persona: the secretary, token_budget: 3, api_key: null}
setup: export OPENAI_API_KEY="$MY_KEY"
`;
  expect(scrubConfig(text)).toBe(text);
});

test('what follows a hidden block of lines is still there', () => {
  expect(scrubConfig('password: |\n  hunter2\nnext: 1\n')).toBe('password: ***\nnext: 1\n');
});

test('values of variables that a config names are hidden wherever they stand', () => {
  expect(scrubText('said XYZZY-12345, twice XYZZY-12345', ['XYZZY-12345'])).toBe('said ***, twice ***');
});

test('a secret that holds the beginning of another leaves nothing of either', () => {
  expect(scrubText('abcd-efgh-ijkl', ['abcd', 'abcd-efgh-ijkl'])).not.toContain('ijkl');
});
