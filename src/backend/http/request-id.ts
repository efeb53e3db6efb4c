/** Servers limit their headers to some kilobytes. */
const MAX_LENGTH = 512;

/** A request id as a header can carry it: names of agents may hold any letter, headers only ASCII. */
export function requestIdHeader(requestId: string): Record<'x-request-id', string> {
  const id = requestId.replace(/[^\x21-\x7e]/gu, encodeLetter);
  const half = MAX_LENGTH / 2;
  // The beginning tells the task and the end the turn.
  return {'x-request-id': id.length > MAX_LENGTH ? id.slice(0, half) + id.slice(-half) : id};
}

function encodeLetter(letter: string): string {
  // Half a surrogate pair has no encoding of its own.
  return /^[\uD800-\uDFFF]$/.test(letter) ? '%EF%BF%BD' : encodeURIComponent(letter);
}
