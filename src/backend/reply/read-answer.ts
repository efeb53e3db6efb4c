import type {ChatFailure} from '../backend.ts';
import {errorText, findWords, shorten} from '../failure/error-text.ts';
import {assembleStream, isStream} from './event-stream.ts';
import {nonsenseFailure, statusFailure, type CallContext} from '../failure/failure.ts';
import {field} from '../fields.ts';
import type {HttpResponse} from '../http/http-response.ts';

/** An answer's JSON, or the failure to give one, in the server's own words. */
export type Answer = {readonly kind: 'value'; readonly value: unknown} | ChatFailure;

/** Reads an answer that should be one JSON value. Whatever the server says instead is in the failure. */
export function readAnswer(response: HttpResponse, context: CallContext): Answer {
  const {body} = response;
  if (!response.ok) return toStatusFailure(response, context);
  if (body.trim() === '') return nonsenseFailure(`the answer is empty (status ${response.status}, no body)`, context);
  if (isStream(response.header('content-type'), body)) {
    const value = assembleStream(body);
    if (value === null)
      return nonsenseFailure(`the answer is a stream of nothing that can be read: ${errorText(body)}`, context);
    return {kind: 'value', value};
  }
  try {
    return {kind: 'value', value: JSON.parse(body) as unknown};
  } catch {
    return nonsenseFailure(`the answer is not JSON: ${errorText(body)}`, context);
  }
}

/** Returns the failure of an answer with an error status, or with a redirection. */
export function toStatusFailure(response: HttpResponse, context: CallContext): ChatFailure {
  const {status, header} = response;
  const elsewhere = header('location');
  if (status < 300 || status >= 400 || elsewhere === null) return statusFailure(response, context);
  return statusFailure({status, body: `the server sends us on to ${elsewhere}: use that address`, header}, context);
}

/** Makes the failure of a 200 that is no reply: gateways report the error of the provider behind them like this. */
export function missingReplyFailure(value: unknown, missing: string, context: CallContext): ChatFailure {
  const isError =
    ['error', 'detail', 'errors'].some(name => isPresent(field(value, name))) || field(value, 'object') === 'error';
  const words = findWords(Array.isArray(value) ? value : isError ? value : undefined);
  if (words === undefined || (Array.isArray(value) && value.length === 0)) {
    return nonsenseFailure(`${missing}; the server sent: ${shorten(JSON.stringify(value))}`, context);
  }
  const code = field(field(value, 'error'), 'code') ?? field(value, 'code') ?? field(value, 'status');
  const status = typeof code === 'number' && code >= 400 && code < 600 ? code : 500;
  return statusFailure({status, body: JSON.stringify(value), header: () => null}, context);
}

export function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
