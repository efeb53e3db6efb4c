import {readdirSync, readFileSync, readlinkSync} from 'node:fs';

import {readProcesses} from '../../core/process-stat.ts';
import {findTree, type ProcessTree} from './process-tree.ts';

/**
 * The owner of a port of this machine. `unknown`: the system does not tell (no /proc, or a process of the same user
 * that hides its open files, as some container starters do).
 */
export type PortOwner = 'nobody' | 'ours' | 'foreign' | 'unknown';

interface ListeningSocket {
  readonly inode: string;
  readonly uid: number;
}

/**
 * Finds out whether every socket that a connection to 127.0.0.1:`port` could reach belongs to a process tree. One is
 * not enough: with SO_REUSEPORT, which vLLM sets, two servers of one user can share a port, and the kernel distributes
 * the connections.
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

/** 127.0.0.1, any IPv4, any IPv6 and 127.0.0.1 as IPv6, as the kernel writes them on little-endian machines. */
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
  let isKnown = false;
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    let text: string;
    try {
      text = readFileSync(file, 'latin1');
    } catch {
      continue;
    }
    isKnown = true;
    for (const line of text.split('\n').slice(1)) {
      const [, local = '', , state, , , , uid, , inode] = line.trim().split(/\s+/);
      const [address = '', localPort] = local.split(':');
      if (state !== LISTEN || localPort !== wanted || !LOOPBACK_ADDRESSES.has(address) || inode === undefined) continue;
      sockets.push({inode, uid: Number(uid)});
    }
  }
  return isKnown ? sockets : null;
}

/** Lists the sockets that processes have open, as far as this user may see them. */
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
