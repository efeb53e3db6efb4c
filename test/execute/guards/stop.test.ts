import {expect, test} from 'vitest';

import {describeStop, StopSwitch} from '../../../src/execute/guards/stop.ts';

test('a stop has two steps, and its first cause counts', () => {
  const stop = new StopSwitch();
  expect([stop.cause, stop.requested.aborted, stop.expired.aborted]).toEqual([null, false, false]);
  stop.request({kind: 'signal', signal: 'SIGTERM'});
  stop.request({kind: 'fail-after', message: 'too many'});
  expect([stop.cause?.kind, stop.requested.aborted, stop.expired.aborted]).toEqual(['signal', true, false]);
  stop.expire();
  stop.expire();
  expect(stop.expired.aborted).toBe(true);
});

test('its cause is described by its signal or its message', () => {
  expect(describeStop({kind: 'signal', signal: 'SIGUSR2'})).toBe('stopped by SIGUSR2');
  expect(describeStop({kind: 'cannot-write', message: 'disk full'})).toBe('disk full');
});
