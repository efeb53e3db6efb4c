import {shorten} from '../core/text/amounts.ts';
import type {ConversationOutcome, OutcomeCounts} from '../core/conversation-outcome.ts';

/**
 * What the executor tells whoever watches. Counters that change thousands of times a second are polled (`Progress`),
 * not sent.
 */
export type RunEvent =
  | {readonly kind: 'run-started'; readonly tasks: number; readonly questions: number}
  | {readonly kind: 'task-started'; readonly task: TaskLabel; readonly pending: number; readonly total: number}
  | {
      readonly kind: 'conversation-failed';
      readonly task: TaskLabel;
      readonly questionId: string;
      readonly outcome: ConversationOutcome;
      /** The question is done all the same. */
      readonly isFinal: boolean;
      readonly reason: string;
    }
  | {
      readonly kind: 'task-finished';
      readonly task: TaskLabel;
      readonly succeeded: number;
      readonly failed: number;
      readonly total: number;
      /** How those of all its questions ended that did not succeed. */
      readonly outcomes: OutcomeCounts;
      readonly summaryPath: string;
    }
  | {readonly kind: 'task-stopped'; readonly task: TaskLabel; readonly reason: string; readonly left: number}
  | {readonly kind: 'task-refused'; readonly task: TaskLabel; readonly reason: string}
  /** Of one server for all tasks that need it. */
  | {readonly kind: 'tasks-given-up'; readonly tasks: readonly TaskLabel[]; readonly reason: string}
  | {readonly kind: 'warning'; readonly message: string}
  | {readonly kind: 'server-news'; readonly text: string}
  | {readonly kind: 'stopping'; readonly reason: string; readonly inFlight: number; readonly graceMs: number};

/** How a task is named to people: its number in the grid and its two names. */
export interface TaskLabel {
  readonly gridId: string | null;
  readonly index: number | null;
  readonly experiment: string;
  readonly benchmark: string;
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
  /** Why nothing comes from it at the moment, if so. */
  readonly trouble: string | null;
}

/** The state of a run at one instant. */
export interface Progress {
  readonly tasks: {readonly total: number; readonly open: number; readonly finished: number; readonly stopped: number};
  readonly questions: {
    /** Of the opened and finished tasks; the rest is known once they are opened. */
    readonly total: number;
    readonly succeeded: number;
    readonly failed: number;
    /** Succeeded before this run. */
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

/** A listener's fault must not stop the engine. */
export function safely(listener: OnEvent): OnEvent {
  return event => {
    try {
      listener(event);
    } catch {
      // A broken view is the view's problem: the work goes on and the records tell the story.
    }
  };
}
