import {readdirSync, readFileSync} from 'node:fs';

/**
 * Whether a call of sbatch for a job of that name is still at work on this machine. It outlives a `mac submit` that was
 * killed, waits up to two minutes for a controller that is full, and may queue its job then. False where the system
 * does not tell (no /proc) and for calls on other machines.
 *
 * @param name unique: no other process has it among its arguments.
 */
export function isSbatchRunning(name: string): boolean {
  const argument = `--job-name=${name}`;
  return listProcessIds().some(pid => readArguments(pid).includes(argument));
}

function listProcessIds(): string[] {
  try {
    return readdirSync('/proc').filter(entry => /^\d+$/.test(entry));
  } catch {
    return [];
  }
}

function readArguments(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // it ended just now
  }
}
