const LOCAL_IPV4 = /^(?:127(?:\.\d+){3}|0\.0\.0\.0)$/;
const LOCAL_IPV6 = /^\[::(?:1|ffff:(?:7f[0-9a-f]{2}:[0-9a-f]+|0:0))?\]$/;
const LOCAL_NAME =
  /^(?:(?:.*\.)?localhost|localhost[46]|(?:localhost[46]?\.)localdomain[46]?|ip6-(?:localhost|loopback))\.?$/i;

/**
 * Returns whether a URL leads back to the machine that asks: 127.0.0.0/8, ::1, localhost, and 0.0.0.0 and ::, which
 * connect there too.
 */
export function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  // The parser writes 127.1, 2130706433 and 0x7f000001 as 127.0.0.1, and puts IPv6 in brackets.
  const host = new URL(url).hostname;
  return LOCAL_IPV4.test(host) || LOCAL_IPV6.test(host) || LOCAL_NAME.test(host);
}
