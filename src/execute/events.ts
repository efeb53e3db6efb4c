import {shorten} from '../core/text/amounts.ts';
import type {OutcomeCounts} from '../core/conversation-outcome.ts';

/** News of a run for whoever watches. Counters that change thousands of times a second are polled as `Progress`. */
export type RunEvent =
  | {readonly kind: 'run-started'; readonly tasks: number; readonly questions: number}
  | {readonly kind: 'task-started'; readonly task: TaskLabel; readonly pending: number; readonly total: number}
  | {
      readonly kind: 'conversation-failed';
      readonly task: TaskLabel;
      readonly questionId: string;
      readonly outcome: string;
      /** True when the question is done all the same. */
      readonly isFinal: boolean;
      readonly reason: string;
    }
  | {readonly kind: 'trial-failed'; readonly task: TaskLabel; readonly outcome: string; readonly reason: string}
  | {
      readonly kind: 'task-finished';
      readonly task: TaskLabel;
      readonly succeeded: number;
      readonly failed: number;
      readonly total: number;
      /** Outcomes of all its questions that did not succeed. */
      readonly outcomes: OutcomeCounts;
      readonly summaryPath: string;
    }
  | {readonly kind: 'task-stopped'; readonly task: TaskLabel; readonly reason: string; readonly left: number}
  | {readonly kind: 'task-refused'; readonly task: TaskLabel; readonly reason: string}
  /** Sent once for a server and all tasks that need it. */
  | {readonly kind: 'tasks-given-up'; readonly tasks: readonly TaskLabel[]; readonly reason: string}
  | {readonly kind: 'warning'; readonly message: string}
  | {readonly kind: 'server-news'; readonly text: string}
  | {readonly kind: 'stopping'; readonly reason: string; readonly inFlight: number; readonly graceMs: number};

/** Name of a task for people: its number in the grid and its two names. */
export interface TaskLabel {
  readonly gridId: string | null;
  readonly index: number | null;
  readonly experiment: string;
  readonly benchmark: string;
  /** The word for its parts. */
  readonly units: 'questions' | 'trials';
}

/** Describes a task by its number and names. */
export function describeTask(label: Pick<TaskLabel, 'index' | 'benchmark' | 'experiment'>): string {
  return `${label.index === null ? '' : `task ${label.index} `}${shorten(`${label.benchmark}/${label.experiment}`, 90)}`;
}

export type OnEvent = (event: RunEvent) => void;

export interface ModelProgress {
  readonly name: string;
  readonly limit: number;
  readonly inFlight: number;
  readonly ready: number;
  /** Reason why nothing comes from it at the moment, if so. */
  readonly trouble: string | null;
}

/** The state of a run at one instant. */
export interface Progress {
  /** Word for its units. */
  readonly units: TaskLabel['units'];
  readonly tasks: {readonly total: number; readonly open: number; readonly finished: number; readonly stopped: number};
  readonly questions: {
    /** Number expected over all tasks. */
    readonly total: number;
    readonly succeeded: number;
    readonly failed: number;
    /** Number that succeeded before this run. */
    readonly carriedOver: number;
  };
  readonly requests: {
    readonly settled: number;
    readonly ready: number;
    readonly blocked: number;
    readonly inFlight: number;
    readonly retries: number;
    readonly errors: number;
  };
  readonly models: readonly ModelProgress[];
}

/** One request that waits for a slot, for the detailed view. */
export interface WaitingRequest {
  readonly questionId: string;
  readonly agentId: string;
  readonly round: number;
  readonly model: string;
  readonly retry: boolean;
}

/** Returns a listener whose errors are ignored. */
export function safely(listener: OnEvent): OnEvent {
  return event => {
    try {
      listener(event);
    } catch {
      // A broken display must not stop the run; the records have everything.
    }
  };
}
