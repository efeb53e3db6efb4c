import {spawn, type ChildProcess} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {Socket} from 'node:net';
import {fileURLToPath} from 'node:url';

/** A small process that ends what this one started if it is killed, which it sees by a pipe that closes. */
export interface Guard {
  /** Names the first process of a tree. */
  watch(root: {readonly pid: number; readonly start: string | null}): void;
  /** Ends the guard, and nothing else. */
  dismiss(): void;
}

/** @param token beginning of the tokens of every tree that it guards. */
export function startGuard(token: string): Guard {
  // It has a session of its own and ignores signals, so that none meant for this process ends it. It does not share
  // this process's output, because readers of that wait for its end.
  const child: ChildProcess = spawn(
    process.execPath,
    [fileURLToPath(new URL('guard-main.js', import.meta.url)), token],
    {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
    },
  );
  // A guard that cannot start or is killed is missed only if this process is killed as well.
  child.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return {
    watch: ({pid, start}) => void child.stdin?.write(`watch ${pid} ${start ?? '-'}\n`),
    dismiss: () => void child.stdin?.end('dismissed\n'),
  };
}

let shared: (Guard & {readonly token: string}) | undefined;

/**
 * Returns the guard of all programs that this process runs to their ends, started with the first of them. It is never
 * dismissed: when this process ends in whatever way, nothing of them is to be left.
 */
export function processGuard(): Guard & {readonly token: string} {
  if (shared) return shared;
  const token = `${randomUUID()}.`;
  shared = {...startGuard(token), token};
  return shared;
}
