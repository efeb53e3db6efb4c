import {systemClock, type Clock} from '../../src/core/clock.ts';

/** A clock that runs `speed` times as fast as the machine's: minutes of patience take seconds. */
export function fastClock(speed: number): Clock {
  return {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic() * speed,
    sleep: (ms, signal) => systemClock.sleep(ms / speed, signal),
  };
}
