/** The address of an interface: its base as people write it, and every path of it. */
export interface ApiAddress {
  /** Without the query; for messages. */
  readonly base: string;
  /** A path below the base, with the base's query: Azure wants its `?api-version=` with every call. */
  readonly at: (path: string) => string;
  /** A path beside `/v1`. */
  readonly beside: (path: string) => string;
}

/** Paths of calls, which people copy with the base. A base of Azure's may itself end in `/models`. */
const CALLS =
  /\/(?:chat\/completions|completions|responses|embeddings)$|(?<=\/v1)\/(?:models|messages)$|\/api\/(?:chat|generate|tags)$/;

/**
 * Reads an address as it was meant: slashes at its end, the path of a call and a `/v1` too many are left out.
 *
 * @param endsInV1 false where the calls' own paths begin with `/v1`.
 */
export function apiAddress(url: string, endsInV1 = true): ApiAddress {
  const {origin, pathname, search} = new URL(url);
  const path = pathname
    .replace(/\/{2,}/g, '/')
    .replace(/\/+$/, '')
    .replace(CALLS, '')
    .replace(/(?:\/v1)+$/, endsInV1 ? '/v1' : '')
    .replace(/\/+$/, '');
  const base = origin + path;
  const beside = base.replace(/\/v1$/, '');
  return {base, at: to => `${base}/${to}${search}`, beside: to => `${beside}/${to}${search}`};
}

const AZURE = /\.(?:openai\.azure\.com|cognitiveservices\.azure\.com|services\.ai\.azure\.com|azure-api\.net)$/i;

/** Returns the headers that carry a key. Azure takes keys in `api-key`, and only its directory's JWTs as a bearer. */
export function keyHeaders(url: string, key: string): Record<string, string> {
  const {hostname, searchParams} = new URL(url);
  const isAzure = AZURE.test(hostname) || searchParams.has('api-version');
  return isAzure && !/^eyJ[\w-]*\.[\w-]+\./.test(key) ? {'api-key': key} : {authorization: `Bearer ${key}`};
}
