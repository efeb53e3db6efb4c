import type {Progress} from '../events.ts';
import type {PackTask, TaskOutcome} from '../pack-task.ts';
import {describeStop, type StopCause} from '../guards/stop.ts';

/** Progress of a pack: the outcomes of its tasks and the sums over their questions. */
export class PackTally {
  readonly #tasks: readonly PackTask[];
  readonly #outcomes = new Map<PackTask, TaskOutcome>();
  readonly expectedQuestions: number;
  succeeded = 0;
  failed = 0;
  carriedOver = 0;

  constructor(tasks: readonly PackTask[]) {
    this.#tasks = tasks;
    this.expectedQuestions = tasks.reduce((sum, task) => sum + task.expectedQuestions, 0);
  }

  end(task: PackTask, outcome: TaskOutcome): void {
    this.#outcomes.set(task, outcome);
  }

  get conversationsLeft(): number {
    return Math.max(0, this.expectedQuestions - this.succeeded - this.failed - this.carriedOver);
  }

  questions(): Progress['questions'] {
    const {expectedQuestions: total, succeeded, failed, carriedOver} = this;
    return {total, succeeded, failed, carriedOver};
  }

  taskCounts(): Omit<Progress['tasks'], 'open'> {
    const ended = [...this.#outcomes.values()];
    const finished = ended.filter(({kind}) => kind === 'done').length;
    return {total: this.#tasks.length, finished, stopped: ended.length - finished};
  }

  /** Returns the outcomes in the order of the tasks. */
  outcomes(cause: StopCause | null): {readonly task: PackTask; readonly outcome: TaskOutcome}[] {
    return this.#tasks.map(task => ({task, outcome: this.#outcomes.get(task) ?? notReached(task, cause)}));
  }
}

function notReached({expectedQuestions}: PackTask, cause: StopCause | null): TaskOutcome {
  return {kind: 'stopped', reason: cause ? describeStop(cause) : 'not reached', left: expectedQuestions};
}
