import {beforeEach, describe, expect, test, vi} from 'vitest';

import {
  countOomKills,
  mentionsGpuOutOfMemory,
  mentionsOutOfMemory,
  mentionsSigkill,
} from '../../../src/execute/model-server/out-of-memory.ts';
import {describeExit} from '../../../src/execute/process/detached-process.ts';

const files = vi.hoisted(() => new Map<string, string>());

vi.mock('node:fs', async importOriginal => ({
  ...(await importOriginal<object>()),
  readFileSync: (path: string): string => {
    const text = files.get(path);
    if (text === undefined) throw new Error('ENOENT');
    return text;
  },
}));

beforeEach(() => files.clear());

test.each([
  ['torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB', true],
  ['RuntimeError: [enforce fail] . DefaultCPUAllocator: Cannot allocate memory', true],
  ['Memory cgroup out of memory: Killed process 7', true],
  [describeExit({code: null, signal: 'SIGKILL'}), false],
  [`the server ${describeExit({code: 137, signal: null})}`, false],
  [describeExit({code: 1, signal: null}), false],
  ['ValueError: the memory utilisation must be below 1', false],
])('%s speaks of memory: %s', (text, expected) => {
  expect(mentionsOutOfMemory(text)).toBe(expected);
});

test.each([
  ['torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB', true],
  ['torch.cuda.OutOfMemoryError: HIP out of memory', true],
  ['RuntimeError: CUDA error: out of memory', true],
  ['RuntimeError: [enforce fail] . DefaultCPUAllocator: Cannot allocate memory', false],
  ['CUDA_VISIBLE_DEVICES=0\nMemory cgroup out of memory: Killed process 7', false],
])('%s speaks of the memory of a GPU: %s', (text, expected) => {
  expect(mentionsGpuOutOfMemory(text)).toBe(expected);
});

test('a kill is no proof of anything, but it is told', () => {
  expect(mentionsSigkill(`the server ${describeExit({code: null, signal: 'SIGKILL'})}`)).toBe(true);
  expect(mentionsSigkill(`the server ${describeExit({code: 137, signal: null})}`)).toBe(true);
  expect(mentionsSigkill(`the server ${describeExit({code: null, signal: 'SIGTERM'})}`)).toBe(false);
});

describe('kills for memory are counted', () => {
  test('in the control group of version 2', () => {
    files.set('/proc/self/cgroup', '0::/system.slice/slurm/job_7\n');
    files.set('/sys/fs/cgroup/system.slice/slurm/job_7/memory.events', 'low 0\noom 3\noom_kill 2\n');
    expect(countOomKills()).toBe(2);
  });

  test('and of version 1, by its memory controller', () => {
    files.set('/proc/self/cgroup', '5:cpu,cpuacct:/x\n4:memory:/slurm/job_7\n');
    files.set('/sys/fs/cgroup/memory/slurm/job_7/memory.oom_control', 'oom_kill_disable 0\nunder_oom 0\noom_kill 1\n');
    expect(countOomKills()).toBe(1);
  });

  test('but not where there is no such group, or it cannot be read', () => {
    expect(countOomKills()).toBeNull();
    files.set('/proc/self/cgroup', '5:cpu,cpuacct:/x\n0::/y\n');
    expect(countOomKills()).toBeNull();
  });
});
