const DEFAULT_PORT = '11434';

/** Address at which Ollama listens by default. */
export const DEFAULT_OLLAMA_URL = `http://localhost:${DEFAULT_PORT}`;

/**
 * Reads `OLLAMA_HOST` as every client of Ollama does: a host, a port, both, or a URL with a path. An address to listen
 * on (`0.0.0.0`, `:port`) is this machine. Returns undefined when it is empty or no address.
 */
export function parseOllamaHost(value: string | undefined): string | undefined {
  const text =
    value
      ?.trim()
      .replace(/^["']|["']$/g, '')
      .trim() ?? '';
  if (text === '') return undefined;
  const [, scheme = '', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/i.exec(text) ?? [];
  const [, authority = '', path = ''] = /^([^/?#]*)(.*)$/.exec(rest) ?? [];
  const [, account = '', hostAndPort = ''] = /^(.*@)?(.*)$/.exec(authority) ?? [];
  const [host, port] = splitPort(hostAndPort);
  const ownPort = port ?? (scheme === '' ? DEFAULT_PORT : '');
  const url = `${scheme || 'http'}://${account}${host}${ownPort === '' ? '' : `:${ownPort}`}${path.replace(/\/+$/, '')}`;
  return URL.canParse(url) ? url : undefined;
}

function splitPort(text: string): [host: string, port: string | undefined] {
  // `::1` alone is a host, not a port.
  const isBareIp6 = !text.startsWith('[') && text.split(':').length > 2;
  const [, host = '', port] = isBareIp6 ? ['', `[${text}]`] : (/^(.*?)(?::(\d*))?$/.exec(text) ?? []);
  const isAnyone = host === '' || host === '0.0.0.0' || host === '[::]';
  const isPort = port !== undefined && port !== '' && Number(port) <= 65_535;
  return [isAnyone ? '127.0.0.1' : host, isPort ? port : undefined];
}
