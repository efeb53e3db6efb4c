import {resolve} from 'node:path';
import {execa} from 'execa';

/** The built command, as users run it. `npm test` builds it first. */
export const MAC = resolve(import.meta.dirname, '../../bin/mac.js');

export interface MacResult {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the real command in a process of its own, without the caller's MAC_ variables. */
export async function runMac(
  args: readonly string[],
  options: {readonly cwd: string; readonly env?: Readonly<Record<string, string>>; readonly signal?: AbortSignal},
): Promise<MacResult> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MAC_')));
  const {exitCode, stdout, stderr} = await execa(process.execPath, [MAC, ...args], {
    cwd: options.cwd,
    env: {...env, ...options.env},
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    ...(options.signal ? {cancelSignal: options.signal} : {}),
  });
  return {exitCode, stdout, stderr};
}
