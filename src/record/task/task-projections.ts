import type {Clock} from '../../core/clock.ts';
import type {IsFinal} from '../../core/conversation-outcome.ts';
import {countUnderlyingErrors} from './error-codes.ts';
import type {Fence} from '../lease/fence.ts';
import type {QuestionCounts} from '../formats.ts';
import {renderJson} from '../disk/json-text.ts';
import type {Lease} from '../lease/lease.ts';
import {countStates, describeState, resolveOutcome} from './question-states.ts';
import type {TaskIdentity, ManifestQuestion, TaskManifest} from './task-manifest.ts';
import {
  buildStreamingSummary,
  buildTaskSummary,
  type FailedQuestion,
  type SummaryConfig,
  type TranscriptStatistics,
} from './task-summary.ts';
import {jsonTimestamp} from '../disk/timestamps.ts';

export interface TaskProjectionsOptions extends TaskIdentity {
  readonly jobTaskId: string;
  readonly config: SummaryConfig;
  /** True for outcomes that the config counts as final. */
  readonly isFinal: IsFinal;
  readonly questionsSha256: string;
  /** From 1. */
  readonly repetition: number;
  readonly questionLimit: number | null;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly debug: boolean;
  /** For the debug summary: requests at once that servers were found to take, by model name. */
  readonly effectiveLimits: Readonly<Record<string, number>>;
}

/**
 * Of all questions, those of earlier attempts included; `partial` and `failed` only of this one and of what it found
 * final.
 */
export interface TaskCounts extends Required<QuestionCounts> {
  readonly partial: number;
  readonly failed: number;
}

/** They are rewritten at most this often, and take at most a twentieth of the time. */
const FOLD_MS = 2_000;
const FOLD_WORK_SHARE = 0.05;

/**
 * The two files that are folded from what a task recorded: its manifest and its summary. Both can be made again from
 * journal and transcripts.
 */
export class TaskProjections {
  readonly #options: TaskProjectionsOptions;
  readonly #paths: {readonly manifest: string; readonly summary: string};
  readonly #startMs: number;
  /** For the duration, which a clock that is set meanwhile must not change. */
  readonly #startMonotonicMs: number;
  readonly #states: Map<string, ManifestQuestion>;
  readonly #carriedOver: number;
  /** Of those, the ones that ended otherwise than with success. */
  readonly #carriedFailures: number;
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
    const {done, succeeded} = countStates(start.states);
    this.#carriedOver = done;
    this.#carriedFailures = done - succeeded;
    this.#startMonotonicMs = options.clock.monotonic();
    this.#foldNotBeforeMs = this.#startMonotonicMs + FOLD_MS;
  }

  /** Returns how many conversations of a question are recorded. */
  countTries(questionId: string): number {
    return this.#states.get(questionId)?.tries ?? 0;
  }

  /** Takes in a question that is durably recorded. */
  note(statistics: TranscriptStatistics, error: FailedQuestion['error']): void {
    const {question_id, transcript_id, status} = statistics;
    const outcome = resolveOutcome(status, statistics.outcome);
    const failures = typeof error === 'string' ? [] : countUnderlyingErrors(error);
    const end = {transcriptId: transcript_id, outcome, tries: this.countTries(question_id) + 1, failures};
    this.#states.set(question_id, describeState(end, this.#options.isFinal));
    this.#statistics.push(statistics);
    if (status !== 'succeeded') this.#failures.push({question_id, error});
    this.#dirty = true;
  }

  counts(): TaskCounts {
    const count = (status: string): number => this.#statistics.filter(each => each.status === status).length;
    return {
      ...countStates(this.#states),
      partial: count('partial'),
      failed: count('failed') + this.#carriedFailures,
    };
  }

  /**
   * Rewrites both while the task runs, if something changed and the last time is long enough ago. @throws UserError
   * `cannot-write`, `lease-lost`.
   */
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
    const {
      jobTaskId,
      configSnapshotPath,
      questionsSha256,
      questionLimit,
      gridId,
      taskIndex,
      taskKey,
      repetition,
      lease,
    } = this.#options;
    const manifest: TaskManifest = {
      job_task_id: jobTaskId,
      config_snapshot_path: configSnapshotPath,
      num_questions_planned: this.#states.size,
      num_questions_processed: this.#carriedOver + this.#statistics.length,
      questions: Object.fromEntries([...this.#states].map(([id, state]) => [id, toManifestState(state)])),
      created_at: jsonTimestamp(this.#startMs),
      task_key: taskKey,
      ...(taskIndex === null ? {} : {task_id: taskIndex}),
      attempt: lease.number,
      ...(gridId === null ? {} : {grid_id: gridId}),
      repetition,
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

/**
 * Leaves out why a question failed where no outcome is recorded either: such a manifest is to be the older system's,
 * key by key.
 */
function toManifestState(state: ManifestQuestion): ManifestQuestion {
  if (state.status !== null || state.outcome !== undefined) return state;
  const {failures: _failures, ...older} = state;
  return older;
}
