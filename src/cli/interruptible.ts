import {StopSwitch} from '../execute/guards/stop.ts';
import type {CommandIo, ExitCode} from './io.ts';
import {stopOnSignals} from './signals.ts';

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
