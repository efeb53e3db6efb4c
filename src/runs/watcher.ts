import type {OnNotice} from '../backend/backend.ts';
import type {OnEvent, Progress, WaitingRequest} from '../execute/events.ts';

/** Answers how far a running pack is, at any moment. */
export interface ProgressSource {
  progress(): Progress;
  /** Returns the first requests in the order in which they will start. */
  waiting(count: number): readonly WaitingRequest[];
}

/** Shows tasks that run together: made when they begin, closed when they end. */
export interface RunWatcher {
  readonly onEvent: OnEvent;
  /** Receives what a backend reports about its server. */
  readonly onNotice: OnNotice;
  /** Called when the first task may start. */
  watch(source: ProgressSource): void;
  /** Must be quick and synchronous; may be called twice. */
  close(): void;
}
