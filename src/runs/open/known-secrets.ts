import type {ConfigText} from '../../config/read-config.ts';
import {UserError} from '../../core/errors.ts';

/** Variables with keys that configs use without naming them. */
const COMMON_KEY_VARIABLES = ['OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'VLLM_API_KEY', 'HF_TOKEN'];

/** Shorter values, such as EMPTY or not-needed, are no keys, and words of other texts too. */
const MIN_KEY_LENGTH = 12;

const KEY_VARIABLE_PATTERN = /\bapi_key_env["']?\s*:\s*["']?([A-Za-z_][A-Za-z0-9_]*)/g;

/**
 * Refuses a config that holds a key which this environment knows, whatever it looks like and wherever it stands, since
 * records keep copies of the config.
 *
 * @throws UserError `config-secret`.
 */
export function refuseKnownSecrets(
  {path, text}: Pick<ConfigText, 'path' | 'text'>,
  env: Readonly<Record<string, string | undefined>>,
): void {
  const names = new Set([
    ...COMMON_KEY_VARIABLES,
    ...[...text.matchAll(KEY_VARIABLE_PATTERN)].map(([, name = '']) => name),
  ]);
  for (const name of names) {
    const secret = env[name]?.trim() ?? '';
    const at = secret.length < MIN_KEY_LENGTH ? -1 : text.indexOf(secret);
    if (at < 0) continue;
    const line = text.slice(0, at).split('\n').length;
    throw new UserError(
      'config-secret',
      `${path}:${line}: found the value of $${name}, expected no secrets in a config`,
      {
        hint: 'records keep copies of the config: take the key out, and name its variable in api_config.api_key_env',
      },
    );
  }
}
