import {isMap, isPair, isScalar, parseDocument, visit} from 'yaml';

import {isSecretKey} from './problem.ts';

const HIDDEN = '***';

/** What keys of well-known services look like, wherever they stand: in comments too. */
const KEYS =
  /\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}|\bhf_[A-Za-z0-9]{16,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bAKIA[A-Z0-9]{16}\b|\bAIza[\w-]{30,}/g;

/**
 * `Authorization: Bearer …`, `api_key = …`, in comments and in texts of commands; not names of variables and not
 * `max_tokens: 256`.
 */
const ASSIGNED =
  /((?:^|[^a-z_])(?:[a-z_-]*api_?key|[a-z_-]*(?:access|auth|hf)_?token|secret|password|passwd|credentials?)["']?\s*[:=]\s*["']?)(?!\s|\*\*\*|null\b|~|\$)[^\s"',}\]]+/gim;

const BEARER = /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/g;

/** `?api_key=…&token=…` */
const SECRET_IN_QUERY =
  /([?&;](?:[a-z0-9_.-]*(?:key|token|secret|password|passwd|credentials?|auth|authorization|signature|sig))=)[^\s&#"'<>]+/gi;

/** `https://user:password@host` */
const PASSWORD_IN_URL = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi;

/**
 * A config that others may read: values of keys that hold secrets, passwords and keys in addresses, what looks like a
 * service's key and the known secrets become `***`. Everything else stays as it was written, comments included. Configs
 * of ours hold no secrets; those of others may.
 *
 * @param secrets values that must not appear, such as those of the variables that the config names.
 */
export function scrubConfig(text: string, secrets: readonly string[] = []): string {
  return scrubText(hideSecretValues(text), secrets);
}

/** The same for a text that is no config: an address, a message, a whole page. */
export function scrubText(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  // The longest first: one may begin with another.
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    if (secret.length >= 4) clean = clean.replaceAll(secret, HIDDEN);
  }
  return clean
    .replace(PASSWORD_IN_URL, `$1${HIDDEN}@`)
    .replace(SECRET_IN_QUERY, `$1${HIDDEN}`)
    .replace(BEARER, `$1 ${HIDDEN}`)
    .replace(ASSIGNED, `$1${HIDDEN}`)
    .replace(KEYS, HIDDEN);
}

/** Whether an address names a key or a token behind its `?`. */
export function hasSecretInQuery(url: string): boolean {
  return url.replace(SECRET_IN_QUERY, '') !== url;
}

/** Blanks out the values of secret keys where they stand, whatever they are. */
function hideSecretValues(text: string): string {
  const ranges: [number, number][] = [];
  const document = parseDocument(text, {uniqueKeys: false});
  visit(document, {
    Pair(_key, pair) {
      if (!isPair(pair) || !isScalar(pair.key) || !isSecretKey(String(pair.key.value))) return;
      const {value} = pair as {value: {range?: readonly [number, number, number] | null} | null};
      if (!value?.range || (isScalar(value) && value.value === null)) return;
      ranges.push([value.range[0], value.range[1]]);
      // What is hidden whole need not be looked into.
      return isMap(value) ? visit.SKIP : undefined;
    },
  });
  let clean = text;
  for (const [start, end] of ranges.sort((a, b) => b[0] - a[0])) {
    // A block of lines ends with the last one's end.
    const lineEnd = clean.slice(start, end).endsWith('\n') ? '\n' : '';
    clean = `${clean.slice(0, start)}${HIDDEN}${lineEnd}${clean.slice(end)}`;
  }
  return clean;
}
