import {StopSwitch} from '../execute/guards/stop.ts';
import type {CommandIo, ExitCode} from './io.ts';

const EXIT_CODES = {SIGINT: 130, SIGTERM: 143} as const;

/**
 * Asks the run to stop at the first Ctrl-C or SIGTERM, and leaves at once at the second, which is safe: everything on
 * disk is consistent at any instant.
 *
 * @param onLeave called before leaving at once; must be quick and synchronous.
 */
export function stopOnSignals(stop: StopSwitch, onLeave: () => void): {restore: () => void} {
  const handlers = (['SIGINT', 'SIGTERM'] as const).map(signal => {
    const handle = (): void => {
      if (!stop.cause) {
        stop.request({kind: 'signal', signal});
        return;
      }
      onLeave();
      // A disk that does not answer holds up even this, but then not a third signal.
      process.removeListener(signal, handle);
      // eslint-disable-next-line no-restricted-syntax -- the second signal asks for exactly this
      process.exit(EXIT_CODES[signal]);
    };
    process.on(signal, handle);
    return {signal, handle};
  });
  return {restore: () => handlers.forEach(({signal, handle}) => process.removeListener(signal, handle))};
}

/**
 * Runs work that Ctrl-C and SIGTERM may end early; it must leave nothing behind then.
 *
 * @param work throws anything soon after the signal aborts.
 */
export async function runInterruptibly(
  io: CommandIo,
  work: (signal: AbortSignal) => Promise<ExitCode>,
): Promise<ExitCode> {
  const stop = new StopSwitch();
  const signals = stopOnSignals(stop, () => undefined);
  try {
    return await work(stop.requested);
  } catch (error) {
    if (stop.cause?.kind !== 'signal') throw error;
    io.stderr.write('interrupted; nothing was written\n');
    return stop.cause.signal === 'SIGINT' ? 130 : 143;
  } finally {
    signals.restore();
  }
}
