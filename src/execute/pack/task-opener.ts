import type {Backend} from '../../backend/backend.ts';
import type {Step} from '../../conversation/conversation.ts';
import type {Clock} from '../../core/clock.ts';
import type {ModelDefinition, TaskConfig} from '../../core/task-config.ts';
import {IndexWriter} from '../../record/index/index-writer.ts';
import type {Layout} from '../../record/layout.ts';
import type {ConversationRun} from '../task/conversation-run.ts';
import {FitWatch} from '../guards/fit-watch.ts';
import {openTask, type OpenRefusal} from '../task/open-task.ts';
import type {PackTask} from '../pack-task.ts';
import {QuestionCache} from '../task/question-cache.ts';
import {ServerPool} from './server-pool.ts';
import type {ServedModel} from '../requests/served-model.ts';
import {usedModelDefinitions} from '../task/task-models.ts';
import type {TaskSession} from '../task/task-session.ts';

export interface TaskOpenerOptions {
  readonly layout: Layout;
  readonly clock: Clock;
  readonly debug: boolean;
  /** `--canary`. */
  readonly canary?: number | undefined;
  readonly codeVersion: string;
  readonly createBackend: (definition: ModelDefinition) => Promise<Backend>;
  /** Aborts the waiting for servers. */
  readonly stopped: AbortSignal;
  /** Called when a server that a task needs is ready; again for every task that needs it. */
  readonly onServer: (model: ServedModel) => void;
  readonly onStep: (session: TaskSession, run: ConversationRun, step: Step) => void;
  readonly onWarning: (message: string) => void;
  readonly onServerNews: (text: string) => void;
  /** See `ServerPoolOptions`. */
  readonly waitForServerMs?: number | undefined;
}

/** Opens the tasks of a pack with what they share: servers, question files, index writer and fit watch. */
export class TaskOpener {
  readonly #options: TaskOpenerOptions;
  readonly #servers: ServerPool;
  readonly #questions = new QuestionCache();
  readonly #indexWriter: IndexWriter;
  readonly #fit: FitWatch;

  constructor(options: TaskOpenerOptions) {
    const {createBackend, clock, stopped, waitForServerMs, onServerNews} = options;
    this.#options = options;
    this.#servers = new ServerPool({createBackend, clock, signal: stopped, waitForServerMs, onNews: onServerNews});
    this.#indexWriter = new IndexWriter(clock);
    this.#fit = new FitWatch(options.onWarning);
  }

  /**
   * Connects the servers of a task and opens it.
   *
   * @returns the session, or why there is none.
   * @throws UserError when a server, the config, the questions or the disk cannot be used.
   */
  async open(task: PackTask): Promise<TaskSession | OpenRefusal> {
    const limits = await this.#connectServers(task.load().config);
    const shared = {questions: this.#questions, indexWriter: this.#indexWriter, fit: this.#fit};
    return openTask(task, {...this.#options, ...shared, limits});
  }

  /** Returns the fixed limits by the servers' keys; steered ones have none yet. */
  async #connectServers(config: TaskConfig): Promise<Map<string, number>> {
    const limits = new Map<string, number>();
    for (const definition of usedModelDefinitions(config).values()) {
      const model = await this.#servers.connect(definition);
      if (model.limit !== 'auto') limits.set(model.key, model.limit);
      this.#options.onServer(model);
    }
    return limits;
  }
}
