import type {FailedOutcome} from '../core/conversation-outcome.ts';
import type {FailedAttempt, RecordedError} from '../record/formats.ts';

/** One agent's turn to speak; its prompt is fixed. */
export interface Turn {
  readonly agentIndex: number;
  readonly agentId: string;
  readonly model: string;
  readonly round: number;
  /** 0 the first time it is asked. */
  readonly attempt: number;
  /** The line at the prompt's end that says what was wrong with the last reply. */
  readonly feedback?: string;
  readonly system: string;
  readonly user: string;
  readonly answerSchema?: Readonly<Record<string, unknown>>;
}

/** The end of a conversation without a full set of answers. */
export interface FailedEnd {
  readonly outcome: FailedOutcome;
  readonly error: RecordedError;
}

/** The turn at which a conversation ended. */
export interface FailedTurn {
  readonly agentId: string;
  readonly round: number;
  /** The number of times it was asked. */
  readonly attempts: number;
  /** Its replies that were not usable; fewer than `attempts` when the backend gave up. */
  readonly failedAttempts: readonly FailedAttempt[];
}

/** A turn that was not asked again because the conversation had ended. */
export interface AbandonedTurn {
  readonly agentId: string;
  readonly failedAttempts: readonly FailedAttempt[];
}
