import {resolve} from 'node:path';

import type {Backend} from '../../backend/backend.ts';
import {makeIsFinal} from '../../core/conversation-outcome.ts';
import type {ModelDefinition, TaskConfig} from '../../core/task-config.ts';
import {orderChoices} from '../../questions/question.ts';
import {parseSubmissionTime, writeTaskSnapshot} from '../../record/grid/snapshots.ts';
import {IndexWriter} from '../../record/index/index-writer.ts';
import type {Layout} from '../../record/layout.ts';
import {openTaskRecorder} from '../../record/task/open-task-recorder.ts';
import type {TaskRecord} from '../../record/task/task-record.ts';
import {FitWatch} from '../guards/fit-watch.ts';
import type {ConversationTask} from '../pack-task.ts';
import type {ServedModel} from '../requests/served-model.ts';
import type {Begun, Claim, Runner} from '../runner.ts';
import {ConversationWork, type ConversationContext} from './conversation-work.ts';
import {QuestionCache} from './question-cache.ts';
import {ServerPool} from './server-pool.ts';
import {mapEffectiveLimits, usedModelDefinitions} from './task-models.ts';

export interface ConversationRunnerOptions extends Omit<ConversationContext, 'fit'> {
  readonly layout: Layout;
  readonly codeVersion: string;
  readonly createBackend: (definition: ModelDefinition) => Promise<Backend>;
  /** Aborts the waiting for servers. */
  readonly stopped: AbortSignal;
  /** Called when a server that a task needs is ready; again for every task that needs it. */
  readonly onServer: (model: ServedModel) => void;
  readonly onWarning: (message: string) => void;
  readonly onServerNews: (text: string) => void;
  /** See `ServerPoolOptions`. */
  readonly waitForServerMs?: number | undefined;
}

/** Begins tasks of conversations with what they share: servers, question files, index writer and fit watch. */
export class ConversationRunner implements Runner<ConversationTask> {
  readonly #options: ConversationRunnerOptions;
  readonly #servers: ServerPool;
  readonly #questions = new QuestionCache();
  readonly #indexWriter: IndexWriter;
  readonly #fit: FitWatch;
  /** Limits of the connected servers by their keys. */
  readonly #limits = new Map<string, number>();

  constructor(options: ConversationRunnerOptions) {
    const {createBackend, clock, stopped, waitForServerMs, onServerNews} = options;
    this.#options = options;
    this.#servers = new ServerPool({createBackend, clock, signal: stopped, waitForServerMs, onNews: onServerNews});
    this.#indexWriter = new IndexWriter(clock);
    this.#fit = new FitWatch(options.onWarning);
  }

  /**
   * Connects the servers that a task needs.
   *
   * @throws UserError `server-unusable`.
   */
  async prepare(task: ConversationTask): Promise<void> {
    for (const definition of usedModelDefinitions(task.load().config).values()) {
      const model = await this.#servers.connect(definition);
      // Steered limits are not known yet.
      if (model.limit !== 'auto') this.#limits.set(model.key, model.limit);
      this.#options.onServer(model);
    }
  }

  /**
   * Reads the questions of a claimed task, writes its config snapshot or takes that of an earlier attempt, and opens
   * its recorder.
   *
   * @throws UserError when its config, its questions or the disk cannot be used.
   */
  async begin(claim: Claim<ConversationTask>): Promise<Begun> {
    const {task, lease, onEnded} = claim;
    const {layout, clock, debug, codeVersion, onWarning} = this.#options;
    const loaded = task.load();
    const {config, repetition, seed} = loaded;
    const {experiment_name, benchmark_subcategory, questions_file} = config.experiment_metadata;
    const questions = await this.#questions.read(resolve(layout.workspace, layout.resolve(questions_file)));
    const order = config.conversation_config.choice_order ?? 'fixed';
    const planned = orderChoices(questions.questions, {order, seed, repetition}).slice(
      0,
      task.questionLimit ?? undefined,
    );
    const earlier = findEarlier(claim);
    const snapshot = earlier
      ? {path: earlier.configSnapshotPath, submittedAtMs: earlier.submittedAtMs}
      : await writeTaskSnapshot(layout, withGridReference(config, task.gridSnapshotReference), clock.now());
    const configSnapshotPath = layout.display(layout.resolve(snapshot.path));
    const {submittedAtMs} = snapshot;
    const {jobTaskId} = task;
    const recorder = await openTaskRecorder({
      layout,
      gridId: task.gridId,
      taskIndex: task.index,
      taskKey: loaded.key,
      repetition,
      jobTaskId,
      config,
      isFinal: makeIsFinal(config),
      configSnapshotPath,
      isIndexed: earlier?.isIndexed ?? false,
      submittedAtMs,
      questions: planned,
      questionsSha256: questions.sha256,
      questionLimit: task.questionLimit,
      lease,
      clock,
      debug,
      indexWriter: this.#indexWriter,
      effectiveLimits: mapEffectiveLimits(config, this.#limits),
      onWarning,
    });
    const provenance = {
      task_key: loaded.key,
      attempt: lease.number,
      mac_version: codeVersion,
      seed,
      choice_order: order,
      repetition,
      questions_sha256: questions.sha256,
    };
    const origin = {layout, config, debug, jobTaskId, configSnapshotPath, submittedAtMs, provenance};
    const context = {...this.#options, fit: this.#fit};
    return {
      work: new ConversationWork({context, loaded, recorder, planned, origin, onEnded}),
      names: {
        task_key: loaded.key,
        experiment_name,
        benchmark_subcategory,
        config_snapshot_path: configSnapshotPath,
        manifest_path: layout.display(recorder.manifestPath),
      },
    };
  }
}

/** Finds where an earlier attempt left a task: since it was planned, others may have worked on it. */
function findEarlier({task, record}: Claim<ConversationTask>): ConversationTask['earlier'] {
  return (record && parseEarlierAttempt(record)) ?? task.earlier;
}

/** Returns where an earlier attempt left a task's config snapshot; null when its record does not say it. */
export function parseEarlierAttempt({config_snapshot_path: path}: TaskRecord): ConversationTask['earlier'] {
  const submittedAtMs = parseSubmissionTime(path);
  return submittedAtMs === undefined ? null : {configSnapshotPath: path, submittedAtMs};
}

/** Adds to a task's config the grid that it belongs to, as the last key of its metadata. */
function withGridReference(config: TaskConfig, reference: string | null): TaskConfig {
  if (reference === null) return config;
  const {_grid_config_snapshot_path: _dropped, ...metadata} = config.experiment_metadata;
  return {...config, experiment_metadata: {...metadata, _grid_config_snapshot_path: reference}};
}
