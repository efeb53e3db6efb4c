import {spawn, type ChildProcess} from 'node:child_process';
import {Socket} from 'node:net';
import {fileURLToPath} from 'node:url';

/**
 * A small process beside this one that ends our servers when we can no longer do it: it watches a pipe that only our
 * death closes.
 */
export interface Guard {
  /** Tells it of a server's first process. */
  watch(root: {readonly pid: number; readonly start: string | null}): void;
  /** Sends it away without ending anything. */
  dismiss(): void;
}

/** @param token begins the value of `TOKEN_VARIABLE` of every server of this process. */
export function startGuard(token: string): Guard {
  // Its own session, and no signal meant for us ends it (it ignores them); our output is not its, for a reader of our
  // output waits for its end.
  const child: ChildProcess = spawn(
    process.execPath,
    [fileURLToPath(new URL('guard-main.js', import.meta.url)), token],
    {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
    },
  );
  // A guard that is killed is missed only if we are killed as well.
  child.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return {
    watch: ({pid, start}) => void child.stdin?.write(`watch ${pid} ${start ?? '-'}\n`),
    dismiss: () => void child.stdin?.end('dismissed\n'),
  };
}
