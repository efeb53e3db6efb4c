import {readdirSync, readFileSync} from 'node:fs';

import {parseProcessStat} from '../../core/process-stat.ts';

/**
 * Kills a process and all that descends from it. What had left the tree before (a daemon) is not found; the executor of
 * the job ends the job's whole process group after it.
 */
export function killTree(pid: number): void {
  for (const each of [...findDescendants(pid), pid]) {
    try {
      process.kill(each, 'SIGKILL');
    } catch {
      // It has just ended by itself.
    }
  }
}

function findDescendants(root: number): number[] {
  const parents = readParents();
  const found = new Set([root]);
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
  }
  found.delete(root);
  return [...found];
}

/** Reads /proc; empty on systems without it. */
function readParents(): Map<number, number> {
  const parents = new Map<number, number>();
  try {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const parent = readParent(name);
      if (parent !== undefined) parents.set(Number(name), parent);
    }
  } catch {
    return parents;
  }
  return parents;
}

function readParent(pid: string): number | undefined {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.parent;
  } catch {
    return undefined;
  }
}
