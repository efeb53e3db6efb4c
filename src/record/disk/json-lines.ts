import {createReadStream} from 'node:fs';
import {open, readFile, type FileHandle} from 'node:fs/promises';

import {systemErrorCode} from '../../core/errors.ts';
import {renderJsonLine} from './json-text.ts';
import {cannotRead} from './read-file.ts';

/** The contents of a file of one JSON object a line. */
export interface JsonLines<T> {
  readonly records: readonly T[];
  /** Numbers (from 1) of lines that are not such objects: torn by a crash. */
  readonly badLines: readonly number[];
}

/**
 * Appends records to a file of one writer: whole lines, in one write, synced. A half line that a killed writer left is
 * cut off. The file must be open for reading and appending.
 *
 * @throws what the disk says; nothing of a failed write stays, so that a full disk leaves no half line behind.
 */
export async function appendLines(file: FileHandle, records: readonly object[]): Promise<void> {
  const {start, end} = await findTornTail(file);
  if (start < end) await file.truncate(start);
  try {
    await file.appendFile(renderLines(records));
    await file.datasync();
  } catch (error) {
    // Making a file shorter needs no space.
    await file.truncate(start).catch(() => undefined);
    throw error;
  }
}

/**
 * Appends records to a file that others append to, too. There nothing is ever cut off: a lock can have two holders, and
 * one that wakes up late would cut off lines that the other has added meanwhile. A half line is overwritten with blanks
 * instead, which both would do in the same way, and the next line begins behind them.
 *
 * @param beforeWriting is called right before each write; what it throws ends the work.
 * @returns the stretch of bytes that the lines take, if nobody else appended meanwhile.
 * @throws what the disk says, and what `beforeWriting` throws.
 */
export async function appendSharedLines(
  path: string,
  records: readonly object[],
  beforeWriting: () => void,
): Promise<{readonly start: number; readonly end: number}> {
  const file = await open(path, 'a+', 0o644);
  try {
    const {end: start} = await blankTornTail(path, file, beforeWriting);
    const text = renderLines(records);
    beforeWriting();
    await file.appendFile(text);
    await file.datasync();
    return {start, end: start + Buffer.byteLength(text)};
  } catch (error) {
    // A full disk may have taken half a line. Overwriting it needs no space; else the next writer does it.
    await blankTornTail(path, file, beforeWriting).catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
}

function renderLines(records: readonly object[]): string {
  return records.map(record => `${renderJsonLine(record)}\n`).join('');
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/**
 * Overwrites a half line at the end with blanks. Closed by a newline, it would stop readers that stop at the first bad
 * line; its record is in a journal. @returns where it was.
 */
async function blankTornTail(path: string, file: FileHandle, beforeWriting: () => void): Promise<Stretch> {
  const torn = await findTornTail(file);
  if (torn.start === torn.end) return torn;
  // Of its own, because what is written to a file that is open for appending goes to its end, wherever it was meant
  // for.
  const overwriting = await open(path, 'r+');
  try {
    beforeWriting();
    await overwriting.write(Buffer.alloc(torn.end - torn.start, ' '), 0, null, torn.start);
  } finally {
    await overwriting.close();
  }
  return torn;
}

const TAIL_BYTES = 64 * 1024;

/** Returns the half line at the end of a file, empty when there is none. */
async function findTornTail(file: FileHandle): Promise<Stretch> {
  const {size} = await file.stat();
  let start = size;
  // Most often the last byte is all that has to be looked at.
  for (let span = 1; start > 0; span = TAIL_BYTES) {
    const length = Math.min(span, start);
    const {buffer} = await file.read(Buffer.alloc(length), 0, length, start - length);
    const newline = buffer.lastIndexOf(0x0a);
    start += newline < 0 ? -length : newline + 1 - length;
    if (newline >= 0) break;
  }
  return {start, end: size};
}

/** Reads the records of a file; none when it is absent. @throws UserError `cannot-read`. */
export async function readLines<T>(path: string, isRecord: (value: unknown) => value is T): Promise<JsonLines<T>> {
  try {
    return parseLines(await readFile(path, 'utf8'), isRecord);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return {records: [], badLines: []};
    throw cannotRead(path, error);
  }
}

/**
 * Yields the records of a file one by one, without holding it whole; none when it is absent.
 *
 * @param onBadLine is told the numbers (from 1) of lines that are not such objects, a last one without its newline
 * among them.
 * @throws UserError `cannot-read`.
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
    if (systemErrorCode(error) !== 'ENOENT') throw cannotRead(path, error);
  }
  if (rest.trim() !== '') onBadLine(line + 1);
}

/** Parses one line; undefined when it is torn or another object. */
export function parseLine<T>(text: string, isRecord: (value: unknown) => value is T): T | undefined {
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
