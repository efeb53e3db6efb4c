import {compareTexts} from '../../core/text/compare-texts.ts';
import {listActiveRuns} from '../grid/active-runs.ts';
import {listArchivedGrids} from '../grid/archive.ts';
import {readGridManifest, type GridManifest} from '../grid/grid-manifest.ts';
import type {Layout} from '../layout.ts';

/** A run of trials, finished or not. */
export interface TrialRun {
  readonly gridId: string;
  readonly kind: string;
  readonly isActive: boolean;
  readonly submittedAt: string;
  /** Path of its snapshot, as recorded. */
  readonly snapshotPath: string;
  /** Absolute folder of its file; undefined where that was not recorded. */
  readonly folder: string | undefined;
  /** Absent where it is damaged. */
  readonly manifest: Pick<GridManifest, 'tasks' | 'left_out'> | undefined;
}

/** Lists the runs of trials, in the order in which they were submitted. @throws UserError `cannot-read`. */
export async function listTrialRuns(layout: Layout): Promise<TrialRun[]> {
  const resolveFolder = (folder: string | undefined): string | undefined =>
    folder === undefined ? undefined : layout.resolve(folder);
  const runs: TrialRun[] = [];
  for (const run of await listActiveRuns(layout)) {
    if (run.frontend === undefined) continue;
    const manifest = await readGridManifest(layout.gridManifest(run.grid_id));
    runs.push({
      gridId: run.grid_id,
      kind: run.frontend,
      isActive: true,
      submittedAt: run.submission_timestamp,
      snapshotPath: run.grid_config_snapshot_path,
      folder: resolveFolder(run.config_folder),
      manifest: typeof manifest === 'string' ? undefined : manifest,
    });
  }
  const active = new Set(runs.map(({gridId}) => gridId));
  for (const {manifest} of await listArchivedGrids(layout)) {
    const {grid_id: gridId = '', frontend} = manifest;
    if (frontend === undefined || active.has(gridId)) continue;
    runs.push({
      gridId,
      kind: frontend,
      isActive: false,
      submittedAt: manifest.submission_timestamp,
      snapshotPath: manifest.grid_config_snapshot_path,
      folder: resolveFolder(manifest.config_folder),
      manifest,
    });
  }
  return runs.sort((a, b) => compareTexts(a.submittedAt, b.submittedAt) || compareTexts(a.gridId, b.gridId));
}
