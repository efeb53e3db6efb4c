import {open, type FileHandle} from 'node:fs/promises';

import {cannotWrite} from '../disk/atomic-file.ts';
import type {ConversationStatus, IndexRecord} from '../formats.ts';
import {appendLines, readLines, type JsonLines} from '../disk/json-lines.ts';

/**
 * One finished question of a task. The line is the commit point: before it the question is null, after it it is done
 * and its transcript is on disk. It carries its index line, so that a crash between the two loses nothing.
 */
export interface JournalEntry {
  readonly question_id: string;
  readonly transcript_id: string;
  readonly status: ConversationStatus;
  readonly attempt: number;
  readonly recorded_at: string;
  /** How many conversations of the question are recorded with this one; absent in journals of earlier versions. */
  readonly tries?: number;
  readonly index: IndexRecord;
}

/** Appends to the journal of one task manifest. One writer: the holder of the task's lease. */
export class JournalWriter {
  readonly #path: string;
  #file: FileHandle | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Makes the file, once and before anything else: one that is made later could be that of a process which lost its
   * task. @throws UserError `cannot-write`.
   */
  async open(): Promise<void> {
    try {
      this.#file ??= await open(this.#path, 'a+', 0o644);
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

/** The entries of a journal; an absent one is empty, torn lines are counted and skipped (their questions are null). */
export async function readJournal(path: string): Promise<JsonLines<JournalEntry>> {
  return readLines(path, isJournalEntry);
}

function isJournalEntry(value: unknown): value is JournalEntry {
  const entry = value as Partial<JournalEntry> | null;
  return typeof entry?.question_id === 'string' && typeof entry.transcript_id === 'string';
}

/** `…/{stem}.json` → `…/{stem}.journal.jsonl`. */
export function journalPath(manifestPath: string): string {
  return manifestPath.replace(/\.json$/, '.journal.jsonl');
}
