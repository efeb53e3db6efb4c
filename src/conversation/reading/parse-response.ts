import type {RecordedError} from '../../record/formats.ts';
import {jsonParseFailed, jsonParseRepaired} from '../../record/task/recorded-errors.ts';
import {repairReply} from '../json-repair/repair-json.ts';
import {parsePythonJson} from '../../core/python/python-json.ts';
import {isPythonSpace, pythonTrim} from '../../core/python/python-space.ts';

export interface ParsedResponse {
  /** The step that understood the text. */
  readonly stage: 'direct' | 'fenced' | 'embedded' | 'repair' | 'hopeless';
  /** Any JSON value from `direct`, an object from the others, null when hopeless. */
  readonly value: unknown;
  /** JSON_PARSE_REPAIRED or JSON_PARSE_FAILED. */
  readonly error: RecordedError | null;
}

/**
 * Turns a model's text into JSON, in this order: all of it as it is; the first fenced object; from the first brace to
 * the last; what can be read as damaged JSON. All before the first `</think>` is a thinking model's thoughts and does
 * not count.
 */
export function parseResponse(text: string): ParsedResponse {
  const answer = afterThinking(text);
  const direct = parsePythonJson(answer);
  if (direct) return {stage: 'direct', value: direct.value, error: null};
  const fenced = parsePythonJson(fencedObject(answer));
  if (fenced) return {stage: 'fenced', value: fenced.value, error: null};
  const start = answer.indexOf('{');
  const embedded = start < 0 ? undefined : parsePythonJson(answer.slice(start, answer.lastIndexOf('}') + 1));
  if (embedded) return {stage: 'embedded', value: embedded.value, error: null};
  const {value: repaired} = repairReply(answer);
  if (repaired !== null && typeof repaired === 'object' && !Array.isArray(repaired)) {
    return {stage: 'repair', value: repaired, error: jsonParseRepaired(answer)};
  }
  return {stage: 'hopeless', value: null, error: jsonParseFailed(answer)};
}

function afterThinking(text: string): string {
  const end = text.indexOf('</think>');
  return end < 0 ? text : pythonTrim(text.slice(end + '</think>'.length));
}

/**
 * Returns the shortest text from the brace after the first "```json" to a brace before a "```"; '' if there is none.
 * Linear, which a regular expression is not.
 */
function fencedObject(text: string): string {
  const start = fencedBrace(text);
  if (start === undefined) return '';
  for (let fence = text.indexOf('```', start); fence >= 0; fence = text.indexOf('```', fence + 1)) {
    let end = fence;
    while (isPythonSpace(text.charAt(end - 1))) end--;
    if (end - 1 > start && text.charAt(end - 1) === '}') return text.slice(start, end);
  }
  return '';
}

function fencedBrace(text: string): number | undefined {
  const opening = '```json';
  for (let fence = text.indexOf(opening); fence >= 0; fence = text.indexOf(opening, fence + 1)) {
    let start = fence + opening.length;
    while (isPythonSpace(text.charAt(start))) start++;
    if (text.charAt(start) === '{') return start;
  }
  return undefined;
}
