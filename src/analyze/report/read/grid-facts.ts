import {readFile} from 'node:fs/promises';
import {basename} from 'node:path';

import {renderSnapshotYaml} from '../../../record/grid/snapshots.ts';
import {readCurrentManifest, type GridManifest} from '../../../record/grid/grid-manifest.ts';
import {listActiveRuns} from '../../../record/grid/active-runs.ts';
import {listArchivedGrids} from '../../../record/grid/archive.ts';
import type {Layout} from '../../../record/layout.ts';
import type {KnownTask} from '../../records/recorded-tasks.ts';
import type {Selection} from '../../select/select-tasks.ts';

/** One repetition of a submitted config, from its manifest. */
export interface GridFacts {
  readonly id: string;
  readonly config: string;
  /** As in the tasks' configs. */
  readonly snapshotPath: string;
  readonly submittedAt: string;
  /** Null while tasks are left. */
  readonly completedAt: string | null;
  readonly repetition: number;
  readonly repetitions: number;
  /** Empty in manifests of the older system. */
  readonly macVersion: string;
  readonly questionLimit: number | null;
  readonly tasks: {readonly planned: number; readonly succeeded: number; readonly begun: number};
  /** Number of stopped tasks by reason. */
  readonly reasons: ReadonlyMap<string, number>;
}

/** A config as submitted, or the nearest that records have. */
export interface ConfigText {
  readonly name: string;
  readonly text: string;
}

export interface Grids {
  readonly grids: readonly GridFacts[];
  readonly configs: readonly ConfigText[];
}

/** Reads the selected tasks' grids. The older system deleted manifests of finished ones; only tasks remain of those. */
export async function readGrids(layout: Layout, selection: Selection): Promise<Grids> {
  const snapshots = new Set(selection.tasks.map(({gridSnapshotPath}) => gridSnapshotPath));
  const named = new Set(selection.name.split(', '));
  const grids: GridFacts[] = [];
  const configs = new Map<string, string>();
  const isSelected = (id: string, snapshot: string): boolean =>
    named.has(id) || (snapshots.has(snapshot) && ![...named].some(name => /^\d{8}T\d{6}\.\d{3}Z_\d+$/.test(name)));
  for (const {manifest, completed_at: completedAt, config} of await listArchivedGrids(layout)) {
    if (manifest.frontend !== undefined) continue;
    if (!isSelected(manifest.grid_id ?? '', manifest.grid_config_snapshot_path)) continue;
    grids.push(summariseManifest(manifest, manifest.grid_id ?? '', completedAt));
    if (config !== '') configs.set(config, basename(manifest.grid_config_snapshot_path));
  }
  for (const run of await listActiveRuns(layout)) {
    if (run.frontend !== undefined || !isSelected(run.grid_id, run.grid_config_snapshot_path)) continue;
    const manifest = await readCurrentManifest(layout, run.grid_id);
    if (typeof manifest !== 'string') grids.push(summariseManifest(manifest, run.grid_id, null));
  }
  for (const snapshot of snapshots) {
    const text = snapshot === null ? null : await readFile(layout.resolve(snapshot), 'utf8').catch(() => null);
    if (text !== null && snapshot !== null) configs.set(text, basename(snapshot));
  }
  return {
    grids: grids.sort((a, b) => (a.id < b.id ? -1 : 1)),
    configs: configs.size > 0 ? [...configs].map(([text, name]) => ({name, text})) : firstConfig(selection.tasks),
  };
}

function summariseManifest(manifest: GridManifest, id: string, completedAt: string | null): GridFacts {
  const reasons = new Map<string, number>();
  for (const {reason} of manifest.tasks) {
    if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const count = (status: string): number => manifest.tasks.filter(task => task.status === status).length;
  return {
    id,
    config: basename(manifest.grid_config_snapshot_path),
    snapshotPath: manifest.grid_config_snapshot_path,
    submittedAt: manifest.submission_timestamp,
    completedAt,
    repetition: manifest.repetition ?? 1,
    repetitions: manifest.repetitions ?? 1,
    macVersion: manifest.mac_version ?? '',
    questionLimit: manifest.question_limit ?? null,
    tasks: {planned: manifest.tasks.length, succeeded: count('succeeded'), begun: count('started')},
    reasons,
  };
}

/** Returns one task's config, which has most of a missing grid config. */
function firstConfig(tasks: readonly KnownTask[]): ConfigText[] {
  const [first] = tasks;
  return first ? [{name: `${first.id}.yaml (the config of one task)`, text: renderSnapshotYaml(first.config)}] : [];
}
