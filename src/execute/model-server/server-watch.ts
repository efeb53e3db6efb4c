import {sleepUnlessAborted, type Clock} from '../../core/clock.ts';
import {describeExit, type DetachedProcess} from '../process/detached-process.ts';
import type {ServerProbe} from './probe-server.ts';

/** Counts of the calls that this process makes to a server. */
export interface CallCount {
  /** Calls in flight. */
  inFlight: number;
  /** Calls that were answered so far. */
  answered: number;
}

export interface WatchOptions {
  readonly server: DetachedProcess;
  readonly probe: ServerProbe;
  readonly calls: CallCount;
  readonly clock: Clock;
  readonly hangMs: number;
  /** Ends the watching. */
  readonly signal: AbortSignal;
  /** Called before each pause with a function that ends it, for callers who find the server unresponsive. */
  readonly onPause: (lookNow: () => void) => void;
  /** Returns whether an answer of the server said that its engine is dead. */
  readonly isEngineDead: () => boolean;
}

const CHECK_INTERVAL_MS = 5_000;
const RECHECK_INTERVAL_MS = 500;
/** Checks in a row that must be bad: one may come at a moment at which the server has no connection left. */
const MAX_BAD_CHECKS = 3;

/**
 * Watches a server that is ready.
 *
 * @returns in words what is wrong with it: its process ended, its health is bad, or it hangs. null when `signal`
 * aborted.
 */
export async function watchServer(options: WatchOptions): Promise<string | null> {
  const {server, probe, clock, hangMs, signal} = options;
  const exit = server.exit.then(describeExit);
  const progress = new ProgressWatch(clock.monotonic());
  let bad = 0;
  const isOver = (): boolean => signal.aborted;
  while (!isOver()) {
    const pause = bad > 0 ? RECHECK_INTERVAL_MS : Math.min(CHECK_INTERVAL_MS, hangMs / 4);
    const ended = await Promise.race([exit, pauseBetweenChecks(pause, options)]);
    if (isOver()) return null;
    if (ended !== null) return ended;
    if (options.isEngineDead()) return 'says that its engine is dead';
    const health = await Promise.race([exit, probe.health()]);
    if (typeof health === 'string') return health;
    bad = health.kind === 'bad' ? bad + 1 : 0;
    if (health.kind === 'bad' && bad >= MAX_BAD_CHECKS) return `is not well: ${health.what}`;
    const activity = health.kind === 'good' ? await probe.activity() : null;
    const idleMs = progress.measureIdleMs(clock.monotonic(), {
      requests: Math.max(activity?.requests ?? 0, options.calls.inFlight),
      work: (activity?.work ?? 0) + options.calls.answered,
    });
    if (idleMs >= hangMs) return `hangs: it has requests and has made no progress for ${Math.round(idleMs / 1000)} s`;
  }
  return null;
}

/** Measures how long a server with requests has made no progress. An engine that hangs still answers /health. */
export class ProgressWatch {
  #sinceMs: number;
  #work: number | null = null;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** Returns the milliseconds since the server last had nothing to do or made progress. */
  measureIdleMs(nowMs: number, {requests, work}: {readonly requests: number; readonly work: number}): number {
    if (requests === 0 || work !== this.#work) this.#sinceMs = nowMs;
    this.#work = work;
    return nowMs - this.#sinceMs;
  }
}

async function pauseBetweenChecks(ms: number, {clock, signal, onPause}: WatchOptions): Promise<null> {
  const over = new AbortController();
  onPause(() => over.abort());
  await sleepUnlessAborted(clock, ms, AbortSignal.any([signal, over.signal]));
  return null;
}
