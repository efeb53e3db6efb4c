import {basename} from 'node:path';

/** Returns the name that is meant by a config, be it given with its folder and ending. */
export function toConfigName(selector: string): string {
  return basename(selector).replace(/\.(?:ya?ml|json|[cm]?[jt]s)$/, '');
}

/** Returns what a submitted config can be called by: the name of its snapshot, and its own without the time. */
export function configNames(snapshotPath: string): string[] {
  const snapshot = toConfigName(snapshotPath);
  const own = snapshot.replace(/_\d{8}T\d{6}\.\d{3}Z$/, '');
  return own === snapshot ? [snapshot] : [snapshot, own];
}

/** Returns the name of a submitted config without the time: that of its file, without its last ending. */
export function ownConfigName(snapshotPath: string): string {
  return configNames(snapshotPath).at(-1) ?? '';
}
