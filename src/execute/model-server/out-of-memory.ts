import {readFileSync} from 'node:fs';
import {join} from 'node:path';

/** Returns whether a text about a server's end mentions memory, as engines, allocators and the kernel do. */
export function mentionsOutOfMemory(text: string): boolean {
  return /out of memory|OutOfMemoryError|Cannot allocate memory|MemoryError|oom[-_ ]?kill/i.test(text);
}

/** Returns whether a GPU's memory was too small: then more memory of the machine does not help. */
export function mentionsGpuOutOfMemory(text: string): boolean {
  return /torch\.(?:cuda\.)?OutOfMemoryError|\b(?:CUDA|HIP|XPU)\b[^\n]{0,40}\bout of memory|CUDA_ERROR_OUT_OF_MEMORY/i.test(
    text,
  );
}

/** Returns whether a server was killed for an unknown reason: by the kernel, an operator or the site's tools. */
export function mentionsSigkill(text: string): boolean {
  return /killed by SIGKILL|exit code 137\b/.test(text);
}

/**
 * Counts the processes that the kernel has killed for memory in the control group of this process, which in a Slurm job
 * is the job's; null where there are no such groups or they cannot be read.
 */
export function countOomKills(): number | null {
  for (const line of readText('/proc/self/cgroup').split('\n')) {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    const file =
      controllers === ''
        ? join('/sys/fs/cgroup', path, 'memory.events')
        : controllers.split(',').includes('memory')
          ? join('/sys/fs/cgroup/memory', path, 'memory.oom_control')
          : null;
    const count = file === null ? undefined : /^oom_kill (\d+)$/m.exec(readText(file))?.[1];
    if (count !== undefined) return Number(count);
  }
  return null;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
