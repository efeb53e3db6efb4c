import {errorMessage, systemErrorCode} from '../../core/errors.ts';
import type {FailureReason} from '../backend.ts';

/** A call that brought no whole answer, with its reason in our words. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Meanings of the codes of Node and undici, for somebody who has to do something about them. */
const WORDS: Readonly<Record<string, readonly [FailureReason, string]>> = {
  ECONNREFUSED: ['unreachable', 'nothing listens there'],
  ECONNRESET: ['unreachable', 'the connection was cut'],
  EPIPE: ['unreachable', 'the connection was cut'],
  UND_ERR_SOCKET: ['unreachable', 'the connection was cut'],
  ENOTFOUND: ['unreachable', 'no such host'],
  EAI_AGAIN: ['unreachable', 'the name of the host cannot be looked up at the moment'],
  EHOSTUNREACH: ['unreachable', 'the host cannot be reached'],
  ENETUNREACH: ['unreachable', 'the network of the host cannot be reached'],
  UND_ERR_CONNECT_TIMEOUT: ['unreachable', 'the host does not answer'],
  ETIMEDOUT: ['unreachable', 'the host does not answer'],
  EMFILE: ['unreachable', 'too many files and connections are open in this process (ulimit -n)'],
  EADDRNOTAVAIL: ['unreachable', 'no local port is free for another connection'],
  UND_ERR_HEADERS_OVERFLOW: ['nonsense', 'the headers of the answer are far too large'],
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ['nonsense', 'the answer is shorter than it claims to be'],
  EPROTO: ['unreachable', 'no TLS is spoken there (http:// instead of https://?)'],
  ERR_SSL_WRONG_VERSION_NUMBER: ['unreachable', 'no TLS is spoken there (http:// instead of https://?)'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['unreachable', 'its certificate is self-signed; NODE_EXTRA_CA_CERTS can name it'],
  SELF_SIGNED_CERT_IN_CHAIN: ['unreachable', 'its certificate is self-signed; NODE_EXTRA_CA_CERTS can name it'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['unreachable', 'its certificate cannot be verified'],
  CERT_HAS_EXPIRED: ['unreachable', 'its certificate has expired'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['unreachable', 'its certificate is for another host'],
  UND_ERR_DESTROYED: ['aborted', 'the backend was closed'],
  UND_ERR_CLOSED: ['aborted', 'the backend was closed'],
  UND_ERR_ABORTED: ['unreachable', 'the proxy makes no connection to it'],
  UND_ERR_INVALID_ARG: ['refused', 'the request cannot be sent'],
};

/** Puts an error of Node or undici into our words. */
export function describeTransportError(thrown: unknown): TransportError {
  if (thrown instanceof TransportError) return thrown;
  const code = deepestCode(thrown);
  const text = errorMessage(thrown);
  if (isParserError(thrown)) return new TransportError('nonsense', `what listens there does not speak HTTP: ${text}`);
  if (code === undefined) return new TransportError('unreachable', text);
  const [reason, words] = WORDS[code] ?? ['unreachable', text];
  const detail = reason === 'refused' || code === 'UND_ERR_ABORTED' ? `${words}: ${text}` : words;
  return new TransportError(reason, `${detail} (${code})`);
}

/** Returns whether the answer was none of HTTP. Not every version of undici gives these errors a code. */
function isParserError(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  return thrown.name === 'HTTPParserError' || isParserError(thrown.cause);
}

function deepestCode(thrown: unknown): string | undefined {
  let code: string | undefined;
  for (let error = thrown; error instanceof Error; error = error.cause) code = systemErrorCode(error) ?? code;
  return code;
}
