import {basename, dirname, isAbsolute, resolve} from 'node:path';

import type {Layout} from '../layout.ts';

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

/**
 * Keeps what was run from the folder that a path names, be it only the end of its path: files of many folders are
 * called `study.yaml`.
 */
export function keepFolder<Run extends {readonly folder?: string | undefined}>(
  layout: Layout,
  path: string,
  runs: readonly Run[],
): readonly Run[] {
  if (!path.includes('/')) return runs;
  const folder = dirname(path);
  const whole = resolve(layout.workspace, folder);
  const same = runs.filter(run => run.folder === undefined || run.folder === whole);
  if (same.length > 0 || isAbsolute(folder)) return same;
  return runs.filter(run => run.folder?.endsWith(`/${folder}`) === true);
}
