import type {QuestionCounts} from '../record/formats.ts';
import type {Lease} from '../record/lease/lease.ts';
import type {TaskRecord} from '../record/task/task-record.ts';
import type {PackTask} from './pack-task.ts';

/** The smallest piece of work that is recorded by itself: the conversation of a question, or a trial. */
export interface Unit {
  readonly id: string;
  /** Number of its turns that wait for others. */
  readonly blocked: number;
  /** Set when its task stops: whatever still comes of it is ignored. */
  abandoned: boolean;
  /** Begins the work; its end is told to the `onEnded` of whoever began the task. */
  start(): void;
}

/** The end of a unit, as the guards of a run see it. */
export interface UnitEnd {
  /** In one word. */
  readonly outcome: string;
  /** True when it need not be worked on again. */
  readonly isFinal: boolean;
  /** Null where nothing is to be said. */
  readonly reason: string | null;
}

/** The units of one claimed task, and their records. */
export interface Work<U extends Unit = Unit> {
  readonly total: number;
  /** Number of units that are left when it begins. */
  readonly left: number;
  /** Number of units that run before the others (`canary` of its config). */
  readonly canary: number;
  /** Makes the next unit, not started; null when there is none. */
  next(order: number): U | null;
  /** Judges a unit that has ended. */
  judge(unit: U): UnitEnd;
  /** Records a unit that has ended; resolves when it is durable. @throws UserError `cannot-write`, `lease-lost`. */
  record(unit: U): Promise<void>;
  /** Counts the units by what is recorded of them. */
  counts(): Required<QuestionCounts>;
  /** Says why the task is not complete, for its record; undefined for the usual words. */
  readonly failure?: string | undefined;
  /** Writes what a task that has ended leaves behind. @returns a file that tells of it. */
  finish(): Promise<string>;
  /** Removes what only an unfinished task needs, once its record says that it succeeded. */
  discard(): Promise<void>;
  /** Ends the work before its end: what was recorded stays. */
  abandon(): Promise<void>;
}

/** A task that has begun: its work, and the parts of its record that follow from its kind. */
export interface Begun {
  readonly work: Work;
  readonly names: Pick<
    TaskRecord,
    'task_key' | 'experiment_name' | 'benchmark_subcategory' | 'config_snapshot_path' | 'manifest_path'
  >;
}

/** A claimed task on its way to be begun. */
export interface Claim<Task extends PackTask> {
  readonly task: Task;
  readonly lease: Lease;
  /** Its record in its run, if it began before; read under the lease. */
  readonly record: TaskRecord | undefined;
  /** Takes each unit when it has ended. */
  readonly onEnded: (unit: Unit) => void;
}

/** One way to work on tasks. Leases, signals, budgets, time and records of tasks are the executor's. */
export interface Runner<Task extends PackTask> {
  /** Does what may take long before a task can be claimed. @throws UserError when the task cannot be run. */
  prepare(task: Task): Promise<void>;
  /** Makes a claimed task ready. @throws UserError when it cannot be; the executor gives the lease back. */
  begin(claim: Claim<Task>): Promise<Begun>;
}
