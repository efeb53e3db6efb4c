import type {Clock} from '../core/clock.ts';
import type {Fence} from './fence.ts';
import type {ManifestQuestion, TaskManifest} from './formats.ts';
import {renderJson} from './json-text.ts';
import type {Lease} from './lease.ts';
import type {TaskIdentity} from './task-manifest.ts';
import {
  buildStreamingSummary,
  buildTaskSummary,
  type FailedQuestion,
  type SummaryConfig,
  type TranscriptStatistics,
} from './task-summary.ts';
import {jsonTimestamp} from './timestamps.ts';

export interface TaskProjectionsOptions extends TaskIdentity {
  readonly jobTaskId: string;
  readonly config: SummaryConfig;
  readonly questionsSha256: string;
  readonly questionLimit: number | null;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly debug: boolean;
  /** For the debug summary: requests at once that servers were found to take, by model name. */
  readonly effectiveLimits: Readonly<Record<string, number>>;
}

export interface TaskCounts {
  readonly total: number;
  /** With those of earlier attempts. */
  readonly succeeded: number;
  readonly partial: number;
  readonly failed: number;
}

/** They are rewritten at most this often, and take at most a twentieth of the time. */
const FOLD_MS = 2_000;
const FOLD_WORK_SHARE = 0.05;

/** The two files that are folded from what a task recorded: its manifest and its summary. Both can be made anew from journal and transcripts. */
export class TaskProjections {
  readonly #options: TaskProjectionsOptions;
  readonly #paths: {readonly manifest: string; readonly summary: string};
  readonly #startMs: number;
  /** For the duration, which a clock that is set meanwhile must not change. */
  readonly #startMonotonicMs: number;
  readonly #states: Map<string, ManifestQuestion>;
  readonly #carriedOver: number;
  readonly #fence: Fence;
  readonly #indexStart: number;
  readonly #statistics: TranscriptStatistics[] = [];
  readonly #failures: FailedQuestion[] = [];
  #foldNotBeforeMs: number;
  #dirty = false;

  constructor(
    options: TaskProjectionsOptions,
    start: {
      readonly paths: {readonly manifest: string; readonly summary: string};
      readonly startMs: number;
      readonly states: Map<string, ManifestQuestion>;
      readonly fence: Fence;
      readonly indexStart: number;
    },
  ) {
    this.#options = options;
    this.#paths = start.paths;
    this.#startMs = start.startMs;
    this.#states = start.states;
    this.#fence = start.fence;
    this.#indexStart = start.indexStart;
    this.#carriedOver = [...start.states.values()].filter(({status}) => status !== null).length;
    this.#startMonotonicMs = options.clock.monotonic();
    this.#foldNotBeforeMs = this.#startMonotonicMs + FOLD_MS;
  }

  /** Takes in a question that is durably recorded. */
  note(statistics: TranscriptStatistics, error: FailedQuestion['error']): void {
    const {question_id, transcript_id, status} = statistics;
    this.#states.set(question_id, {status: status === 'succeeded' ? 'succeeded' : null, transcript_id});
    this.#statistics.push(statistics);
    if (status !== 'succeeded') this.#failures.push({question_id, error});
    this.#dirty = true;
  }

  counts(): TaskCounts {
    const count = (status: string): number => this.#statistics.filter(each => each.status === status).length;
    return {
      total: this.#states.size,
      succeeded: this.#carriedOver + count('succeeded'),
      partial: count('partial'),
      failed: count('failed'),
    };
  }

  /** Rewrites both while the task runs, if something changed and the last time is long enough ago. @throws UserError `cannot-write`, `lease-lost`. */
  async foldIfDue(): Promise<void> {
    const {clock} = this.#options;
    const startMs = clock.monotonic();
    if (!this.#dirty || startMs < this.#foldNotBeforeMs) return;
    this.#dirty = false;
    await this.writeManifest({durable: false});
    await this.writeStreamingSummary('in_progress');
    const nowMs = clock.monotonic();
    this.#foldNotBeforeMs = nowMs + Math.max(FOLD_MS, (nowMs - startMs) / FOLD_WORK_SHARE);
  }

  async writeManifest({durable}: {durable: boolean}): Promise<void> {
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
      index_start: this.#indexStart,
    };
    await this.#fence.write(this.#paths.manifest, renderJson(manifest), {durable});
  }

  async writeStreamingSummary(status: 'in_progress' | 'interrupted'): Promise<void> {
    const nowMs = this.#options.clock.now();
    const summary = buildStreamingSummary({
      ...this.#summaryInput(nowMs),
      status,
      lastUpdate: jsonTimestamp(nowMs),
    });
    await this.#fence.write(this.#paths.summary, renderJson(summary), {durable: status !== 'in_progress'});
  }

  async writeSummary(): Promise<void> {
    const summary = buildTaskSummary(this.#summaryInput(this.#options.clock.now()));
    await this.#fence.write(this.#paths.summary, renderJson(summary));
  }

  #summaryInput(nowMs: number) {
    const {clock, jobTaskId, config, configSnapshotPath, debug, effectiveLimits} = this.#options;
    return {
      jobTaskId,
      config,
      configSnapshotPath,
      debug,
      effectiveLimits,
      startTime: jsonTimestamp(this.#startMs),
      endTime: jsonTimestamp(nowMs),
      createdAt: jsonTimestamp(nowMs),
      durationMs: clock.monotonic() - this.#startMonotonicMs,
      questions: this.counts(),
      failures: this.#failures,
      transcripts: this.#statistics,
    };
  }
}
