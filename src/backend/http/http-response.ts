import {brotliDecompressSync, gunzipSync, inflateSync, type ZlibOptions} from 'node:zlib';

/** A server's answer, read to its end. */
export interface HttpResponse {
  readonly status: number;
  /** A status of 2xx. */
  readonly ok: boolean;
  /** As text, decompressed. */
  readonly body: string;
  readonly header: (name: string) => string | null;
}

/** Names in lower case. */
export type HeaderValues = Readonly<Record<string, string | readonly string[] | undefined>>;

const DECODERS: Readonly<Record<string, (body: Buffer, options: ZlibOptions) => Buffer>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

/**
 * Makes a response of its parts. We ask for no compression; gateways in between may use it all the same.
 *
 * @throws Error when the body cannot be decompressed to at most `maxBytes`.
 */
export function toHttpResponse(status: number, headers: HeaderValues, body: Buffer, maxBytes: number): HttpResponse {
  const header = (name: string): string | null => {
    const value = headers[name.toLowerCase()];
    return value === undefined ? null : String(value);
  };
  const decoder = DECODERS[header('content-encoding')?.trim().toLowerCase() ?? ''];
  // An empty body was not compressed, whatever its headers say.
  const text = (decoder && body.length > 0 ? decoder(body, {maxOutputLength: maxBytes}) : body).toString('utf8');
  return {
    status,
    ok: status >= 200 && status < 300,
    // A byte order mark is no part of JSON.
    body: text.startsWith('\uFEFF') ? text.slice(1) : text,
    header,
  };
}
