import type {StopSwitch} from '../../execute/guards/stop.ts';

/**
 * After the grace period what was answered is written down and all is closed. A disk that takes longer than this for it
 * does not answer at all.
 */
const WRITE_TIMEOUT_MS = 10_000;

/**
 * Ends a stopped run, come what may: also while a write never returns.
 *
 * @param onLeave is called before; must be quick and synchronous.
 */
export function exitWhenDiskHangs(stop: StopSwitch, onLeave: () => void): {clear: () => void} {
  let timer: NodeJS.Timeout | null = null;
  const wait = (): void => {
    timer = setTimeout(() => {
      onLeave();
      killSelf(stop.cause?.kind === 'signal' && stop.cause.signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM');
    }, WRITE_TIMEOUT_MS);
  };
  stop.expired.addEventListener('abort', wait, {once: true});
  return {
    clear: () => {
      stop.expired.removeEventListener('abort', wait);
      if (timer) clearTimeout(timer);
    },
  };
}

/**
 * Ends the process as the signal would have: `process.exit` waits for calls to the system that are under way, and one
 * of them may never return from a disk that does not answer.
 */
function killSelf(signal: 'SIGINT' | 'SIGTERM'): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
