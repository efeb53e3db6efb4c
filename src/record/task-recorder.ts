import {randomUUID} from 'node:crypto';
import {open} from 'node:fs/promises';
import {join} from 'node:path';

import type {Clock} from '../core/clock.ts';
import {UserError} from '../core/errors.ts';
import {syncFolder, writeFileAtomic, writeFileInFolder} from './atomic-file.ts';
import type {IndexRecord, ManifestQuestion, TaskManifest, Transcript} from './formats.ts';
import {ensureIndexed, readIndex} from './index-file.ts';
import type {IndexWriter} from './index-writer.ts';
import {JournalWriter, journalPath, readJournal, type JournalEntry} from './journal.ts';
import {renderJson} from './json-text.ts';
import type {Layout} from './layout.ts';
import type {Lease} from './lease.ts';
import {
  findEarlierManifests,
  mergeStates,
  removeManifest,
  type EarlierManifest,
  type TaskIdentity,
} from './task-manifest.ts';
import {
  buildStreamingSummary,
  buildTaskSummary,
  type FailedQuestion,
  type SummaryConfig,
  type TranscriptStatistics,
} from './task-summary.ts';
import {fileTimestamp, jsonTimestamp} from './timestamps.ts';

export interface TaskRecorderOptions extends TaskIdentity {
  readonly layout: Layout;
  readonly jobTaskId: string;
  readonly config: SummaryConfig;
  /** Milliseconds since the epoch; the time in the config snapshot's name and in the manifest's. */
  readonly submittedAtMs: number;
  /** In the order of the file; ids are unique. */
  readonly questions: readonly {readonly question_id: string}[];
  readonly questionsSha256: string;
  readonly questionLimit: number | null;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly indexWriter: IndexWriter;
  readonly debug: boolean;
  /** For the debug summary: requests at once that servers were found to take, by model name. */
  readonly effectiveLimits: Readonly<Record<string, number>>;
  readonly onWarning: (message: string) => void;
}

/** A finished conversation on its way to the disk. */
export interface FinishedQuestion {
  readonly transcript: Transcript;
  readonly indexRecord: IndexRecord;
  readonly statistics: TranscriptStatistics;
  readonly error: FailedQuestion['error'];
}

export interface FinishedTask {
  readonly complete: boolean;
  readonly succeeded: number;
  readonly failed: number;
  readonly total: number;
  readonly summaryPath: string;
}

/** Finished questions wait this long for company before they are written and synced together. */
const COMMIT_MS = 50;
const COMMIT_MAX = 256;
/** Projections (manifest, streaming summary) are rewritten at most this often, and take at most a twentieth of the time. */
const FOLD_MS = 2_000;
const FOLD_WORK_SHARE = 0.05;

interface Waiting {
  readonly item: FinishedQuestion;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Opens the records of a task: finds what earlier attempts of this very task recorded, carries it over (transcript ids are stable, successes stay), mends
 * the index, and writes the new manifest before the old ones go.
 *
 * @throws UserError `questions-changed` when the question file is not the one that the task began with; `cannot-write`; `lease-lost`.
 */
export async function openTaskRecorder(options: TaskRecorderOptions): Promise<TaskRecorder> {
  const {layout, config, questionsSha256, onWarning} = options;
  const {benchmark_subcategory: benchmark, experiment_name: experiment} = config.experiment_metadata;
  const folders = layout.task(benchmark, experiment);
  const earlier = await findEarlierManifests(folders.manifests, options, onWarning);
  for (const {path, manifest} of earlier) {
    if (manifest.questions_sha256 !== undefined && manifest.questions_sha256 !== questionsSha256) {
      throw new UserError('questions-changed', `the question file is not the one that this task began with (${path})`, {
        hint: 'put the old file back to resume, or start a new run with the new one',
      });
    }
  }
  await ensureIndexed(
    layout.index(experiment),
    earlier.flatMap(({journal}) => journal.map(({index}) => index)),
  );
  const indexed = earlier.some(({damaged}) => damaged)
    ? (await readIndex(layout.index(experiment))).records.filter(
        record => record.config_snapshot_path === options.configSnapshotPath,
      )
    : [];
  const known = mergeStates(earlier, indexed);
  const states = new Map<string, ManifestQuestion>();
  for (const {question_id: id} of options.questions) {
    const state = known.get(id) ?? {status: null, transcript_id: randomUUID()};
    const path = join(folders.transcripts, `${state.transcript_id}.json`);
    const lost = state.status === 'succeeded' && !(await looksWhole(path));
    if (lost) onWarning(`${path} is missing or torn: question ${id} runs again`);
    states.set(id, lost ? {...state, status: null} : state);
  }
  const recorder = new TaskRecorder(options, states);
  await recorder.begin(earlier);
  return recorder;
}

/** A transcript that ends as JSON objects do. They are written whole, so only damage from outside is looked for, and cheaply. */
async function looksWhole(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'r');
    try {
      const {size} = await file.stat();
      if (size === 0) return false;
      const {buffer} = await file.read(Buffer.alloc(1), 0, 1, size - 1);
      return buffer[0] === 0x7d;
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}

/**
 * Records the questions of one task. Recording one costs the same whatever their number: its transcript, one journal line, one index line; the manifest
 * and the streaming summary are folded from those at intervals.
 *
 * Order of a group commit: the lease is still ours → transcripts (whole files) → journal lines (the commit point) → index lines.
 */
export class TaskRecorder {
  readonly #options: TaskRecorderOptions;
  readonly #states: Map<string, ManifestQuestion>;
  readonly #carriedOver: number;
  readonly #startMs: number;
  readonly #manifestPath: string;
  readonly #journal: JournalWriter;
  readonly #statistics: TranscriptStatistics[] = [];
  readonly #failures: FailedQuestion[] = [];
  readonly #indexing = new Set<Promise<void>>();
  readonly pending: readonly {readonly question_id: string; readonly transcript_id: string}[];
  #queue: Waiting[] = [];
  #timer: NodeJS.Timeout | null = null;
  #committing: Promise<void> | null = null;
  #failure: unknown = null;
  #foldNotBeforeMs: number;
  #dirty = false;

  constructor(options: TaskRecorderOptions, states: Map<string, ManifestQuestion>) {
    const {layout, config, clock, submittedAtMs, jobTaskId} = options;
    const {benchmark_subcategory: benchmark, experiment_name: experiment} = config.experiment_metadata;
    this.#options = options;
    this.#states = states;
    this.#startMs = clock.now();
    this.#foldNotBeforeMs = clock.monotonic() + FOLD_MS;
    this.pending = [...states]
      .filter(([, {status}]) => status === null)
      .map(([question_id, {transcript_id}]) => ({question_id, transcript_id}));
    this.#carriedOver = states.size - this.pending.length;
    this.#manifestPath = join(
      layout.task(benchmark, experiment).manifests,
      `${fileTimestamp(submittedAtMs)}_${jobTaskId}.json`,
    );
    this.#journal = new JournalWriter(journalPath(this.#manifestPath));
  }

  get manifestPath(): string {
    return this.#manifestPath;
  }

  get summaryPath(): string {
    const {layout, config, jobTaskId} = this.#options;
    const {benchmark_subcategory: benchmark, experiment_name: experiment} = config.experiment_metadata;
    return join(layout.task(benchmark, experiment).summaries, `${fileTimestamp(this.#startMs)}_${jobTaskId}.json`);
  }

  /** Writes the manifest; then, never before, removes those of earlier attempts. */
  async begin(earlier: readonly EarlierManifest[]): Promise<void> {
    await this.#requireLease();
    await this.#writeManifest(true);
    for (const {path} of earlier) {
      // In containers two attempts can have one pid and so one name: then the new file has replaced the old one already.
      if (path !== this.#manifestPath) await removeManifest(path);
    }
  }

  /**
   * Resolves when the question is recorded durably.
   *
   * @throws UserError `cannot-write`, `lease-lost`; after one failure every later call fails too, because nothing may be recorded out of order.
   */
  async record(item: FinishedQuestion): Promise<void> {
    if (this.#failure !== null) throw this.#failure as Error;
    await new Promise<void>((resolve, reject) => {
      this.#queue.push({item, resolve, reject});
      if (this.#queue.length >= COMMIT_MAX) this.#startCommit();
      else this.#timer ??= setTimeout(() => this.#startCommit(), COMMIT_MS);
    });
  }

  #startCommit(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#committing || this.#queue.length === 0) return;
    this.#committing = this.#commit().finally(() => {
      this.#committing = null;
      if (this.#queue.length > 0) this.#timer ??= setTimeout(() => this.#startCommit(), COMMIT_MS);
    });
  }

  async #commit(): Promise<void> {
    const group = this.#queue;
    this.#queue = [];
    try {
      await this.#requireLease();
      await this.#writeTranscripts(group);
      await this.#journal.append(group.map(({item}) => this.#journalEntry(item)));
      this.#index(group.map(({item}) => item.indexRecord));
      for (const {item} of group) this.#note(item);
      for (const {resolve} of group) resolve();
      await this.#foldIfDue();
    } catch (error) {
      this.#failure ??= error;
      for (const {reject} of group) reject(error);
    }
  }

  async #requireLease(): Promise<void> {
    if (await this.#options.lease.isCurrent()) return;
    throw new UserError('lease-lost', 'another executor took this task over while this one was paused', {
      hint: 'nothing is wrong with the records; let the other one go on',
    });
  }

  async #writeTranscripts(group: readonly Waiting[]): Promise<void> {
    const {layout, config} = this.#options;
    const {benchmark_subcategory: benchmark, experiment_name: experiment} = config.experiment_metadata;
    const folder = layout.task(benchmark, experiment).transcripts;
    await Promise.all(
      group.map(({item: {transcript}}) =>
        writeFileInFolder(join(folder, `${transcript.transcript_id}.json`), renderJson(transcript)),
      ),
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
      index: indexRecord,
    };
  }

  #index(records: readonly IndexRecord[]): void {
    const {layout, config, indexWriter} = this.#options;
    const writing = indexWriter
      .add(layout.index(config.experiment_metadata.experiment_name), records)
      .catch((error: unknown) => void (this.#failure ??= error));
    this.#indexing.add(writing);
    void writing.finally(() => this.#indexing.delete(writing));
  }

  #note({indexRecord, transcript, statistics, error}: FinishedQuestion): void {
    const {question_id, status} = indexRecord;
    this.#states.set(question_id, {
      status: status === 'succeeded' ? 'succeeded' : null,
      transcript_id: transcript.transcript_id,
    });
    this.#statistics.push(statistics);
    if (status !== 'succeeded') this.#failures.push({question_id, error});
    this.#dirty = true;
  }

  async #foldIfDue(): Promise<void> {
    const {clock} = this.#options;
    const startMs = clock.monotonic();
    if (!this.#dirty || startMs < this.#foldNotBeforeMs) return;
    this.#dirty = false;
    await this.#writeManifest(false);
    await this.#writeStreamingSummary('in_progress');
    const nowMs = clock.monotonic();
    this.#foldNotBeforeMs = nowMs + Math.max(FOLD_MS, (nowMs - startMs) / FOLD_WORK_SHARE);
  }

  async #writeManifest(durable: boolean): Promise<void> {
    const {jobTaskId, configSnapshotPath, questionsSha256, questionLimit, gridId, taskIndex, taskKey, lease} =
      this.#options;
    const manifest: TaskManifest = {
      job_task_id: jobTaskId,
      config_snapshot_path: configSnapshotPath,
      num_questions_planned: this.#states.size,
      num_questions_processed: this.#carriedOver + this.#statistics.length,
      questions: Object.fromEntries(this.#states),
      created_at: jsonTimestamp(this.#startMs),
      task_key: taskKey,
      ...(taskIndex === null ? {} : {task_id: taskIndex}),
      attempt: lease.number,
      ...(gridId === null ? {} : {grid_id: gridId}),
      questions_sha256: questionsSha256,
      ...(questionLimit === null ? {} : {question_limit: questionLimit}),
    };
    await writeFileAtomic(this.#manifestPath, renderJson(manifest), {durable});
  }

  async #writeStreamingSummary(status: 'in_progress' | 'interrupted'): Promise<void> {
    const {clock} = this.#options;
    const summary = buildStreamingSummary({
      ...this.#summaryParts(clock.now()),
      status,
      lastUpdate: jsonTimestamp(clock.now()),
    });
    await writeFileAtomic(this.summaryPath, renderJson(summary), {durable: status !== 'in_progress'});
  }

  #summaryParts(nowMs: number) {
    const {jobTaskId, config, configSnapshotPath, debug, effectiveLimits} = this.#options;
    const count = (status: string): number => this.#statistics.filter(each => each.status === status).length;
    return {
      jobTaskId,
      config,
      configSnapshotPath,
      debug,
      effectiveLimits,
      startTime: jsonTimestamp(this.#startMs),
      endTime: jsonTimestamp(nowMs),
      createdAt: jsonTimestamp(nowMs),
      durationMs: Math.max(0, nowMs - this.#startMs),
      questions: {
        total: this.#states.size,
        succeeded: this.#carriedOver + count('succeeded'),
        partial: count('partial'),
        failed: count('failed'),
      },
      failures: this.#failures,
      transcripts: this.#statistics,
    };
  }

  /** Waits until everything that was handed in is on disk. @throws what a write failed with. */
  async flush(): Promise<void> {
    while (this.#queue.length > 0 || this.#committing) {
      this.#startCommit();
      await this.#committing;
    }
    await Promise.all(this.#indexing);
    if (this.#failure !== null) throw this.#failure as Error;
  }

  /**
   * Ends the task's execution: everything on disk, the index verified, the final summary written. The manifest stays; `discard` removes it once
   * the task's success is recorded elsewhere, so that no instant exists at which a finished task looks as if it had never begun.
   */
  async finish(): Promise<FinishedTask> {
    const {layout, config, clock} = this.#options;
    await this.flush();
    await this.#writeManifest(true);
    const {entries} = await readJournal(journalPath(this.#manifestPath));
    await ensureIndexed(
      layout.index(config.experiment_metadata.experiment_name),
      entries.map(({index}) => index),
    );
    await this.#journal.close();
    const parts = this.#summaryParts(clock.now());
    await writeFileAtomic(this.summaryPath, renderJson(buildTaskSummary(parts)));
    const {total, succeeded, partial, failed} = parts.questions;
    return {complete: succeeded === total, succeeded, failed: partial + failed, total, summaryPath: this.summaryPath};
  }

  /** Removes the manifest of a task whose success is recorded. */
  async discard(): Promise<void> {
    await removeManifest(this.#manifestPath);
  }

  /** Leaves an interrupted task: what was handed in is written, the rest stays null. */
  async abandon(): Promise<void> {
    try {
      await this.flush();
      await this.#writeManifest(true);
      await this.#writeStreamingSummary('interrupted');
    } finally {
      await this.#journal.close();
    }
  }
}
