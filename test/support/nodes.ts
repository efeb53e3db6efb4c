import {execFileSync} from 'node:child_process';
import {execa} from 'execa';

import {MAC} from './mac.ts';

/**
 * True if this process may give its children a host name of their own; tests that need it say loudly that they skip.
 */
export const CAN_BE_NODES = canBeNodes();

/**
 * Runs the command as if on the node of this name: its leases cannot be judged by looking at local processes. The pid
 * is the command's own.
 */
export function macOnNode(
  node: string,
  args: readonly string[],
  options: {cwd: string; env?: Readonly<Record<string, string>>},
) {
  const command = ['--uts', 'sh', '-c', 'hostname "$0" && exec "$@"', node, process.execPath, MAC, ...args];
  return execa('unshare', command, {cwd: options.cwd, env: {...options.env}, reject: false});
}

function canBeNodes(): boolean {
  try {
    execFileSync('unshare', ['--uts', 'sh', '-c', 'hostname a-node'], {stdio: 'pipe'});
    return true;
  } catch {
    return false;
  }
}
