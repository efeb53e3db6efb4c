import {spawnSync} from 'node:child_process';
import {describe, expect, test} from 'vitest';

import {findErrorLine} from '../../../src/execute/trial/find-error-line.ts';

/** Returns lines as logs give them: none is blank, and indentation stays. */
function lines(text: string): string[] {
  return text.split('\n').filter(line => line.trim() !== '');
}

describe('the line in which a program says why it failed', () => {
  test.each([
    ['an error with properties and a cause', `throw Object.assign(new Error('no shard', {cause: Error('x')}), {n: 1})`],
    ['one in a promise', `Promise.reject(new Error('no shard'))`],
    ['one that it printed itself', `console.error(Object.assign(new Error('no shard'), {n: 1})); process.exit(1)`],
    [
      'one below a deep stack',
      `Error.stackTraceLimit = 100; const f = n => { if (n === 0) throw new Error('no shard'); f(n - 1) }; f(90)`,
    ],
  ])('of Node is that of the error: %s', (_name, script) => {
    const {stderr} = spawnSync(process.execPath, ['-e', script], {encoding: 'utf8'});
    expect(findErrorLine(lines(stderr))).toBe('Error: no shard');
  });

  test('of Node is what was thrown, also when that is no error', () => {
    const {stderr} = spawnSync(process.execPath, ['-e', `throw 'no shard'`], {encoding: 'utf8'});
    expect(findErrorLine(lines(stderr))).toBe('no shard');
  });

  test.each([
    [
      'Python',
      'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\nValueError: no shard',
      'ValueError: no shard',
    ],
    ['bash', 'starting\nx.sh: line 3: shard: command not found', 'x.sh: line 3: shard: command not found'],
    [
      'Rust',
      "thread 'main' (7) panicked at src/main.rs:2:5:\nno shard\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
      "thread 'main' (7) panicked at src/main.rs:2:5: no shard",
    ],
    [
      'Rust with a backtrace',
      "thread 'main' panicked at 'no shard', src/main.rs:2:5\nstack backtrace:\n   0: p::main\n             at ./p.rs:1\nnote: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.",
      "thread 'main' panicked at 'no shard', src/main.rs:2:5",
    ],
    [
      'Go',
      'panic: no shard\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/p.go:2 +0x28\nexit status 2',
      'panic: no shard',
    ],
    [
      'Java',
      'Exception in thread "main" java.io.IOException: no shard\n\tat P.main(P.java:1)\n\t... 3 more',
      'Exception in thread "main" java.io.IOException: no shard',
    ],
    [
      'Ruby',
      "x.rb:1:in `f': no shard (RuntimeError)\n\tfrom x.rb:3:in `<main>'",
      "x.rb:1:in `f': no shard (RuntimeError)",
    ],
    ['R', 'Error in f() : no shard\nCalls: f -> g\nExecution halted', 'Error in f() : no shard'],
    ['srun', 'no shard\nsrun: error: n1: task 0: Exited with exit code 3', 'no shard'],
    ['nothing but a stack', '    at f (x.js:1:1)', 'at f (x.js:1:1)'],
    ['JSON at its end', '{\n  "n": 1\n}', '}'],
  ])('of %s', (_name, text, line) => {
    expect(findErrorLine(lines(text))).toBe(line);
  });

  test('is none of a program that printed nothing', () => {
    expect(findErrorLine([])).toBeUndefined();
  });
});
