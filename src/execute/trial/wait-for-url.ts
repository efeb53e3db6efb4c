import {createTransport, type Transport} from '../../backend/http/transport.ts';
import {TransportError} from '../../backend/http/transport-error.ts';
import {sleepUnlessAborted, type Clock} from '../../core/clock.ts';
import {UserError} from '../../core/errors.ts';

export interface UrlWait {
  readonly url: string;
  /** Longest time to wait. */
  readonly limitSeconds: number;
  /** Returns why it can never answer; null while it may. Asked before and after each request. */
  readonly findFault: () => string | null;
  /** Ends a pause: then the fault is looked for at once. */
  readonly ended: Promise<unknown>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** One line for people. */
  readonly onNews: (text: string) => void;
}

/** Longest time for one answer: a server that takes a request and is silent must not use up the whole time. */
const ANSWER_MS = 5_000;
const FIRST_POLL_MS = 25;
const MAX_POLL_MS = 1_000;
const NEWS_MS = 30_000;

/**
 * Asks an address until it answers 2xx or 3xx.
 *
 * @returns what is wrong; null when it answered so, or `signal` aborted.
 * @throws UserError `service-failed` when it is no address.
 */
export async function waitForUrl(wait: UrlWait): Promise<string | null> {
  const {url, clock, signal} = wait;
  requireUrl(url);
  const transport = createTransport({connections: 1, timeoutMs: ANSWER_MS});
  const over = new AbortController();
  void wait.ended.then(() => over.abort());
  try {
    return await poll(wait, transport, AbortSignal.any([signal, over.signal]), clock.monotonic());
  } finally {
    await transport.close();
  }
}

async function poll(wait: UrlWait, transport: Transport, wake: AbortSignal, startMs: number): Promise<string | null> {
  const {url, limitSeconds, findFault, clock, signal, onNews} = wait;
  let newsMs = NEWS_MS;
  for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(MAX_POLL_MS, pollMs * 1.2)) {
    const before = findFault();
    if (before !== null) return before;
    const notReady = await ask(url, transport, wake);
    const after = findFault();
    if (after !== null) return after;
    if (notReady === null || signal.aborted) return null;
    const elapsedMs = clock.monotonic() - startMs;
    if (elapsedMs >= limitSeconds * 1000) return `was not ready within ${limitSeconds} s: ${notReady}`;
    if (elapsedMs >= newsMs) {
      newsMs += NEWS_MS;
      onNews(`server: not ready yet after ${Math.round(elapsedMs / 1000)} s: ${notReady}`);
    }
    await sleepUnlessAborted(clock, Math.min(pollMs, limitSeconds * 1000 - elapsedMs), wake);
  }
}

/** Asks once. Returns null for an answer of 2xx or 3xx, else in words why it is not ready. */
async function ask(url: string, transport: Transport, signal: AbortSignal): Promise<string | null> {
  try {
    const {status} = await transport.send(url, {signal});
    return status >= 200 && status < 400 ? null : `${url} answers ${status}`;
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    return `${url}: ${error.message}`;
  }
}

function requireUrl(url: string): void {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return;
  throw new UserError('service-failed', `the ready URL ${JSON.stringify(url)} is no http address`, {
    hint: 'e.g. http://127.0.0.1:{port}/health',
  });
}
