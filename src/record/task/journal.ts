import {constants} from 'node:fs';
import {open, type FileHandle} from 'node:fs/promises';

import {z} from 'zod';

import {cannotWrite} from '../disk/atomic-file.ts';
import {makeGuard, type Immutable} from '../formats.ts';
import {appendLines, readLines, type JsonLines} from '../disk/json-lines.ts';
import {indexSchema} from '../index/index-file.ts';
import type {Fence} from '../lease/fence.ts';

const journalEntrySchema = z.object({
  question_id: z.string(),
  transcript_id: z.string(),
  status: indexSchema.shape.status,
  attempt: z.number(),
  recorded_at: z.string(),
  tries: z.number().exactOptional().describe('conversations of the question with this one; absent in earlier versions'),
  index: indexSchema,
});

/**
 * One finished question of a task. The line is the commit point: before it the question is null, after it it is done
 * and its transcript is on disk. It carries its index line, so that a crash between the two loses nothing.
 */
export type JournalEntry = Immutable<z.infer<typeof journalEntrySchema>>;

const isJournalEntry = makeGuard(journalEntrySchema);

/** Appends to the journal of one task manifest. One writer: the holder of the task's lease. */
export class JournalWriter {
  readonly #path: string;
  #file: FileHandle | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Makes the file, once and before anything else, through the fence of the task: a process that lost it while it slept
   * makes none. @throws UserError `cannot-write`, `lease-lost`.
   */
  async open(fence: Fence): Promise<void> {
    await fence.write(this.#path, '', {durable: false});
    try {
      this.#file = await open(this.#path, constants.O_RDWR | constants.O_APPEND);
    } catch (error) {
      throw cannotWrite(this.#path, error);
    }
  }

  /**
   * Appends whole lines in one write and syncs them.
   *
   * @throws UserError `cannot-write`.
   */
  async append(entries: readonly JournalEntry[]): Promise<void> {
    if (!this.#file) throw new Error(`Internal error: ${this.#path} is not open`);
    try {
      await appendLines(this.#file, entries);
    } catch (error) {
      throw cannotWrite(this.#path, error);
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }
}

/**
 * Reads the entries of a journal; an absent one is empty, torn lines are counted and skipped (their questions are
 * null).
 */
export async function readJournal(path: string): Promise<JsonLines<JournalEntry>> {
  return readLines(path, isJournalEntry);
}

/** Returns `…/{stem}.journal.jsonl` for the manifest `…/{stem}.json`. */
export function journalPath(manifestPath: string): string {
  return manifestPath.replace(/\.json$/, '.journal.jsonl');
}
