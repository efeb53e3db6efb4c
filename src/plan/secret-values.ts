import type {DocumentPath} from '../config/problem.ts';
import type {Complaint, Report} from '../config/report.ts';
import {isMapping} from '../core/mapping.ts';
import {holdsServiceKey, isSecretKey} from '../core/secrets.ts';

const HINT = 'put it into an environment variable, which programs inherit, and name that variable';

/** Tokens of language models, not of services: `pad_token: "<pad>"`. */
const TEXT_TOKEN = /(?:^|[^a-z])(?:bos|eos|pad|unk|sep|cls|mask|stop|start|end)_token$/i;

/**
 * Reports keys that hold secrets, and texts with keys of services, in values of the author's own. Texts are prompts
 * too: a character may have a secret.
 */
export function refuseSecrets(value: unknown, path: DocumentPath, report: Report): void {
  if (typeof value === 'string') {
    if (holdsServiceKey(value)) report.problem(path, describeSecret('what looks like a secret'));
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

/** `API_KEY=abc`, `--api-key=abc`, also inside a script. */
const ASSIGNMENT = /(?:^|[\s;&'"(])-{0,2}([A-Za-z_][\w.-]*)=["']?([^\s"';)]+)/g;

/** Reports secrets among the words of a command: keys of services, `API_KEY=…`, `--token …`. */
export function refuseSecretWords(words: readonly string[], path: DocumentPath, report: Report): void {
  const isBad = words.some((word, i) => {
    if (holdsServiceKey(word)) return true;
    if ([...word.matchAll(ASSIGNMENT)].some(([, key = '', value]) => isSecret(key, value))) return true;
    const next = words[i + 1];
    return /^--?[A-Za-z][\w.-]*$/.test(word) && next !== undefined && !next.startsWith('-') && isSecret(word, next);
  });
  if (isBad) report.problem(path, describeSecret('what looks like a secret'));
}

/** Tells whether a value of a key must not be in a file; placeholders, code that reads variables and counts may. */
function isSecret(key: string, value: unknown): boolean {
  if (typeof value !== 'string' || !isSecretKey(key.replaceAll('-', '_')) || TEXT_TOKEN.test(key)) return false;
  return value !== '' && !/^(?:\$|os\.|process\.env|\{\w+\}$|\d{1,9}$)/.test(value);
}

function describeSecret(found: string): Complaint {
  return {found, expected: 'no secrets in a config', hint: HINT};
}
