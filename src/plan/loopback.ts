import {parseOllamaHost} from '../backend/ollama/ollama-host.ts';
import type {ModelDefinition} from '../core/task-config.ts';

/** Where Ollama listens when nothing else is said. */
const OLLAMA_ADDRESS = 'http://localhost:11434';

/** A model's address, and the key that says it. */
export interface ModelAddress {
  readonly url: string;
  /** Below the model's definition. */
  readonly path: readonly string[];
  /** Who says it: the config, the variable `OLLAMA_HOST`, or the backend's default. */
  readonly from: 'config' | 'environment' | 'default';
}

/**
 * Returns the address at which a model is asked; undefined for one that needs none, or whose server a job starts.
 *
 * @param env jobs inherit it.
 */
export function resolveModelAddress(
  definition: ModelDefinition,
  env: Readonly<Record<string, string | undefined>>,
): ModelAddress | undefined {
  switch (definition.backend) {
    case 'ollama': {
      const {ollama_api_url: url} = definition;
      const path = ['ollama_api_url'];
      if (url !== undefined) return {url, path, from: 'config'};
      const inherited = parseOllamaHost(env['OLLAMA_HOST']);
      if (inherited === undefined) return {url: OLLAMA_ADDRESS, path, from: 'default'};
      return {url: withoutPassword(inherited), path, from: 'environment'};
    }
    case 'vllm':
    case 'openai':
    case 'anthropic': {
      const url = definition.api_config?.base_url;
      return url === undefined ? undefined : {url, path: ['api_config', 'base_url'], from: 'config'};
    }
    case 'simulated':
      return undefined;
  }
}

/** Messages name the address. */
function withoutPassword(address: string): string {
  const url = new URL(address);
  url.username = url.password = '';
  return url.href.replace(/\/$/, '');
}

const LOCAL_IPV4 = /^(?:127(?:\.\d+){3}|0\.0\.0\.0)$/;
const LOCAL_IPV6 = /^\[::(?:1|ffff:(?:7f[0-9a-f]{2}:[0-9a-f]+|0:0))?\]$/;
const LOCAL_NAME =
  /^(?:(?:.*\.)?localhost|localhost[46]|(?:localhost[46]?\.)localdomain[46]?|ip6-(?:localhost|loopback))\.?$/i;

/**
 * Returns whether a URL leads back to the machine that asks: 127.0.0.0/8, ::1, localhost, and 0.0.0.0 and ::, which
 * connect there too.
 */
export function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  // The parser writes 127.1, 2130706433 and 0x7f000001 as 127.0.0.1, and puts IPv6 in brackets.
  const host = new URL(url).hostname;
  return LOCAL_IPV4.test(host) || LOCAL_IPV6.test(host) || LOCAL_NAME.test(host);
}
