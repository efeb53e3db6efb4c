import {ConversationRunner, type ConversationRunnerOptions} from '../conversation/conversation-runner.ts';
import type {PackTask} from '../pack-task.ts';
import {openTask, type OpenContext, type OpenRefusal} from '../task/open-task.ts';
import type {TaskSession} from '../task/task-session.ts';
import {TrialRunner, type TrialRunnerOptions} from '../trial/trial-runner.ts';

export type TaskOpenerOptions = OpenContext & ConversationRunnerOptions & TrialRunnerOptions;

/** Opens the tasks of a pack, each by the runner of its kind. */
export class TaskOpener {
  readonly #context: OpenContext;
  readonly #conversations: ConversationRunner;
  readonly #trials: TrialRunner;

  constructor(options: TaskOpenerOptions) {
    this.#context = options;
    this.#conversations = new ConversationRunner(options);
    this.#trials = new TrialRunner(options);
  }

  /** Resolves when no trial runs. */
  async idle(): Promise<void> {
    await this.#trials.idle();
  }

  /**
   * Opens a task.
   *
   * @returns the session, or why there is none.
   * @throws UserError when a server, the config, the questions or the disk cannot be used.
   */
  async open(task: PackTask): Promise<TaskSession | OpenRefusal> {
    if (task.kind === 'trial') {
      await this.#trials.prepare(task);
      return await openTask(task, this.#trials, this.#context);
    }
    await this.#conversations.prepare(task);
    return await openTask(task, this.#conversations, this.#context);
  }
}
