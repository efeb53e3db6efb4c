import {expect, test} from 'vitest';

import {createOpenAiBackend, isSelfHosted} from '../../../src/backend/openai/openai-backend.ts';
import {systemClock} from '../../../src/core/clock.ts';

test('a server of one’s own is known by its address', () => {
  for (const url of [
    'http://127.0.0.1:8080/v1',
    'http://localhost:1/v1',
    'http://[::1]:8080/v1',
    'http://10.1.2.3/v1',
    'http://172.20.0.1/v1',
    'http://192.168.1.4:8000/v1',
    'http://gpu07:8000/v1',
    'http://llm.cluster.internal/v1',
  ]) {
    expect(isSelfHosted(url), url).toBe(true);
  }
  for (const url of [
    undefined,
    'https://api.openai.com/v1',
    'https://172.32.0.1/v1',
    'https://8.8.8.8/v1',
    'nonsense',
  ]) {
    expect(isSelfHosted(url), String(url)).toBe(false);
  }
});

test('a model needs a name, and at OpenAI a key', () => {
  const options = {env: {}, clock: systemClock, connections: 1};
  const make = (model: object) => () => createOpenAiBackend({backend: 'openai', ...model}, options, () => ({}));
  expect(make({})).toThrow(expect.objectContaining({code: 'config-invalid'}));
  expect(make({model_name: 'm'})).toThrow(expect.objectContaining({code: 'api-key-missing'}));
  expect(make({model_name: 'm', api_config: {base_url: 'http://127.0.0.1:1/v1'}})).not.toThrow();
});
