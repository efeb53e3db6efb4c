import {closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync} from 'node:fs';
import {dirname} from 'node:path';

import {cannotWrite} from '../../record/disk/atomic-file.ts';

const TAIL_BYTES = 64 * 1024;
const SHOWN_LINES = 15;
const SHOWN_WIDTH = 300;

/** The log file of a server. All its starts append to it; reading returns what the latest start wrote. */
export class ServerLog {
  readonly path: string;
  #start = 0;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Opens the file for a start of the server, which writes to it directly; the caller closes it.
   *
   * @throws UserError `cannot-write`.
   */
  open(title: string): number {
    try {
      mkdirSync(dirname(this.path), {recursive: true});
      const file = openSync(this.path, 'a+');
      writeSync(file, `--- ${title}\n`);
      this.#start = fstatSync(file).size;
      return file;
    } catch (error) {
      throw cannotWrite(this.path, error);
    }
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
    const lines = this.tail()
      .split('\n')
      .map(line => printable(line).trimEnd())
      .filter(line => line !== '');
    return lines
      .slice(-count)
      .map(line => `    ${line.length > SHOWN_WIDTH ? `${line.slice(0, SHOWN_WIDTH)}…` : line}`)
      .join('\n');
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
