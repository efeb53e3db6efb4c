/**
 * Returns whether an address is of a machine of one's own or of one's network: the loopback, private ranges (RFC 1918,
 * RFC 4193), and names without a dot or of local domains. Hosted services have no use for questions about their load.
 */
export function isSelfHosted(url: string | undefined): boolean {
  if (url === undefined || !URL.canParse(url)) return false;
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (/^(?:::1|f[cd][0-9a-f]{2}:.*|fe80:.*)$/.test(host)) return true;
  if (/^(?:127|10)\.|^192\.168\.|^169\.254\.|^172\.(?:1[6-9]|2\d|3[01])\./.test(host)) return true;
  return host === 'localhost' || /\.(?:local|localhost|internal|lan|home\.arpa)$/.test(host) || !/[.:]/.test(host);
}
