import {readFile, realpath, statfs} from 'node:fs/promises';

import {fail, ok, warn, type Finding} from '../../core/finding.ts';
import {pathInside} from '../../core/path-inside.ts';

/** Filesystems that other machines see under the same path, as far as their kind tells. */
const NETWORKED =
  /^(?:nfs4?|lustre|gpfs|beegfs|ceph|cifs|smb3?|afs|panfs|wekafs|9p|orangefs|fuse\.(?:sshfs|glusterfs|ceph.*|beegfs.*|juicefs|gcsfuse|s3fs|mfs.*)|fhgfs.*)$/;
const IN_MEMORY = /^(?:tmpfs|ramfs)$/;

/** The filesystem mounted where a path lies. */
export interface Mount {
  readonly point: string;
  /** As the kernel names it: `ext4`, `nfs4`, `lustre`; `unknown` where it does not tell. */
  readonly kind: string;
}

/** Finds the filesystem of a path that exists. */
export async function readMount(path: string): Promise<Mount> {
  const real = await realpath(path);
  const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  return findMount(table, real);
}

/** @param table as in proc_pid_mountinfo(5). */
export function findMount(table: string, path: string): Mount {
  let found: Mount = {point: '/', kind: 'unknown'};
  for (const line of table.split('\n')) {
    const [before = '', after] = line.split(' - ');
    const point = before
      .split(' ')[4]
      ?.replace(/\\(\d{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    if (after === undefined || point === undefined) continue;
    // A later mount at the same place hides an earlier one.
    if (pathInside(point, path) !== null && point.length >= found.point.length)
      found = {point, kind: after.split(' ')[0] ?? 'unknown'};
  }
  return found;
}

export function isShared({kind}: Mount): boolean {
  return NETWORKED.test(kind);
}

/** Checks whether nodes of a cluster can see the folder, judged by the kind of its filesystem. */
export async function checkMount(folder: string, hasSlurm: boolean): Promise<Finding> {
  const mount = await readMount(folder);
  const found = `${mount.kind} at ${mount.point}`;
  if (IN_MEMORY.test(mount.kind)) {
    return warn('filesystem', `${found}: in memory`, 'records are gone after a reboot: use a folder on a disk');
  }
  if (!hasSlurm || isShared(mount)) return ok('filesystem', found);
  return warn(
    'filesystem',
    `${found}: perhaps of this machine only`,
    'jobs need to see it under this very path; mac doctor --deep tries it',
  );
}

const LOW_BYTES = 2e9;
const CRITICAL_BYTES = 50e6;
const LOW_FILES = 20_000;
const CRITICAL_FILES = 200;

/** Checks free space and inodes; a quota shows only where the filesystem counts it as free space. */
export async function checkSpace(folder: string): Promise<Finding[]> {
  const {bavail, bsize, files, ffree} = await statfs(folder);
  return [spaceFinding(bavail * bsize), ...(files === 0 ? [] : [filesFinding(ffree)])];
}

function spaceFinding(bytes: number): Finding {
  const found = `${bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`} free`;
  const advice = 'free some space; a conversation takes about 10 KB';
  if (bytes < CRITICAL_BYTES) return fail('space', found, advice);
  return bytes < LOW_BYTES ? warn('space', found, advice) : ok('space', found);
}

function filesFinding(count: number): Finding {
  const found = `${count} files can be made`;
  const advice = 'remove files you do not need, or ask for more inodes; a conversation takes one';
  if (count < CRITICAL_FILES) return fail('inodes', found, advice);
  return count < LOW_FILES ? warn('inodes', found, advice) : ok('inodes', found);
}
