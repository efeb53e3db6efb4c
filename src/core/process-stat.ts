import {readdirSync, readFileSync} from 'node:fs';

/** The fields of a process in /proc/PID/stat (proc(5)) that tell who it is. */
export interface ProcessStat {
  readonly parent: number;
  readonly session: number;
  /** Clock ticks since boot: a pid that was reused has another start. */
  readonly start: string;
}

/** A living process. */
export interface ProcessInfo extends ProcessStat {
  readonly pid: number;
}

/** Lists all processes that are not zombies; none where there is no /proc. */
export function readProcesses(): ProcessInfo[] {
  return listProc()
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => readProcess(Number(name)) ?? []);
}

/** Reads a process; undefined when there is no such process, when it is a zombie, and where there is no /proc. */
export function readProcess(pid: number): ProcessInfo | undefined {
  try {
    const stat = parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    return stat ? {pid, ...stat} : undefined;
  } catch {
    return undefined;
  }
}

/** Lists the names in /proc; none on systems without it. */
export function listProc(): string[] {
  try {
    return readdirSync('/proc');
  } catch {
    return [];
  }
}

/** Adds to a set of pids those of all processes that descend from them. */
export function addDescendants(found: Set<number>, processes: readonly ProcessInfo[]): void {
  // Parents may have higher pids than their children.
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const {pid, parent} of processes) if (found.has(parent)) found.add(pid);
  }
}

/** Parses the text of /proc/PID/stat. Returns null for a process that has ended, as a zombie has. */
export function parseProcessStat(text: string): ProcessStat | null {
  // The second field is the program's name in parentheses and may itself contain spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent, , session] = fields;
  const start = fields[19];
  if (state === 'Z' || state === 'X' || start === undefined) return null;
  return {parent: Number(parent), session: Number(session), start};
}
