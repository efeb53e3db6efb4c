import {closeSync, fstatSync, mkdirSync, openSync, readSync, statSync, writeSync} from 'node:fs';
import {dirname} from 'node:path';

import {cannotWrite} from '../../record/disk/atomic-file.ts';

const TAIL_BYTES = 64 * 1024;
const SHOWN_LINES = 15;
const SHOWN_WIDTH = 300;

/** The log file of a program. All its starts append to it; reading returns what the latest start wrote. */
export class ProcessLog {
  readonly path: string;
  #start = 0;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Opens the file for a start of the program, which writes to it directly; the caller closes it.
   *
   * @param options.evenIfEmpty false: the title only parts a start from the one before.
   * @throws UserError `cannot-write`.
   */
  open(title: string, {evenIfEmpty = true}: {readonly evenIfEmpty?: boolean} = {}): number {
    try {
      mkdirSync(dirname(this.path), {recursive: true});
      const file = openSync(this.path, 'a+');
      const {size} = fstatSync(file);
      const lastByte = Buffer.alloc(1);
      const isOpenLine = size > 0 && readSync(file, lastByte, 0, 1, size - 1) === 1 && lastByte.toString() !== '\n';
      if (evenIfEmpty || size > 0) writeSync(file, `${isOpenLine ? '\n' : ''}--- ${title}\n`);
      this.#start = fstatSync(file).size;
      return file;
    } catch (error) {
      throw cannotWrite(this.path, error);
    }
  }

  /** Number of bytes that the latest start wrote; 0 when the file is gone. */
  size(): number {
    try {
      return Math.max(0, statSync(this.path).size - this.#start);
    } catch {
      return 0;
    }
  }

  /** Offset in the file at which the latest start begins to write. */
  get startOffset(): number {
    return this.#start;
  }

  /** Reads the end of what the latest start wrote, at most 64 KiB; empty when the file is gone. */
  tail(): string {
    return this.#read(size => ({from: Math.max(this.#start, size - TAIL_BYTES), length: TAIL_BYTES}));
  }

  /** Reads its beginning, at most 1 MiB: there an engine logs what it measured. */
  head(): string {
    return this.#read(size => ({from: this.#start, length: Math.min(1024 * 1024, size - this.#start)}));
  }

  /** Returns the last lines for an error message, indented. */
  lastLines(count = SHOWN_LINES): string {
    return this.listLastLines(count, SHOWN_WIDTH)
      .map(line => `    ${line}`)
      .join('\n');
  }

  /** Returns the last lines that are not blank, cut to a width. */
  listLastLines(count: number, width: number): string[] {
    const lines = this.tail()
      .split('\n')
      .map(line => printable(line).trimEnd())
      .filter(line => line !== '');
    return lines.slice(-count).map(line => (line.length > width ? `${line.slice(0, width)}…` : line));
  }

  #read(range: (size: number) => {from: number; length: number}): string {
    try {
      const file = openSync(this.path, 'r');
      try {
        const {from, length} = range(fstatSync(file).size);
        const buffer = Buffer.alloc(Math.max(0, length));
        return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, from));
      } finally {
        closeSync(file);
      }
    } catch {
      return '';
    }
  }
}

/** Removes colours and control characters, and of a progress bar that redraws its line all but the last state. */
function printable(line: string): string {
  const shown = line.split('\r').findLast(part => part.trim() !== '') ?? '';
  return shown.replace(/\x1b\[[0-9;]*[A-Za-z]/g, '').replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '');
}
