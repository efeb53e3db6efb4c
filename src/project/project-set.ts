import {randomBytes} from 'node:crypto';
import {join} from 'node:path';

import type {Clock} from '../core/clock.ts';
import {readGitState} from '../core/git-state.ts';
import type {TrialPlan} from '../plan/trial-plan.ts';
import {createFileExclusive, removeIfExists} from '../record/disk/atomic-file.ts';
import {listFolder} from '../record/disk/list-folder.ts';
import {withLockIfFree} from '../record/disk/shared-lock.ts';
import type {Layout} from '../record/layout.ts';
import {readTrialRecords} from '../record/trial/trial-record.ts';
import type {ProjectedFile} from './projector.ts';
import {findProjector} from './projectors.ts';

export interface ProjectSetOptions {
  readonly layout: Layout;
  readonly plan: TrialPlan;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As `ProjectContext`. */
  readonly gridId?: string | null | undefined;
}

/** Pauses while another process writes. */
const PAUSE_MS = 100;
/** Time after which the files are left to whoever writes them now. */
const PATIENCE_MS = 60_000;

/**
 * Writes the derived files of a set from its plan and all its records. Of many processes that ask at once, as the jobs
 * of an array do at their end, few write: each leaves a note first, and whoever writes takes in all whose notes it
 * found before it read the records.
 *
 * @returns what there is to look at; none where another process has written it, or the kind has no files of its own.
 * @throws UserError `cannot-write`, `cannot-read`.
 */
export async function projectSet(options: ProjectSetOptions): Promise<readonly ProjectedFile[]> {
  const {layout, plan, clock} = options;
  const projector = findProjector(plan.set.kind);
  if (!projector) return [];
  const folder = layout.trialRecords(plan.set.kind, plan.set.id);
  const note = join(folder, `.asked-${randomBytes(8).toString('hex')}`);
  await createFileExclusive(note, '');
  const endMs = clock.monotonic() + PATIENCE_MS;
  for (;;) {
    const written = await withLockIfFree(join(folder, 'derived'), async () => {
      const notes = (await listFolder(folder)).filter(name => name.startsWith('.asked-'));
      const records = await readTrialRecords(layout, plan.set);
      const files = await projector.write({...options, records, git: await readGitState(plan.home)});
      for (const name of notes) await removeIfExists(join(folder, name));
      return files;
    });
    if (written !== 'busy') return written;
    const isTakenIn = !(await listFolder(folder)).includes(note.slice(folder.length + 1));
    if (isTakenIn || clock.monotonic() >= endMs) return [];
    await clock.sleep(PAUSE_MS);
  }
}
