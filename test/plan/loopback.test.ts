import {describe, expect, test} from 'vitest';

import {backendFor} from '../../src/backend/backends.ts';
import type {ModelAddress} from '../../src/backend/backend-definition.ts';
import type {ModelDefinition} from '../../src/core/task-config.ts';
import {isLoopback} from '../../src/plan/loopback.ts';

function resolveModelAddress(model: ModelDefinition, env: Readonly<Record<string, string>>): ModelAddress | undefined {
  return backendFor(model).address?.(model, env);
}

describe('an address that leads back to the machine itself', () => {
  test.each([
    'http://127.0.0.1:8000/v1',
    'http://127.8.9.10/v1',
    'http://127.1:8000',
    'http://2130706433/v1',
    'http://0x7f.1/v1',
    'http://0177.0.0.1/v1',
    'http://localhost:11434',
    'http://LOCALHOST./v1',
    'http://vllm.localhost:8000/v1',
    'http://localhost.localdomain/v1',
    'http://ip6-localhost/v1',
    'https://[::1]:8000/v1',
    'http://[0:0:0:0:0:0:0:1]/v1',
    'http://[::]:8000/v1',
    'http://[::ffff:127.0.0.1]/v1',
    'http://0.0.0.0:8000/v1',
    'http://0:8000/v1',
  ])('%s is one', url => expect(isLoopback(url)).toBe(true));

  test.each([
    'http://gpu-box:8000/v1',
    'http://10.0.0.1/v1',
    'http://128.0.0.1/v1',
    'https://api.openai.com/v1?proxy=localhost',
    'http://localhost.example.org/v1',
    'http://mylocalhost/v1',
    'http://[::ffff:10.0.0.1]/v1',
    'http://[fe80::1]/v1',
    'http://12.7.0.1/127.0.0.1',
    'no address',
  ])('%s is none', url => expect(isLoopback(url)).toBe(false));

  test('is where Ollama listens by default; a model whose server a job starts has none', () => {
    const byDefault = resolveModelAddress({backend: 'ollama', model_name: 'm'}, {});
    expect(byDefault).toMatchObject({from: 'default', path: ['ollama_api_url']});
    expect(isLoopback(byDefault?.url ?? '')).toBe(true);
    expect(resolveModelAddress({backend: 'vllm', model_path: 'm'}, {})).toBeUndefined();
    expect(resolveModelAddress({backend: 'simulated'}, {})).toBeUndefined();
  });

  test.each([
    ['gpu-box', false],
    ['https://ollama.example.org', false],
    ['0.0.0.0:11435', true],
    [':11435', true],
  ])('is none where $OLLAMA_HOST names another machine: %s', (OLLAMA_HOST, isLocal) => {
    const address = resolveModelAddress({backend: 'ollama', model_name: 'm'}, {OLLAMA_HOST});
    expect(address?.from).toBe('environment');
    expect(isLoopback(address?.url ?? '')).toBe(isLocal);
  });

  test('names no password', () => {
    const address = resolveModelAddress(
      {backend: 'ollama', model_name: 'm'},
      {OLLAMA_HOST: 'http://me:secret@127.0.0.1:11434'},
    );
    expect(address?.url).toBe('http://127.0.0.1:11434');
  });

  test('a config wins over $OLLAMA_HOST; an empty one, or no address, is none', () => {
    const written = {backend: 'ollama', model_name: 'm', ollama_api_url: 'http://box:11434'} as const;
    expect(resolveModelAddress(written, {OLLAMA_HOST: '127.0.0.1'})).toMatchObject({
      url: 'http://box:11434',
      from: 'config',
    });
    expect(resolveModelAddress({backend: 'ollama', model_name: 'm'}, {OLLAMA_HOST: ' '})?.from).toBe('default');
  });
});
