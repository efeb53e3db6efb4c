import {parsePythonJson} from '../../core/python/python-json.ts';

/** A JSON object that begins and ends in a text. */
export interface FoundObject {
  readonly start: number;
  /** Behind its closing brace. */
  readonly end: number;
  /** Undefined when it is no valid JSON. */
  readonly value: Readonly<Record<string, unknown>> | undefined;
}

export interface FoundObjects {
  /** In the order of the text, none inside another. */
  readonly closed: readonly FoundObject[];
  /** The start of an object that never ends; undefined when there is none. */
  readonly unclosed: number | undefined;
}

/**
 * Characters that may be looked at for each character of a text: every brace may begin an object, so texts of braces
 * only would take for ever.
 */
const EFFORT = 40;

/** A brace, followed by something like a key and a colon. */
const LOOKS_LIKE_OBJECT = /^\{\s*(?:(["'“”])[^"'“”{}]{1,60}["'“”]\s*:|[\w ]{1,40}:)/;

/** Finds the objects of a text, including those that can only be read as damaged JSON. */
export function findObjects(text: string): FoundObjects {
  const closed: FoundObject[] = [];
  let unclosed: number | undefined;
  let budget = 1_000_000 + EFFORT * Math.min(text.length, 200_000);
  for (let start = text.indexOf('{'); start >= 0 && budget > 0;) {
    const end = closingBrace(text, start, budget);
    budget -= (end < 0 ? text.length : end) - start;
    const object = end < 0 ? undefined : readObject(text, start, end);
    if (object) closed.push(object);
    else if (end < 0 && unclosed === undefined && LOOKS_LIKE_OBJECT.test(text.slice(start, start + 120))) {
      unclosed = start;
    }
    start = text.indexOf('{', object ? end : start + 1);
  }
  return {closed, unclosed};
}

/** Finds the valid JSON objects of a text. */
export function completeObjects(text: string): readonly FoundObject[] {
  return findObjects(text).closed.filter(({value}) => value !== undefined);
}

function readObject(text: string, start: number, end: number): FoundObject | undefined {
  const slice = text.slice(start, end);
  const parsed = parsePythonJson(slice);
  if (parsed) return {start, end, value: parsed.value as Readonly<Record<string, unknown>>};
  return LOOKS_LIKE_OBJECT.test(slice.slice(0, 120)) ? {start, end, value: undefined} : undefined;
}

/**
 * Returns the position behind the brace that closes the one at `start`, braces inside quoted texts not counted; -1 when
 * there is none.
 */
function closingBrace(text: string, start: number, budget: number): number {
  let depth = 0;
  let isQuoted = false;
  const last = Math.min(text.length, start + budget);
  for (let at = start; at < last; at++) {
    const char = text.charCodeAt(at);
    if (char === 92) at++;
    else if (char === 34) isQuoted = !isQuoted;
    else if (!isQuoted && char === 123) depth++;
    else if (!isQuoted && char === 125 && --depth === 0) return at + 1;
  }
  return -1;
}
