import {readFileSync} from 'node:fs';

import {addDescendants, listProc, readProcess, readProcesses, type ProcessInfo} from '../../core/process-stat.ts';

/** Processes that belong together: those below `roots`, in their sessions, or with `token` in their environment. */
export interface ProcessTree {
  readonly roots: readonly {readonly pid: number; readonly start: string | null}[];
  /** Beginning of one of the tokens in `TOKEN_VARIABLE`. */
  readonly token: string;
}

/** Set for every process tree and inherited by all that it starts: finds processes that left their process group. */
export const TOKEN_VARIABLE = 'MAC_PROCESS_TREE';

const TOKEN_SEPARATOR = ':';

/** Returns the value of `TOKEN_VARIABLE` for a new tree: in a tree of another `mac`, it is part of both. */
export function joinTokens(env: Readonly<Record<string, string | undefined>>, token: string): string {
  const outer = env[TOKEN_VARIABLE];
  return outer === undefined || outer === '' ? token : `${outer}${TOKEN_SEPARATOR}${token}`;
}

const POLL_MS = 50;
/** Longest time to wait after SIGKILL: a process that waits for a broken disk or driver may never end. */
const KILL_TIMEOUT_MS = 5_000;

/**
 * Ends a tree: SIGTERM to all of it, after `termMs` SIGKILL, until nothing of it is left.
 *
 * @param sleep in milliseconds; never rejects.
 * @returns processes that did not even end by SIGKILL.
 */
export async function stopTree(
  tree: ProcessTree,
  {termMs, sleep}: {readonly termMs: number; readonly sleep: (ms: number) => Promise<void>},
): Promise<readonly ProcessInfo[]> {
  if (listProc().length === 0) {
    for (const {pid} of tree.roots) await stopGroup(pid, {termMs, sleep});
    return [];
  }
  for (const [signal, patienceMs] of [
    ['SIGTERM', termMs],
    ['SIGKILL', KILL_TIMEOUT_MS],
  ] as const) {
    const signalled = new Set<string>();
    for (let waited = 0; waited <= patienceMs; waited += POLL_MS) {
      const left = findTree(tree);
      if (left.length === 0) return [];
      for (const process of left) sendOnce(process, signal, signalled);
      await sleep(POLL_MS);
    }
  }
  return findTree(tree);
}

/**
 * Ends the group of a process where the system does not list processes (no /proc): what has left it stays.
 *
 * @param pid of the group's first process.
 */
export async function stopGroup(
  pid: number,
  {termMs, sleep}: {readonly termMs: number; readonly sleep: (ms: number) => Promise<void>},
): Promise<void> {
  for (const [signal, patienceMs] of [
    ['SIGTERM', termMs],
    ['SIGKILL', KILL_TIMEOUT_MS],
  ] as const) {
    if (!signalGroup(pid, signal)) return;
    for (let waited = 0; waited <= patienceMs; waited += POLL_MS) {
      await sleep(POLL_MS);
      if (!signalGroup(pid, 0)) return;
    }
  }
}

/** Returns false when the group is gone. */
function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL' | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}

/** Sends a signal to each process once: some programs take a second SIGTERM as "at once". */
function sendOnce({pid, start}: ProcessInfo, signal: 'SIGTERM' | 'SIGKILL', signalled: Set<string>): void {
  const id = `${pid}/${start}`;
  if (signalled.has(id)) return;
  signalled.add(id);
  try {
    process.kill(pid, signal);
  } catch {
    // it has just ended by itself
  }
}

/** Finds the living processes of a tree; the caller and its parents are never part of it. */
export function findTree({roots, token}: ProcessTree): ProcessInfo[] {
  const all = readProcesses();
  const byPid = new Map(all.map(each => [each.pid, each]));
  // A root's pid is reused only when its whole session is gone; the session of the process that got it is not part of
  // the tree.
  const sessions = new Set(
    roots.filter(({pid, start}) => (byPid.get(pid)?.start ?? start) === start).map(({pid}) => pid),
  );
  const found = new Set<number>();
  for (const {pid, session} of all) if (sessions.has(session) || carriesToken(pid, token)) found.add(pid);
  // Add whatever they started, even if it cleared its environment.
  addDescendants(found, all);
  for (let self = byPid.get(process.pid); self; self = byPid.get(self.parent)) found.delete(self.pid);
  return [...found].flatMap(pid => byPid.get(pid) ?? []);
}

/** Returns when a process started, in clock ticks since boot; null when there is no such process, or no /proc. */
export function readStartTime(pid: number): string | null {
  return readProcess(pid)?.start ?? null;
}

function carriesToken(pid: number, token: string): boolean {
  const environment = readText(`/proc/${pid}/environ`) ?? '';
  const name = `\0${TOKEN_VARIABLE}=`;
  const at = `\0${environment}`.indexOf(name);
  if (at === -1) return false;
  const [value = ''] = environment.slice(at + name.length - 1).split('\0', 1);
  return value.split(TOKEN_SEPARATOR).some(each => each.startsWith(token));
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
