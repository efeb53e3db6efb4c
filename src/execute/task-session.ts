import {join, resolve} from 'node:path';

import type {Sampling} from '../backend/backend.ts';
import type {AgentDefinition, ModelDefinition, TaskConfig} from '../core/task-config.ts';
import {Conversation, type Step} from '../conversation/conversation.ts';
import {buildIndexRecord, buildTranscript, outcomeOf, transcriptStatistics} from '../conversation/transcript.ts';
import type {Clock} from '../core/clock.ts';
import {messageOf, UserError} from '../core/errors.ts';
import type {Question} from '../questions/question.ts';
import type {QuestionFile} from '../questions/read.ts';
import {acquireLease, describeHolder, type Lease} from '../record/lease.ts';
import type {IndexWriter} from '../record/index-writer.ts';
import type {Layout} from '../record/layout.ts';
import {writeTaskSnapshot} from '../record/snapshots.ts';
import {writeTaskRecord, type TaskRecord} from '../record/task-record.ts';
import {openTaskRecorder, type TaskRecorder} from '../record/task-recorder.ts';
import {jsonTimestamp} from '../record/timestamps.ts';
import type {ConversationStatus} from '../record/formats.ts';
import {ConversationRun, type ConversationOwner} from './conversation-run.ts';
import type {LoadedTask, PackTask, TaskOutcome} from './pack-task.ts';
import type {QuestionCache} from './question-cache.ts';
import {servedModelKey} from './served-model.ts';

/** What a session uses of the pack it runs in. */
export interface SessionContext {
  readonly layout: Layout;
  readonly clock: Clock;
  readonly questions: QuestionCache;
  readonly indexWriter: IndexWriter;
  /** Limits of the connected servers, by their keys. */
  readonly limits: ReadonlyMap<string, number>;
  /** MAC_FAIRNESS_DEBUG_FLAG=1. */
  readonly debug: boolean;
  readonly codeVersion: string;
  readonly onStep: (session: TaskSession, run: ConversationRun, step: Step) => void;
  readonly onWarning: (message: string) => void;
}

/**
 * One task while this process executes it: its lease, its recorder, and its conversations, opened one by one as there is room.
 * Open it with `openTask`; end it with `finish` or `stop`.
 */
export class TaskSession implements ConversationOwner {
  readonly task: PackTask;
  readonly modelKeys: ReadonlyMap<string, string>;
  readonly sampling: readonly Sampling[];
  readonly repeatsCalls: boolean;
  readonly totalQuestions: number;
  readonly carriedOver: number;
  readonly #context: SessionContext;
  readonly #loaded: LoadedTask;
  readonly #lease: Lease;
  readonly #recorder: TaskRecorder;
  readonly #questions: QuestionFile;
  readonly #record: TaskRecord;
  readonly #questionById: ReadonlyMap<string, Question>;
  readonly #live = new Set<ConversationRun>();
  readonly #submittedAtMs: number;
  #next = 0;
  #recording = 0;
  succeeded = 0;
  failed = 0;

  constructor(parts: SessionParts) {
    const {context, task, loaded} = parts;
    const {config} = loaded;
    this.task = task;
    this.#context = context;
    this.#loaded = loaded;
    this.#lease = parts.lease;
    this.#recorder = parts.recorder;
    this.#questions = parts.questions;
    this.#record = parts.record;
    this.#submittedAtMs = parts.submittedAtMs;
    this.#questionById = new Map(parts.planned.map(question => [question.question_id, question]));
    this.totalQuestions = parts.planned.length;
    this.carriedOver = this.totalQuestions - parts.recorder.pending.length;
    this.modelKeys = modelKeysOf(config);
    this.sampling = config.agent_definitions.map(agent => samplingOf(agent, config.conversation_config.seed));
    this.repeatsCalls = config.compatibility === 'reference' || config.retry_config.retry_on_generation_error;
  }

  get jobTaskId(): string {
    return this.task.jobTaskId;
  }

  get seed(): number {
    return this.#loaded.seed;
  }

  get config(): TaskConfig {
    return this.#loaded.config;
  }

  /** The lease was lost to another executor: stop writing. */
  get lost(): AbortSignal {
    return this.#lease.lost;
  }

  get unopened(): number {
    return this.#recorder.pending.length - this.#next;
  }

  get live(): ReadonlySet<ConversationRun> {
    return this.#live;
  }

  /** All conversations are over and recorded. */
  get isDrained(): boolean {
    return this.unopened === 0 && this.#live.size === 0 && this.#recording === 0;
  }

  /** The next pending question as a conversation, not yet started; null when all are open. */
  openConversation(order: number): ConversationRun | null {
    const pending = this.#recorder.pending[this.#next];
    if (!pending) return null;
    this.#next++;
    const question = this.#questionById.get(pending.question_id);
    if (!question) throw new Error(`Internal error: pending question ${pending.question_id} is not in the file`);
    const run = new ConversationRun({
      owner: this,
      order,
      question,
      transcriptId: pending.transcript_id,
      conversation: new Conversation({
        question,
        config: this.config,
        seed: `${this.seed}/${question.question_id}`,
        debug: this.#context.debug,
      }),
      startedAtMs: this.#context.clock.now(),
    });
    this.#live.add(run);
    return run;
  }

  onStep(run: ConversationRun, step: Step): void {
    this.#context.onStep(this, run, step);
  }

  /**
   * Records a finished conversation; resolves when it is durable.
   *
   * @throws UserError `cannot-write` when it cannot be written.
   */
  async record(run: ConversationRun): Promise<{status: ConversationStatus; reason: string | null}> {
    const outcome = outcomeOf(run.conversation.result());
    const nowMs = this.#context.clock.now();
    const {experiment_name, benchmark_subcategory} = this.config.experiment_metadata;
    const configSnapshotPath = this.#record.config_snapshot_path;
    const transcript = buildTranscript({
      outcome,
      transcriptId: run.transcriptId,
      config: this.config,
      question: run.question,
      configSnapshotPath,
      jobTaskId: this.jobTaskId,
      submissionTimestamp: jsonTimestamp(this.#submittedAtMs),
      executionTimestamp: jsonTimestamp(run.startedAtMs),
      createdAt: jsonTimestamp(nowMs),
      debug: this.#context.debug,
      provenance: {
        task_key: this.#loaded.key,
        attempt: this.#lease.number,
        mac_version: this.#context.codeVersion,
        seed: this.seed,
        questions_sha256: this.#questions.sha256,
        choices: run.question.choices,
      },
    });
    const {layout} = this.#context;
    const indexRecord = buildIndexRecord({
      outcome,
      question: run.question,
      jobTaskId: this.jobTaskId,
      configSnapshotPath,
      transcriptPath: layout.display(layout.transcript(benchmark_subcategory, experiment_name, run.transcriptId)),
      attempt: this.#lease.number,
      createdAt: jsonTimestamp(nowMs),
    });
    this.#live.delete(run);
    this.#recording++;
    try {
      await this.#recorder.record({
        transcript,
        indexRecord,
        statistics: transcriptStatistics({
          outcome,
          transcriptId: run.transcriptId,
          config: this.config,
          question: run.question,
        }),
        error: outcome.error,
      });
    } finally {
      this.#recording--;
    }
    if (outcome.status === 'succeeded') this.succeeded++;
    else this.failed++;
    return {status: outcome.status, reason: indexRecord.fatal_error?.message ?? null};
  }

  /** Closes a drained task: final records, and the lease given back. */
  async finish(): Promise<{outcome: TaskOutcome; summaryPath: string}> {
    const {complete, succeeded, failed, total, summaryPath} = await this.#recorder.finish();
    const reason = complete ? undefined : `${failed} of ${total} questions failed`;
    await this.#writeRecord(complete ? 'succeeded' : 'started', succeeded, reason);
    // Only now: between the two a crash leaves a record of success and a manifest too many, never a task that looks unbegun.
    if (complete) await this.#recorder.discard();
    await this.#lease.release();
    const outcome: TaskOutcome = complete
      ? {kind: 'done', succeeded}
      : {kind: 'incomplete', succeeded, failed, left: total - succeeded};
    return {outcome, summaryPath};
  }

  /** Gives the task up for now: what was finished is recorded, the rest stays null. */
  async stop(reason: string): Promise<TaskOutcome> {
    for (const run of this.#live) run.abandoned = true;
    this.#live.clear();
    const left = this.totalQuestions - this.carriedOver - this.succeeded;
    try {
      await this.#recorder.abandon();
      await this.#writeRecord('started', this.carriedOver + this.succeeded, reason);
    } catch (error) {
      // The disk that stopped us may still be full. The journal has what was recorded; the reason goes to the user instead.
      reason = `${reason}; ${messageOf(error)}`;
    } finally {
      await this.#lease.release().catch(() => undefined);
    }
    return {kind: 'stopped', reason, left};
  }

  async #writeRecord(status: 'started' | 'succeeded', succeeded: number, reason: string | undefined): Promise<void> {
    if (this.task.gridId === null) return;
    await writeTaskRecord(this.#context.layout, this.task.gridId, {
      ...this.#record,
      status,
      completed_at: status === 'succeeded' ? jsonTimestamp(this.#context.clock.now()) : null,
      questions: {total: this.totalQuestions, succeeded},
      ...(reason === undefined ? {} : {reason}),
    });
  }
}

interface SessionParts {
  readonly context: SessionContext;
  readonly task: PackTask;
  readonly loaded: LoadedTask;
  readonly lease: Lease;
  readonly recorder: TaskRecorder;
  readonly questions: QuestionFile;
  readonly planned: readonly Question[];
  readonly record: TaskRecord;
  readonly submittedAtMs: number;
}

/**
 * Claims a task and makes it ready to run: lease, questions, config snapshot, recorder, record.
 *
 * @returns the session, or why another executor has the task.
 * @throws UserError when its config, its questions or the disk are not usable; the lease is given back.
 */
export async function openTask(task: PackTask, context: SessionContext): Promise<TaskSession | {refused: string}> {
  const {layout, clock} = context;
  const loaded = task.load();
  const claim = await acquireLease({
    // A folder of its own for each task: the lease is looked up by listing, several times a second.
    directory: join(layout.leases(task.gridId ?? 'repair'), task.gridId === null ? loaded.key : String(task.index)),
    name: 'lease',
    clock,
  });
  if (claim.kind === 'held') {
    return {refused: `another executor has this task: ${describeHolder(claim.holder, claim.ageMs)}`};
  }
  const {lease} = claim;
  try {
    return await openClaimedTask({task, context, loaded, lease});
  } catch (error) {
    await lease.release();
    throw error;
  }
}

async function openClaimedTask(options: {
  task: PackTask;
  context: SessionContext;
  loaded: LoadedTask;
  lease: Lease;
}): Promise<TaskSession> {
  const {task, context, loaded, lease} = options;
  const {layout, clock} = context;
  const {config} = loaded;
  const {experiment_name, benchmark_subcategory, questions_file} = config.experiment_metadata;
  const questions = await context.questions.read(resolve(layout.workspace, layout.resolve(questions_file)));
  const planned = questions.questions.slice(0, task.questionLimit ?? undefined);
  const snapshot = task.earlier
    ? {path: task.earlier.configSnapshotPath, submittedAtMs: task.earlier.submittedAtMs}
    : await writeTaskSnapshot(layout, withGridReference(config, task.gridSnapshotReference), clock.now());
  const configSnapshotPath = layout.display(layout.resolve(snapshot.path));
  const recorder = await openTaskRecorder({
    layout,
    gridId: task.gridId,
    taskIndex: task.index,
    taskKey: loaded.key,
    jobTaskId: task.jobTaskId,
    config,
    configSnapshotPath,
    submittedAtMs: snapshot.submittedAtMs,
    questions: planned,
    questionsSha256: questions.sha256,
    questionLimit: task.questionLimit,
    lease,
    clock,
    debug: context.debug,
    indexWriter: context.indexWriter,
    effectiveLimits: effectiveLimitsOf(config, context.limits),
    onWarning: context.onWarning,
  });
  const record: TaskRecord = {
    schema: 'mac.task-record/1',
    task_id: task.index ?? 0,
    task_key: loaded.key,
    experiment_name,
    benchmark_subcategory,
    status: 'started',
    attempt: lease.number,
    started_at: jsonTimestamp(clock.now()),
    completed_at: null,
    questions: {total: planned.length, succeeded: 0},
    config_snapshot_path: configSnapshotPath,
    manifest_path: layout.display(recorder.manifestPath),
    where: lease.holder,
  };
  if (task.gridId !== null) await writeTaskRecord(layout, task.gridId, record);
  return new TaskSession({
    context,
    task,
    loaded,
    lease,
    recorder,
    questions,
    planned,
    record,
    submittedAtMs: snapshot.submittedAtMs,
  });
}

/** The snapshot of a task names the grid it belongs to, as the last key of its metadata. */
function withGridReference(config: TaskConfig, reference: string | null): TaskConfig {
  if (reference === null) return config;
  const {_grid_config_snapshot_path: _dropped, ...metadata} = config.experiment_metadata;
  return {...config, experiment_metadata: {...metadata, _grid_config_snapshot_path: reference}};
}

/** The models that agents use, by the key of the server that serves them. */
export function modelDefinitionsOf(config: TaskConfig): ReadonlyMap<string, ModelDefinition> {
  const definitions = new Map<string, ModelDefinition>();
  for (const {model} of config.agent_definitions) {
    const definition = config.model_definitions[model];
    if (!definition) throw new UserError('config-invalid', `no model_definitions.${model}, which an agent names`);
    definitions.set(servedModelKey(definition), definition);
  }
  return definitions;
}

function modelKeysOf(config: TaskConfig): ReadonlyMap<string, string> {
  return new Map(Object.entries(config.model_definitions).map(([name, model]) => [name, servedModelKey(model)]));
}

/** An agent's sampling options; null and absent both mean that the server decides. */
function samplingOf(agent: AgentDefinition, seed: number | undefined): Sampling {
  const {temperature, max_tokens, top_p, top_k, min_p, presence_penalty, enable_thinking} = agent;
  return {
    temperature,
    max_tokens,
    ...(top_p != null ? {top_p} : {}),
    ...(top_k != null ? {top_k} : {}),
    ...(min_p != null ? {min_p} : {}),
    ...(presence_penalty != null ? {presence_penalty} : {}),
    ...(enable_thinking != null ? {enable_thinking} : {}),
    ...(seed !== undefined ? {seed} : {}),
  };
}

function effectiveLimitsOf(config: TaskConfig, limits: ReadonlyMap<string, number>): Record<string, number> {
  const named = Object.entries(config.model_definitions).map(
    ([name, model]) => [name, limits.get(servedModelKey(model))] as const,
  );
  return Object.fromEntries(named.filter((entry): entry is [string, number] => entry[1] !== undefined));
}
