import {readdirSync, readFileSync, readlinkSync} from 'node:fs';

import {findTree, readProcesses, type ProcessTree} from './process-tree.ts';

/**
 * Who listens on a port of this machine: `unknown` where the system does not tell (no /proc, or a process of our own
 * user that hides what it has open, as some container starters do).
 */
export type PortOwner = 'nobody' | 'ours' | 'foreign' | 'unknown';

interface ListeningSocket {
  readonly inode: string;
  readonly uid: number;
}

/**
 * Whether the sockets that a connection to 127.0.0.1:`port` could reach belong to a process tree: all of them, for with
 * SO_REUSEPORT (which vLLM sets) two servers of one user can share a port, and the kernel deals the connections out.
 */
export function findPortOwner(port: number, tree: ProcessTree): PortOwner {
  const sockets = listListeningSockets(port);
  if (sockets === null) return 'unknown';
  if (sockets.length === 0) return 'nobody';
  const ours = new Set(findTree(tree).map(({pid}) => pid));
  const own = listSocketInodes(ours);
  const others = sockets.filter(({inode}) => !own.has(inode));
  if (others.length === 0) return 'ours';
  if (others.some(({uid}) => uid !== process.getuid?.())) return 'foreign';
  const elsewhere = listSocketInodes(
    readProcesses()
      .map(({pid}) => pid)
      .filter(pid => !ours.has(pid)),
  );
  return others.some(({inode}) => elsewhere.has(inode)) ? 'foreign' : 'unknown';
}

/**
 * 127.0.0.1, all of IPv4, all of IPv6, and 127.0.0.1 seen through IPv6, as the kernel writes them on little-endian
 * machines.
 */
const LOOPBACK_ADDRESSES = new Set([
  '0100007F',
  '00000000',
  '00000000000000000000000000000000',
  '0000000000000000FFFF00000100007F',
]);
const LISTEN = '0A';

function listListeningSockets(port: number): ListeningSocket[] | null {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const sockets: ListeningSocket[] = [];
  let isTold = false;
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    let text: string;
    try {
      text = readFileSync(file, 'latin1');
    } catch {
      continue;
    }
    isTold = true;
    for (const line of text.split('\n').slice(1)) {
      const [, local = '', , state, , , , uid, , inode] = line.trim().split(/\s+/);
      const [address = '', localPort] = local.split(':');
      if (state !== LISTEN || localPort !== wanted || !LOOPBACK_ADDRESSES.has(address) || inode === undefined) continue;
      sockets.push({inode, uid: Number(uid)});
    }
  }
  return isTold ? sockets : null;
}

/** The sockets that processes have open, as far as we may see it. */
function listSocketInodes(pids: Iterable<number>): Set<string> {
  const inodes = new Set<string>();
  for (const pid of pids) {
    for (const name of tryOr(() => readdirSync(`/proc/${pid}/fd`), [])) {
      const inode = /^socket:\[(\d+)\]$/.exec(tryOr(() => readlinkSync(`/proc/${pid}/fd/${name}`), ''))?.[1];
      if (inode !== undefined) inodes.add(inode);
    }
  }
  return inodes;
}

function tryOr<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
