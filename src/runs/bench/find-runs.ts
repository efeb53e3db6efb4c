import {join, resolve} from 'node:path';

import {z} from 'zod';

import {errorMessage, UserError} from '../../core/errors.ts';
import {describeIssues} from '../../core/text/describe-issues.ts';
import type {BenchDetails} from '../../plan/bench/details.ts';
import {listFolder} from '../../record/disk/list-folder.ts';
import {readIfExists, readJsonOrNothing} from '../../record/disk/read-file.ts';
import type {Layout} from '../../record/layout.ts';

const manifestSchema = z.looseObject({
  run_id: z.string(),
  kind: z.enum(['run', 'validation']),
  generated_at: z.string(),
  config_hash: z.string(),
  llm_hash: z.string(),
  jobs: z.array(
    z.looseObject({
      job_id: z.string(),
      task_id: z.string(),
      trainer_id: z.string(),
      variant: z.number(),
      seed: z.number(),
      status: z.string(),
    }),
  ),
});

/** Statement of a run on itself: `meta/manifest.json`. */
export type RunManifest = z.infer<typeof manifestSchema>;

/** Reads the manifest of a run; undefined where there is none. */
export async function readManifest(runFolder: string): Promise<RunManifest | undefined> {
  const parsed = manifestSchema.safeParse(await readJsonOrNothing(join(runFolder, 'meta/manifest.json')));
  return parsed.success ? parsed.data : undefined;
}

/**
 * Returns the name of the newest run that computes the same as a matrix, in the folder where its runs are. Checks that
 * computed nothing are no runs.
 */
export async function findLatestRun(layout: Layout, {matrix, config_hash}: BenchDetails): Promise<string | undefined> {
  const folder = resolve(layout.workspace, matrix.runs_dir);
  const manifests = await Promise.all((await listFolder(folder)).map(name => readManifest(join(folder, name))));
  const same = manifests.filter(
    manifest => manifest !== undefined && manifest.kind === 'run' && manifest.config_hash === config_hash,
  );
  return same.toSorted((a, b) => ((a?.generated_at ?? '') < (b?.generated_at ?? '') ? -1 : 1)).at(-1)?.run_id;
}

/**
 * Finds the folder of a run that a user names: a folder, or the name of a run in the folder of runs.
 *
 * @throws UserError `bench-run-unknown`; `cannot-read` for a manifest that is damaged.
 */
export async function findRun(
  name: string,
  {cwd, layout, runsDir}: {readonly cwd: string; readonly layout: Layout; readonly runsDir: string | undefined},
): Promise<{readonly folder: string; readonly manifest: RunManifest}> {
  const runs = runsDir === undefined ? resolve(layout.workspace, 'runs') : resolve(cwd, runsDir);
  for (const folder of [resolve(cwd, name), join(runs, name)]) {
    const manifest = await readManifest(folder);
    if (manifest) return {folder, manifest};
    await refuseDamaged(folder);
  }
  throw new UserError('bench-run-unknown', `there is no run ${name}: no meta/manifest.json in ${name} or in ${runs}`, {
    hint: 'name the folder of a run, or a run in the folder that --runs-dir names',
  });
}

/** Tells a manifest that cannot be read from one that is not there. @throws UserError `cannot-read`. */
async function refuseDamaged(folder: string): Promise<void> {
  const path = join(folder, 'meta/manifest.json');
  const text = await readIfExists(path);
  if (text === undefined) return;
  throw new UserError('cannot-read', `cannot read ${path}: ${explainDamage(text)}`, {
    hint: 'mac run of its file, with the same run_id, writes it anew from the records',
  });
}

function explainDamage(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    const {error} = manifestSchema.safeParse(value);
    return error ? `it is no manifest: ${describeIssues(error, value)}` : 'it was being written: try again';
  } catch (error) {
    return `it is damaged: ${errorMessage(error)}`;
  }
}
