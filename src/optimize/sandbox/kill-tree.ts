import {addDescendants, readProcesses} from '../../core/process-stat.ts';

/**
 * Kills a process and all that descends from it. What had left the tree before (a daemon) is not found; the executor of
 * the job ends the job's whole process group after it.
 */
export function killTree(root: number): void {
  const found = new Set([root]);
  addDescendants(found, readProcesses());
  found.delete(root);
  for (const pid of [...found, root]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has just ended by itself.
    }
  }
}
