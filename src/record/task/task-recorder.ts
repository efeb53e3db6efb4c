import {join} from 'node:path';

import type {Clock} from '../../core/clock.ts';
import {MAX_OPEN_FILES, mapConcurrently} from '../../core/concurrency.ts';
import {syncFolder} from '../disk/atomic-file.ts';
import type {Fence} from '../lease/fence.ts';
import type {Transcript} from '../formats.ts';
import {GroupCommit} from '../disk/group-commit.ts';
import {ensureIndexed, type Region, type IndexRecord} from '../index/index-file.ts';
import type {IndexWriter} from '../index/index-writer.ts';
import {JournalWriter, journalPath, readJournal, type JournalEntry} from './journal.ts';
import {renderJson} from '../disk/json-text.ts';
import type {Layout, TaskFolders} from '../layout.ts';
import {removeManifest, type EarlierManifest, type ManifestQuestion} from './task-manifest.ts';
import {TaskProjections, type TaskCounts, type TaskProjectionsOptions} from './task-projections.ts';
import type {FailedQuestion, TranscriptStatistics} from './task-summary.ts';
import {fileTimestamp, jsonTimestamp} from '../disk/timestamps.ts';

export interface TaskRecorderOptions extends TaskProjectionsOptions {
  readonly layout: Layout;
  /** Milliseconds since the epoch; the time in the config snapshot's name and in the manifest's. */
  readonly submittedAtMs: number;
  /** An earlier attempt left no manifest: what it recorded is in the index alone. */
  readonly isIndexed?: boolean;
  /** In the order of the file; ids are unique. */
  readonly questions: readonly {readonly question_id: string}[];
  readonly clock: Clock;
  readonly indexWriter: IndexWriter;
  readonly onWarning: (message: string) => void;
}

/** The parts that opening the records of a task found and made. */
export interface RecorderParts {
  readonly folders: TaskFolders;
  readonly fence: Fence;
  /** Every question with its state as the task begins. */
  readonly states: Map<string, ManifestQuestion>;
  readonly earlier: readonly EarlierManifest[];
  /** The size of the index before anything of this attempt is in it. */
  readonly indexStart: number;
}

/** A question that is to be asked. */
export interface PendingQuestion {
  readonly question_id: string;
  readonly transcript_id: string;
  /** Number of its recorded conversations, none of which counts. */
  readonly tries: number;
}

/** A finished conversation on its way to the disk. */
export interface FinishedQuestion {
  readonly transcript: Transcript;
  readonly indexRecord: IndexRecord;
  readonly statistics: TranscriptStatistics;
  readonly error: FailedQuestion['error'];
}

/**
 * Records the questions of one task; open it with `openTaskRecorder`. Recording one costs the same whatever their
 * number: its transcript, one journal line, one index line; the manifest and the streaming summary are folded from
 * those at intervals.
 *
 * Order of a group commit: the lease is still ours → transcripts (whole files) → journal lines (the commit point) →
 * index lines. An executor that slept through its lease cannot cross the next one: whole files go through a fence, its
 * journal is a file of its own that the next one has removed, and its index lines carry its lower attempt.
 */
export class TaskRecorder {
  readonly pending: readonly PendingQuestion[];
  readonly manifestPath: string;
  readonly summaryPath: string;
  readonly #options: TaskRecorderOptions;
  readonly #folders: TaskFolders;
  readonly #indexPath: string;
  readonly #journal: JournalWriter;
  readonly #projections: TaskProjections;
  readonly #group: GroupCommit<FinishedQuestion>;
  readonly #indexing = new Set<Promise<void>>();
  readonly #fence: Fence;
  /** Stretches of the index where this attempt's lines should be. */
  readonly #regions: Region[] = [];

  constructor(options: TaskRecorderOptions, {folders, fence, states, earlier, indexStart}: RecorderParts) {
    const {layout, config, clock, submittedAtMs, jobTaskId} = options;
    const startMs = clock.now();
    this.#options = options;
    this.#folders = folders;
    this.#fence = fence;
    this.#indexPath = layout.index(config.experiment_metadata.experiment_name);
    this.pending = [...states]
      .filter(([, {status}]) => status === null)
      .map(([question_id, {transcript_id, tries = 0}]) => ({question_id, transcript_id, tries}));
    const name = `${fileTimestamp(submittedAtMs)}_${jobTaskId}`;
    const path = join(folders.manifests, `${name}.json`);
    // In containers two attempts can have one pid; a process of the earlier one may still have its journal open.
    const isTaken = earlier.some(other => other.path === path);
    this.manifestPath = isTaken ? join(folders.manifests, `${name}-${options.lease.number}.json`) : path;
    this.summaryPath = join(this.#folders.summaries, `${fileTimestamp(startMs)}_${jobTaskId}.json`);
    this.#journal = new JournalWriter(journalPath(this.manifestPath));
    const paths = {manifest: this.manifestPath, summary: this.summaryPath};
    this.#projections = new TaskProjections(options, {paths, startMs, states, fence, indexStart});
    this.#group = new GroupCommit({
      commit: items => this.#commit(items),
      afterCommit: () => this.#projections.foldIfDue(),
    });
  }

  /**
   * Writes the manifest; then, never before, removes those of earlier attempts. @throws UserError `cannot-write`,
   * `lease-lost`.
   */
  async begin(earlier: readonly EarlierManifest[]): Promise<void> {
    await this.#options.lease.requireCurrent();
    await this.#projections.writeManifest({durable: true});
    await this.#journal.open(this.#fence);
    try {
      for (const {path} of earlier) await removeManifest(path);
    } catch (error) {
      await this.#journal.close();
      throw error;
    }
  }

  /**
   * Resolves when the question is recorded durably.
   *
   * @throws UserError `cannot-write`, `lease-lost`; after one failure every later call fails too.
   */
  async record(item: FinishedQuestion): Promise<void> {
    await this.#group.add(item);
  }

  async #commit(items: readonly FinishedQuestion[]): Promise<void> {
    await this.#options.lease.requireCurrent();
    await this.#writeTranscripts(items);
    await this.#journal.append(items.map(item => this.#journalEntry(item)));
    this.#index(items.map(({indexRecord}) => indexRecord));
    for (const {statistics, error} of items) this.#projections.note(statistics, error);
  }

  async #writeTranscripts(items: readonly FinishedQuestion[]): Promise<void> {
    const folder = this.#folders.transcripts;
    await mapConcurrently(items, MAX_OPEN_FILES, ({transcript}) =>
      this.#fence.writeInFolder(join(folder, `${transcript.transcript_id}.json`), renderJson(transcript)),
    );
    await syncFolder(folder);
  }

  #journalEntry({transcript, indexRecord}: FinishedQuestion): JournalEntry {
    return {
      question_id: indexRecord.question_id,
      transcript_id: transcript.transcript_id,
      status: indexRecord.status,
      attempt: this.#options.lease.number,
      recorded_at: jsonTimestamp(this.#options.clock.now()),
      tries: this.#projections.countTries(indexRecord.question_id) + 1,
      index: indexRecord,
    };
  }

  #index(records: readonly IndexRecord[]): void {
    const writing = this.#options.indexWriter
      .add(this.#indexPath, records)
      .then(region => {
        const last = this.#regions.at(-1);
        if (last?.end === region.start) this.#regions[this.#regions.length - 1] = {start: last.start, end: region.end};
        else this.#regions.push(region);
      })
      .catch((error: unknown) => this.#group.fail(error));
    this.#indexing.add(writing);
    void writing.finally(() => this.#indexing.delete(writing));
  }

  /** Waits until everything that was handed in is on disk. @throws what a write failed with. */
  async flush(): Promise<void> {
    await this.#group.drain();
    this.#options.indexWriter.flushSoon(this.#indexPath);
    await Promise.all(this.#indexing);
    this.#group.throwIfFailed();
  }

  /**
   * Ends the task's execution: everything on disk, the index verified, the final summary written. The manifest stays;
   * `discard` removes it once the task's success is recorded elsewhere, so that no instant exists at which a finished
   * task looks as if it had never begun. Where questions ended otherwise than with success it stays for good: it tells
   * which they are, should they be asked again.
   *
   * @throws UserError `cannot-write`, `cannot-read`, `lock-timeout`, `lease-lost`; it is to be abandoned then.
   */
  async finish(): Promise<void> {
    await this.flush();
    await this.#options.lease.requireCurrent();
    await this.#projections.writeManifest({durable: true});
    const {records: entries} = await readJournal(journalPath(this.manifestPath));
    const records = entries.map(({index}) => index);
    await ensureIndexed(this.#indexPath, records, this.#regions);
    await this.#journal.close();
    await this.#projections.writeSummary();
    await this.#fence.lower();
  }

  counts(): TaskCounts {
    return this.#projections.counts();
  }

  /** Removes the manifest of a task whose success is recorded. */
  async discard(): Promise<void> {
    await removeManifest(this.manifestPath);
  }

  /**
   * Leaves an interrupted task: what was handed in is written, the rest stays null. Closes its files also when it
   * rejects. @throws UserError `cannot-write`, `lease-lost`.
   */
  async abandon(): Promise<void> {
    try {
      await this.flush();
      await this.#options.lease.requireCurrent();
      await this.#projections.writeManifest({durable: true});
      await this.#projections.writeStreamingSummary('interrupted');
    } finally {
      await this.#journal.close();
      await this.#fence.lower();
    }
  }
}
