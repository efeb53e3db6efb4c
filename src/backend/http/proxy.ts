import {UserError} from '../../core/errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A proxy between us and a server. */
export interface Proxy {
  readonly url: URL;
  /** The variable that names it. */
  readonly variable: string;
}

/**
 * The proxy of an address, by the conventions of curl and Go: `https_proxy`, `http_proxy`, else `all_proxy`, in either
 * case; `no_proxy` lists hosts, domains, networks and `*`. This machine itself is never behind one.
 *
 * @throws UserError `proxy-invalid`
 */
export function proxyFor(address: string, env: Environment): Proxy | null {
  const target = new URL(address);
  const names = target.protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy', 'HTTP_PROXY'];
  const variable = [...names, 'all_proxy', 'ALL_PROXY'].find(name => env[name]?.trim());
  if (variable === undefined || isLoopback(target.hostname) || isExempt(target, env)) return null;
  return {url: parseProxy(env[variable]?.trim() ?? '', variable), variable};
}

/** For messages: without the password in it. */
export function describeProxy({url, variable}: Proxy): string {
  return `through the proxy ${url.protocol}//${url.host} of $${variable}`;
}

/** The header that opens it; none where it wants no password. */
export function proxyAuthorization({url}: Proxy): string | undefined {
  const {username, password} = url;
  if (username === '' && password === '') return undefined;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

const SCHEMES = ['http:', 'https:', 'socks5:', 'socks5h:', 'socks:'];

function parseProxy(value: string, variable: string): URL {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (URL.canParse(text)) {
    const url = new URL(text);
    if (SCHEMES.includes(url.protocol) && url.hostname !== '') return url;
  }
  throw new UserError('proxy-invalid', `Environment variable '${variable}' holds no address of a proxy`, {
    hint: `e.g. export ${variable}=http://proxy.example.org:3128; or unset it, or name the server in NO_PROXY`,
  });
}

function isLoopback(hostname: string): boolean {
  const host = normalizeHost(hostname);
  return (
    host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127\./.test(host) || host === '0.0.0.0'
  );
}

function isExempt({hostname, port, protocol}: URL, env: Environment): boolean {
  const list = env['no_proxy'] ?? env['NO_PROXY'] ?? '';
  const host = normalizeHost(hostname);
  const ownPort = port || (protocol === 'https:' ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some(entry => {
      const [, name = '', entryPort] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? [];
      return name !== '' && (entryPort === undefined || entryPort === ownPort) && matches(host, normalizeHost(name));
    });
}

function matches(host: string, entry: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isInNetwork(host, entry);
  const domain = entry.replace(/^\*?\./, '');
  return host === domain || host.endsWith(`.${domain}`);
}

/** `10.0.0.0/8`; networks of IPv6 are rare enough in such lists to be left to names. */
function isInNetwork(host: string, network: string): boolean {
  const [base = '', bits = ''] = network.split('/');
  const [a, b] = [toNumber(host), toNumber(base)];
  if (a === undefined || b === undefined || !/^\d+$/.test(bits)) return false;
  const size = 2 ** (32 - Math.min(32, Number(bits)));
  return Math.floor(a / size) === Math.floor(b / size);
}

function toNumber(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some(part => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

function normalizeHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}
