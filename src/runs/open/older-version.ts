import {packageVersion} from '../../core/version.ts';
import type {PackTask} from '../../execute/pack-task.ts';
import type {Caller} from '../caller.ts';

/**
 * Since this version an unchanged config sends and reads what it does now. To be raised whenever that changes outside
 * `compatibility: reference`.
 */
const COMPARABLE_SINCE = '0.2.0';

/** A grid of which more is about to be asked. */
export interface ContinuedGrid {
  readonly gridId: string;
  /** As its run recorded it: `0.1.0+g1a2b3c4d5e6f`; empty where nothing is known. */
  readonly version: string;
  /** Tasks that are about to be asked. */
  readonly tasks: readonly PackTask[];
}

/**
 * Warns of grids that began with a version which asked and read otherwise: what is asked now would not belong to what
 * they have recorded. Notes grids of the older system, which go on in its way.
 */
export function warnAboutOlderVersions(grids: Iterable<ContinuedGrid>, caller: Caller): void {
  for (const {gridId, version, tasks} of grids) {
    if (!isOlder(version, COMPARABLE_SINCE) || tasks.length === 0) continue;
    if (isAllReference(tasks)) {
      if (version === '') {
        caller.onNotice(
          `note: ${gridId} was begun by the older system and goes on in its way (compatibility: reference); ` +
            'to change that, write compatibility: default into its snapshots',
        );
      }
      continue;
    }
    caller.onNotice(
      `warning: ${gridId} began with ${version === '' ? 'a version that it does not name' : `mac ${version}`}, and this is ` +
        `mac ${packageVersion()}, which asks and reads otherwise: backend: openai sends temperature, top_p and the like, seeds ` +
        'differ from request to request, retries say what was wrong, and less is taken for an answer. For answers that belong ' +
        'together finish the grid with that version, or run it again (provenance.mac_version of each transcript tells which is which)',
    );
  }
}

/** Compares `MAJOR.MINOR.PATCH`, whatever follows; what is no version is before all. */
function isOlder(version: string, other: string): boolean {
  const [a, b] = [parseVersion(version), parseVersion(other)];
  return (a[0] - b[0] || a[1] - b[1] || a[2] - b[2]) < 0;
}

function parseVersion(version: string): [number, number, number] {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  return [Number(major ?? 0), Number(minor ?? 0), Number(patch ?? 0)];
}

/** Returns whether all tasks ask and read in the older system's way, which did not change. */
function isAllReference(tasks: readonly PackTask[]): boolean {
  return tasks.every(task => task.kind === 'trial' || task.load().config.compatibility === 'reference');
}
