import {createReadStream} from 'node:fs';
import {open, rename, rm} from 'node:fs/promises';

import {scrubText} from '../../core/secrets.ts';
import type {ProcessLog} from './process-log.ts';

const CHUNK_BYTES = 1 << 20;

/**
 * Hides secrets in what the latest start of a program wrote to its log: known values, and what looks like a key. The
 * program writes to the file itself, so this is done when it has ended. A log without secrets is left as it is.
 */
export async function scrubLog(log: ProcessLog, secrets: readonly string[]): Promise<void> {
  // As bytes: a log need not be text.
  const known = secrets.map(secret => Buffer.from(secret, 'utf8').toString('latin1'));
  const scrub = (text: string): string => scrubText(text, known);
  try {
    for await (const text of readLines(log.path, log.startOffset)) {
      if (scrub(text) === text) continue;
      await rewrite(log, scrub);
      return;
    }
  } catch {
    // A log that is gone holds no secrets; one that cannot be rewritten must not fail its trial.
  }
}

async function rewrite({path, startOffset}: ProcessLog, scrub: (text: string) => string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o644);
    try {
      if (startOffset > 0) {
        for await (const head of createReadStream(path, {end: startOffset - 1})) await file.writeFile(head as Buffer);
      }
      for await (const text of readLines(path, startOffset)) await file.writeFile(Buffer.from(scrub(text), 'latin1'));
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } finally {
    await rm(temporary, {force: true});
  }
}

/** Reads a file from an offset on, some whole lines at a time, a byte a character. */
async function* readLines(path: string, start: number): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(path, {start, encoding: 'latin1', highWaterMark: CHUNK_BYTES})) {
    const text = rest + String(chunk);
    const end = text.lastIndexOf('\n') + 1;
    // A line without an end is cut somewhere: it must fit into memory.
    const cut = end === 0 && text.length > CHUNK_BYTES * 4 ? text.length : end;
    if (cut > 0) yield text.slice(0, cut);
    rest = text.slice(cut);
  }
  if (rest !== '') yield rest;
}
