const SECRET_KEY = /(?:^|[^a-z])(?:api_?key|token|secret|password|passwd|credentials?|authorization)$/i;

/** Returns whether a key's value must never be printed: `api_key`, `hf_token`, …, though not `max_token`. */
export function isSecretKey(key: string | number | undefined): boolean {
  const text = String(key);
  return SECRET_KEY.test(text) && !/^max_/i.test(text);
}

/** Shorter values would blank out words and numbers that are no secrets. */
const MIN_SECRET = 6;

/** Lists the values of variables that are secret by their names, and of those that are named for holding a secret. */
export function listSecrets(
  env: Readonly<Record<string, string | undefined>>,
  named: ReadonlySet<unknown> = new Set(),
): string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    const secret = value?.trim() ?? '';
    return secret.length >= MIN_SECRET && (isSecretKey(name) || named.has(name)) ? [secret] : [];
  });
}

const HIDDEN = '***';

/** The shapes of keys of well-known services, wherever they stand: in comments too. */
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

/** Returns a text with `***` for passwords and keys in addresses, services' keys, and known secrets. */
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

/** A variable of the environment in place of a secret: `https://user:$PASSWORD@host`, `?token=${TOKEN}`. */
const VARIABLE_IN_URL = /(:\/\/)(?:[^\s/@"':]*:)?\$\{?\w+\}?@|([?&;][\w.-]+=)\$\{?\w+\}?/g;

/** Returns whether a text holds a service's key, or an address with a password or key; prose has none. */
export function holdsServiceKey(written: string): boolean {
  const text = written.replace(VARIABLE_IN_URL, '$1$2');
  const shapes = [KEYS, PASSWORD_IN_URL, SECRET_IN_QUERY, /\bBearer\s+[A-Za-z0-9._~+/=-]{16,}/g];
  return shapes.some(shape => text.replace(shape, '') !== text);
}

/** Returns whether an address names a key or a token behind its `?`. */
export function hasSecretInQuery(url: string): boolean {
  return url.replace(SECRET_IN_QUERY, '') !== url;
}

/** Returns the path of what looks like a secret, if anything does. */
export function findSecret(value: unknown, path = 'request.add'): string | undefined {
  if (typeof value === 'string') return scrubText(value) === value ? undefined : path;
  if (value === null || typeof value !== 'object') return undefined;
  for (const [key, member] of Object.entries(value)) {
    const here = `${path}.${key}`;
    if (isSecretKey(key) && typeof member === 'string') return here;
    const found = findSecret(member, here);
    if (found !== undefined) return found;
  }
  return undefined;
}
