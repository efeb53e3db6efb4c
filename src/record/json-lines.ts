import {createReadStream} from 'node:fs';
import {readFile, type FileHandle} from 'node:fs/promises';

import {systemErrorCode} from '../core/errors.ts';
import {renderJsonLine} from './json-text.ts';

/** What a file of one JSON object a line holds. */
export interface JsonLines<T> {
  readonly records: readonly T[];
  /** Numbers (from 1) of lines that are not such objects: torn by a crash. */
  readonly badLines: readonly number[];
}

/**
 * Appends records as whole lines in one write and syncs them. The file must be open for reading and appending.
 *
 * @returns the stretch of bytes they take, if nobody else appended meanwhile.
 * @throws what the disk says; nothing of a failed write stays, so that a full disk leaves no half line behind.
 */
export async function appendLines(
  file: FileHandle,
  records: readonly object[],
): Promise<{readonly start: number; readonly end: number}> {
  const start = await cutTornTail(file);
  try {
    const text = records.map(record => `${renderJsonLine(record)}\n`).join('');
    await file.appendFile(text);
    await file.datasync();
    return {start, end: start + Buffer.byteLength(text)};
  } catch (error) {
    // Making a file shorter needs no space. Lines of a second writer that this could take are the journal's to restore.
    await file.truncate(start).catch(() => undefined);
    throw error;
  }
}

const TAIL_BYTES = 64 * 1024;

/**
 * Takes away the half line that a killed writer may have left: closed by a newline it would stay in the file for ever, and stop readers that stop at the first
 * bad line. What it was to say is in a journal.
 *
 * @returns the size of the file.
 */
async function cutTornTail(file: FileHandle): Promise<number> {
  const {size} = await file.stat();
  let end = size;
  // Most often the last byte is all that has to be looked at.
  for (let span = 1; end > 0; span = TAIL_BYTES) {
    const length = Math.min(span, end);
    const {buffer} = await file.read(Buffer.alloc(length), 0, length, end - length);
    const newline = buffer.lastIndexOf(0x0a);
    end += newline < 0 ? -length : newline + 1 - length;
    if (newline >= 0) break;
  }
  if (end < size) await file.truncate(end);
  return end;
}

/** The records of a file; none when it is absent. */
export async function readLines<T>(path: string, isRecord: (value: unknown) => value is T): Promise<JsonLines<T>> {
  try {
    return parseLines(await readFile(path, 'utf8'), isRecord);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return {records: [], badLines: []};
    throw error;
  }
}

/**
 * The records of a file one by one, without holding it whole; none when it is absent.
 *
 * @param onBadLine is told the numbers (from 1) of lines that are not such objects, a last one without its newline among them.
 */
export async function* streamLines<T>(
  path: string,
  isRecord: (value: unknown) => value is T,
  onBadLine: (line: number) => void,
): AsyncGenerator<T> {
  let rest = '';
  let line = 0;
  try {
    for await (const chunk of createReadStream(path, {encoding: 'utf8', highWaterMark: 1 << 20})) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) {
        line++;
        if (text.trim() === '') continue;
        const record = parseLine(text, isRecord);
        if (record === undefined) onBadLine(line);
        else yield record;
      }
    }
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
  if (rest.trim() !== '') onBadLine(line + 1);
}

function parseLine<T>(text: string, isRecord: (value: unknown) => value is T): T | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Parses whole lines; a last line without its newline is torn even when it happens to parse. */
function parseLines<T>(text: string, isRecord: (value: unknown) => value is T): JsonLines<T> {
  const records: T[] = [];
  const badLines: number[] = [];
  const lines = text.split('\n');
  const last = lines.pop();
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const record = parseLine(line, isRecord);
    if (record === undefined) badLines.push(i + 1);
    else records.push(record);
  }
  if (last !== undefined && last.trim() !== '') badLines.push(lines.length + 1);
  return {records, badLines};
}
