import type {CommandIo} from '../../src/cli/io.ts';

/** The io of a command that runs in this process, and what it writes. */
export function aCommandIo(
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): {readonly io: CommandIo; readonly written: {stdout: string; stderr: string}} {
  const written = {stdout: '', stderr: ''};
  const output = (name: keyof typeof written) => ({
    write: (text: string) => void (written[name] += text),
    isTerminal: false,
    columns: 80,
  });
  const clock = {now: () => Date.UTC(2025, 0, 2), monotonic: () => 0, sleep: () => Promise.resolve()};
  return {io: {stdout: output('stdout'), stderr: output('stderr'), env, cwd, clock}, written};
}
