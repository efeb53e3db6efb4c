import {expect, test} from 'vitest';

import {parseProcessStat} from '../../src/core/process-stat.ts';

/** /proc/PID/stat with fields 1 to 22 as in proc(5); the others do not matter here. */
function stat(name: string, state: string): string {
  return `7 (${name}) ${state} 3 4 5 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 123456 0 0`;
}

test.each(['bash', 'a b', 'x) S 1 1 1', '(sd-pam)'])('a process is parsed whatever its program is called: %s', name => {
  expect(parseProcessStat(stat(name, 'S'))).toEqual({parent: 3, session: 5, start: '123456'});
});

test.each(['Z', 'X'])('a process in state %s has ended', state => {
  expect(parseProcessStat(stat('bash', state))).toBeNull();
});
