import type {DocumentPath} from '../config/problem.ts';
import type {Complaint, Report} from '../config/report.ts';
import {isMapping} from '../core/mapping.ts';
import {holdsServiceKey, isSecretKey} from '../core/secrets.ts';

const SECRET_HINT = 'put it into an environment variable, which programs inherit, and name that variable: $NAME';

/** Tokens of language models, not of services: `pad_token: "<pad>"`. */
const TEXT_TOKEN = /(?:^|[^a-z])(?:bos|eos|pad|unk|sep|cls|mask|stop|start|end)_token$/i;

/**
 * Reports keys that hold secrets, and texts with keys of services, in values of the author's own. Texts are prompts
 * too: a character may have a secret.
 */
export function refuseSecrets(value: unknown, path: DocumentPath, report: Report): void {
  if (typeof value === 'string') {
    if (holdsSecret(value)) report.problem(path, describeSecret('what looks like a secret'));
  } else if (Array.isArray(value)) {
    for (const [i, member] of value.entries()) refuseSecrets(member, [...path, i], report);
  } else if (isMapping(value)) {
    for (const [key, member] of Object.entries(value)) {
      const here = [...path, key];
      if (isSecret(key, member)) report.problem(here, describeSecret(`the key "${key}"`));
      else refuseSecrets(member, here, report);
    }
  }
}

/** `API_KEY=abc`: names of variables, which prose has none of. */
const VARIABLE = /(?:^|[^\w$-])([A-Z][A-Z0-9_]*)=["']?([^\s"';)]+)/g;

/** Returns whether a text, of whatever kind, holds what looks like a secret. */
export function holdsSecret(text: string): boolean {
  return holdsServiceKey(text) || assigns(text, VARIABLE);
}

function assigns(text: string, pattern: RegExp): boolean {
  return [...text.matchAll(pattern)].some(([, key = '', value]) => isSecret(key, value));
}

/** `API_KEY=abc`, `--api-key=abc`, also inside a script. */
const ASSIGNMENT = /(?:^|[\s;&'"(])-{0,2}([A-Za-z_][\w.-]*)=["']?([^\s"';)]+)/g;

/** Reports secrets among the words of a command that `refuseSecrets` does not find: `--token=…`, `--token …`. */
export function refuseSecretWords(words: readonly string[], path: DocumentPath, report: Report): void {
  if (words.some(holdsSecret)) return;
  const isBad = words.some((word, i) => {
    if (assigns(word, ASSIGNMENT)) return true;
    const next = words[i + 1];
    return /^--?[A-Za-z][\w.-]*$/.test(word) && next !== undefined && !next.startsWith('-') && isSecret(word, next);
  });
  if (isBad) report.problem(path, describeSecret('what looks like a secret'));
}

/** Returns whether a value of a key must not be in a file; placeholders, code that reads variables and counts may. */
function isSecret(key: string, value: unknown): boolean {
  if (typeof value !== 'string' || !isSecretKey(key.replaceAll('-', '_')) || TEXT_TOKEN.test(key)) return false;
  return value !== '' && !/^(?:\$|os\.|process\.env|\{\w+\}$|\d{1,9}$)/.test(value);
}

function describeSecret(found: string): Complaint {
  return {found, expected: 'no secrets in a config', hint: SECRET_HINT};
}
