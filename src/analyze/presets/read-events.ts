import {createReadStream} from 'node:fs';
import {basename} from 'node:path';

import {describeValue} from '../../config/problem.ts';
import {isMapping, type Mapping} from '../../core/mapping.ts';
import {systemErrorCode, UserError} from '../../core/errors.ts';
import {cannotRead} from '../../record/disk/read-file.ts';
import {compareEvents, UNKNOWN, type RunEvent} from './event.ts';

/** The events of one file, in the order of the run. */
export interface EventFile {
  /** Its name inside the folder of the run. */
  readonly name: string;
  readonly events: readonly RunEvent[];
  /** Half lines at the end, left by a writer that was killed: 0 or 1. */
  readonly tornLines: number;
}

/** Bad lines that a message names. */
const MOST_NAMED = 10;

/**
 * Reads an event file. Every line is one JSON object: `event_type` (text), `label`, `source_user` (text; absent, null
 * or blank: `unknown`), `episode` (a whole number, also as text; absent or null: 0), `event_index` (a whole number;
 * absent or null: the line's), `data` (a mapping; absent or null: empty). Blank lines count for nothing. A last line
 * that has no newline and is no JSON was torn by a crash: it is counted and left out. Any other bad line is an error,
 * since numbers without it would look like those of the whole run.
 *
 * @throws UserError `events-missing` when there is no such file, `events-invalid` naming bad lines as `file:line`,
 * `cannot-read`.
 */
export async function readEvents(path: string): Promise<EventFile> {
  const events: RunEvent[] = [];
  const bad: string[] = [];
  let isTorn = false;
  for await (const {text, line, isEnded} of streamTextLines(path)) {
    if (text.trim() === '') continue;
    const read = parseEvent(text, line);
    if (typeof read === 'object') events.push(read);
    else if (read === NO_JSON && !isEnded) isTorn = true;
    else bad.push(`${path}:${line}: ${read}`);
  }
  if (bad.length > 0) {
    const named = bad.slice(0, MOST_NAMED);
    if (bad.length > named.length) named.push(`and ${bad.length - named.length} more`);
    throw new UserError('events-invalid', named.join('\n     '), {
      hint: 'one JSON object a line, as docs/evaluators.md says; take the lines out only if the run never wrote them',
    });
  }
  return {name: basename(path), events: events.sort(compareEvents), tornLines: isTorn ? 1 : 0};
}

/** Yields the lines of a file, numbered from 1; only the last may lack its newline. */
async function* streamTextLines(
  path: string,
): AsyncGenerator<{readonly text: string; readonly line: number; readonly isEnded: boolean}> {
  let rest = '';
  let line = 0;
  try {
    for await (const chunk of createReadStream(path, {encoding: 'utf8', highWaterMark: 1 << 20})) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) yield {text, line: ++line, isEnded: true};
    }
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw cannotRead(path, error);
    throw new UserError('events-missing', `there is no ${basename(path)} in the folder of the run: ${path}`, {
      hint: 'name the folder with --run-dir; docs/evaluators.md says what a run has to leave there',
    });
  }
  if (rest !== '') yield {text: rest, line: line + 1, isEnded: false};
}

const NO_JSON = 'found no JSON, expected one object';

/** Returns the event of a line, or its fault in words. */
function parseEvent(text: string, line: number): RunEvent | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return NO_JSON;
  }
  if (!isMapping(value)) return 'found no object, expected {"event_type": …, "label": …, "source_user": …}';
  const eventType = readText(value, 'event_type');
  if (eventType === undefined || eventType === UNKNOWN) return describeFault(value, 'event_type', 'a text');
  const label = readText(value, 'label');
  if (label === undefined) return describeFault(value, 'label', 'a text');
  const sourceUser = readText(value, 'source_user');
  if (sourceUser === undefined) return describeFault(value, 'source_user', 'a text');
  const episode = readInteger(value, 'episode', 0);
  if (episode === undefined) return describeFault(value, 'episode', 'a whole number');
  const eventIndex = readInteger(value, 'event_index', line);
  if (eventIndex === undefined) return describeFault(value, 'event_index', 'a whole number');
  const data = value['data'] ?? {};
  if (!isMapping(data)) return describeFault(value, 'data', 'a mapping');
  return {eventType: eventType.toLowerCase(), label, sourceUser, episode, eventIndex, data};
}

function describeFault(value: Mapping, key: string, expected: string): string {
  return `${key}: found ${describeValue(value[key])}, expected ${expected}`;
}

/** Returns a text without blanks around it; undefined for what is none. */
function readText(value: Mapping, key: string): string | undefined {
  const text = value[key] ?? '';
  return typeof text === 'string' ? text.trim() || UNKNOWN : undefined;
}

function readInteger(value: Mapping, key: string, absent: number): number | undefined {
  const given = value[key] ?? absent;
  const number = typeof given === 'string' && /^\s*[-+]?\d+\s*$/.test(given) ? Number(given) : given;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}
