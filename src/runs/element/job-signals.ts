import type {StopSwitch} from '../../execute/guards/stop.ts';

/** Signals that Slurm sends: USR2 some time before the time limit, TERM at the limit, at preemption and by scancel. */
export type JobSignal = 'USR2' | 'TERM';

/** A time limit that is reached while we are finishing up leaves KillWait, 30 s by default. */
const LAST_GRACE_MS = 5_000;

/**
 * Stops a job on Slurm's signals. The first one counts. TERM comes twice, from Slurm and from the batch shell that
 * forwards it, so that a repetition means nothing; TERM after USR2 means that time has run out.
 *
 * @param onFirst is told at once: a job may be killed before it has finished up.
 */
export function stopOnJobSignals(stop: StopSwitch, onFirst: (signal: JobSignal) => void): {restore: () => void} {
  let first: JobSignal | undefined;
  const handlers = (['SIGUSR2', 'SIGTERM', 'SIGINT'] as const).map(signal => {
    const handle = (): void => {
      const name = signal === 'SIGUSR2' ? 'USR2' : 'TERM';
      if (first === undefined) {
        first = name;
        stop.request({kind: 'signal', signal});
        onFirst(name);
      } else if (first === 'USR2' && name === 'TERM') {
        setTimeout(() => stop.expire(), LAST_GRACE_MS).unref();
      }
    };
    process.on(signal, handle);
    return {signal, handle};
  });
  return {restore: () => handlers.forEach(({signal, handle}) => process.removeListener(signal, handle))};
}
