import {describe, expect, it} from 'vitest';

import {runPython, type PythonOutcome} from '../../src/optimize/sandbox/run-python.ts';
import {untilNoneWith} from '../support/processes.ts';

function run(code: string, change: {wallSeconds?: number; python?: readonly string[]} = {}): Promise<PythonOutcome> {
  return runPython({
    python: ['python3'],
    code,
    entry: 'solve',
    args: ['input'],
    wallSeconds: 30,
    memoryMegabytes: 256,
    signal: new AbortController().signal,
    ...change,
  });
}

describe('a Python function of a model, in a child', () => {
  it('returns its value and its CPU time', async () => {
    const outcome = await run('def solve(text):\n    print("noise")\n    return [text, 1]');
    expect(outcome).toMatchObject({ok: true, value: ['input', 1], cpuSeconds: expect.any(Number)});
  });

  it.each([
    ['does not compile', 'def solve(:', 'error', 'SyntaxError'],
    ['is not there', 'x = 1', 'error', 'defines no function solve'],
    ['raises', 'def solve(text):\n    raise ValueError("no")', 'error', 'ValueError: no'],
    ['exits', 'import sys\ndef solve(text):\n    sys.exit(0)', 'error', 'SystemExit'],
    ['kills itself', 'import os\ndef solve(text):\n    os._exit(7)', 'died', 'exit code 7'],
    ['takes all memory', 'def solve(text):\n    return len(bytearray(2 * 1024**3))', 'error', 'MemoryError'],
    ['returns what JSON cannot hold', 'def solve(text):\n    return object()', 'error', 'TypeError'],
  ])('that %s is told apart', async (_, code, kind, problem) => {
    expect(await run(code)).toMatchObject({ok: false, kind, problem: expect.stringContaining(problem)});
  });

  it('that never ends is killed with its children', async () => {
    const marker = `sandbox-${process.pid}`;
    const code = `import subprocess, sys
def solve(text):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "${marker}"])
    while True: pass`;
    expect(await run(code, {wallSeconds: 2})).toMatchObject({ok: false, kind: 'timeout'});
    await untilNoneWith(marker);
  });

  it('without Python is absent', async () => {
    expect(await run('', {python: ['/nowhere/python3']})).toMatchObject({ok: false, kind: 'absent'});
  });
});
