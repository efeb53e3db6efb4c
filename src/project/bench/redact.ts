import {isMapping} from '../../core/mapping.ts';
import {isSecretKey, scrubText} from '../../core/secrets.ts';

/** Stands in for a secret in the files of a run. */
export const HIDDEN = '***REDACTED***';

/**
 * Returns a copy of a JSON value that others may read. Only texts are hidden: values of keys that are exactly secrets
 * (`api_key`, `hf_token`), known secrets, and what looks like one. Numbers stay whatever their key is called:
 * `total_tokens` is no secret.
 */
export function redact(value: unknown, secrets: readonly string[], key?: string): unknown {
  if (typeof value === 'string') return isSecretKey(key) && value !== '' ? HIDDEN : scrubText(value, secrets);
  if (Array.isArray(value)) return value.map(each => redact(each, secrets, key));
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, redact(member, secrets, name)]));
}
