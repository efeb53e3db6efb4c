import {existsSync, readdirSync, readFileSync} from 'node:fs';

/** Processes whose command line holds a text, zombies left out. */
export function processesWith(text: string): {pid: number; command: string}[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap(name => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return command.includes(text) ? [{pid: Number(name), command}] : [];
      } catch {
        return [];
      }
    });
}

/** Waits until no process has a text in its command line. Fails with those that do after `seconds`. */
export async function untilNoneWith(text: string, seconds = 120): Promise<void> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const left = processesWith(text);
    if (left.length === 0) return;
    if (performance.now() > end) throw new Error(`still there: ${left.map(({command}) => command).join('\n')}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

/** @returns false for one that has ended meanwhile. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/**
 * Returns whether any thread of a process runs or waits for a disk. Otherwise the process waits for a timer or for
 * others, or has ended.
 */
export function isBusy(pid: number): boolean {
  const folder = `/proc/${pid}/task`;
  try {
    return readdirSync(folder).some(id => /^[^)]*\) [RD]/.test(readFileSync(`${folder}/${id}/stat`, 'utf8')));
  } catch {
    return existsSync(folder); // a thread ended while it was looked at
  }
}
