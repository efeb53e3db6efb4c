import type {RecordedError} from '../record/formats.ts';
import {repairJson} from './json-repair/repair-json.ts';
import {jsonParseFailed, jsonParseRepaired} from '../record/recorded-errors.ts';

export interface ParsedResponse {
  /** Which step understood the text. */
  readonly stage: 'direct' | 'fenced' | 'embedded' | 'repair' | 'hopeless';
  /** Any JSON value from `direct`, an object from the others, null when hopeless. */
  readonly value: unknown;
  /** JSON_PARSE_REPAIRED or JSON_PARSE_FAILED. */
  readonly error: RecordedError | null;
}

/** Longer texts are not repaired: nobody means 200,000 characters as an answer, and looking for one would hold up the others. */
const MAX_REPAIRED_LENGTH = 200_000;

/** Turns a model's text into JSON: as it is, from a fence, from the outermost braces, or repaired. */
export function parseResponse(text: string): ParsedResponse {
  const answer = afterThinking(text);
  const direct = tryParse(answer);
  if (direct) return {stage: 'direct', value: direct.value, error: null};
  const fenced = tryParse(/```json\s*(\{[^]*?\})\s*```/.exec(answer)?.[1]);
  if (fenced) return {stage: 'fenced', value: fenced.value, error: null};
  const start = answer.indexOf('{');
  const embedded = start < 0 ? undefined : tryParse(answer.slice(start, answer.lastIndexOf('}') + 1));
  if (embedded) return {stage: 'embedded', value: embedded.value, error: null};
  const repaired = tryRepair(answer);
  if (repaired !== null && typeof repaired === 'object' && !Array.isArray(repaired)) {
    return {stage: 'repair', value: repaired, error: jsonParseRepaired(answer)};
  }
  return {stage: 'hopeless', value: null, error: jsonParseFailed(answer)};
}

function tryRepair(text: string): unknown {
  if (text.length > MAX_REPAIRED_LENGTH) return null;
  try {
    return repairJson(text);
  } catch (error) {
    if (error instanceof RangeError) return null; // nested beyond all reason
    throw error;
  }
}

/** What follows a thinking model's thoughts. */
function afterThinking(text: string): string {
  const end = text.indexOf('</think>');
  return end < 0 ? text : text.slice(end + '</think>'.length).trim();
}

function tryParse(text: string | undefined): {value: unknown} | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return {value: JSON.parse(text)};
  } catch {
    return parsePythonJson(text);
  }
}

/** Python's JSON also knows NaN and the infinities. Only where they occur outside of strings is a second parse worth it. */
function parsePythonJson(text: string): {value: unknown} | undefined {
  if (!/\b(?:NaN|Infinity)\b/.test(text)) return undefined;
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, token => {
    if (token.startsWith('"')) return token;
    return JSON.stringify({[SPECIAL]: token});
  });
  try {
    return {value: JSON.parse(marked, reviveSpecial)};
  } catch {
    return undefined;
  }
}

const SPECIAL = '\u0000number';

function reviveSpecial(_key: string, value: unknown): unknown {
  const special = value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[SPECIAL] : undefined;
  return special === undefined ? value : Number(special);
}

/** Python's falsiness: nothing structured was said. */
export function isEmptyStructured(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === 0 || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
