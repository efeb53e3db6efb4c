import {join, resolve} from 'node:path';

import {asMapping} from '../../core/mapping.ts';
import {listSecrets} from '../../core/secrets.ts';
import {type BenchDetails, readDetails} from '../../plan/bench/details.ts';
import type {BenchJob} from '../../plan/bench/jobs.ts';
import {renderBench} from '../../plan/bench/merge-base.ts';
import {systemErrorCode} from '../../core/errors.ts';
import {writeFileAtomic} from '../../record/disk/atomic-file.ts';
import {readIfExists, readJsonIfIntact} from '../../record/disk/read-file.ts';
import {jsonTimestamp} from '../../record/disk/timestamps.ts';
import type {ProjectContext, ProjectedFile, Projector} from '../projector.ts';
import {describeEnvironment, describeGit} from './environment.ts';
import {CANONICAL_FILES, indexFiles} from './files-index.ts';
import {describeJob, findSource, type JobRow, RESULT_COLUMNS} from './job-row.ts';
import {type JobState, readJobStates} from './job-state.ts';
import {renderLeaderboard} from './leaderboard.ts';
import {describeEntry, describeMeta, describeRun, type RunKind} from './manifest.ts';
import {redact} from './redact.ts';
import {renderResults} from './results-csv.ts';
import {summarizeRun} from './summary.ts';

/** The files of a run of a benchmark matrix, in `{runs_dir}/{run_id}`. */
export const benchProjector: Projector = {
  kind: 'bench',
  write: context => writeBench(context, 'run'),
};

/** Expectation of a check of a job that it did not run. */
export interface JobHint {
  readonly status_hint: 'ok' | 'skipped' | 'failed';
  readonly skip_reason: string | null;
}

/**
 * Writes the files of a run, or of a check that ran nothing.
 *
 * @param hint what a check expects of a job.
 * @returns the main ones, in the order in which they are shown.
 * @throws UserError `cannot-write`.
 */
export async function writeBench(
  context: ProjectContext,
  kind: RunKind,
  hint?: (job: BenchJob) => JobHint,
): Promise<readonly ProjectedFile[]> {
  const {layout, plan, env, clock} = context;
  const details = readDetails(plan.details);
  const runFolder = resolve(layout.workspace, plan.set.folder);
  const secrets = listSecrets(env, new Set([details.matrix.llm.api_key_env]));
  const files = new RunFiles(runFolder, secrets);
  const now = jsonTimestamp(clock.now());

  const states = readJobStates(context, details);
  const rows = states.map(state => files.clean(describeJob(state, details, runFolder)));
  await files.write('meta/config.snapshot.yaml', renderBench(redact(details.matrix, secrets)));
  await writeSurroundings(files, context, secrets, now);
  if (kind === 'run') await writeJobs(files, states, rows);
  const jobs = states.map((state, i) => ({
    ...describeEntry(state, rows[i] ?? describeJob(state, details, runFolder)),
    ...hint?.(state.job),
  }));
  await files.writeJson('meta/manifest.json', describeRun(details, {kind, generatedAt: now, jobs}));
  if (kind === 'run') await writeResults(files, details, states, rows);
  const index = await readJsonIfIntact(join(runFolder, 'meta/files_index.json'));
  await files.writeJson('meta/files_index.json', await indexFiles(runFolder, rows, index));
  return listFiles(runFolder, kind);
}

/** Describes where a run is made, once: whoever makes its files again later, elsewhere, leaves that as it was. */
async function writeSurroundings(
  files: RunFiles,
  {env, git, gridId}: ProjectContext,
  secrets: readonly string[],
  now: string,
): Promise<void> {
  const earlier = await readJsonIfIntact(files.path('meta/env.json'));
  const run = gridId === undefined || gridId === null ? {} : {grid_id: gridId};
  if (earlier !== undefined && (run.grid_id === undefined || asMapping(earlier)['grid_id'] === run.grid_id)) return;
  await files.writeJson('meta/env.json', {...describeEnvironment(env, secrets, now), ...run});
  await files.writeJson('meta/git.json', {...describeGit(git), ...run});
}

async function writeJobs(files: RunFiles, states: readonly JobState[], rows: readonly JobRow[]): Promise<void> {
  for (const [i, state] of states.entries()) {
    const row = rows[i];
    if (!row || !hasRun(state)) continue;
    const folder = `jobs/${state.job.id}`;
    await files.writeJson(`${folder}/job_meta.json`, describeMeta(state, row));
    await files.writeJson(`${folder}/results.json`, {...row, ...describeMore(state)});
  }
}

/** Returns all that the process of a job said, for its own file of results. */
function describeMore(state: JobState): object {
  const {metrics = {}, result = {}} = state.record ?? {};
  const columns = new Set<string>(RESULT_COLUMNS);
  const others = Object.entries(result).filter(([name]) => !columns.has(name));
  return {source: findSource(state), metrics, ...Object.fromEntries(others)};
}

async function writeResults(
  files: RunFiles,
  details: BenchDetails,
  states: readonly JobState[],
  rows: readonly JobRow[],
): Promise<void> {
  const ran = rows.filter((_, i) => states[i] && hasRun(states[i]));
  await files.write('results.csv', renderResults(ran));
  await files.writeJson('summary.json', summarizeRun(details, states, ran));
  await files.write('leaderboard.csv', renderLeaderboard(ran));
}

function hasRun({status}: JobState): boolean {
  return status === 'ok' || status === 'failed' || status === 'skipped';
}

function listFiles(runFolder: string, kind: RunKind): ProjectedFile[] {
  const labels: Readonly<Record<string, string>> = {
    config_snapshot: 'config snapshot',
    manifest: 'manifest',
    ...(kind === 'run' ? {results_csv: 'results', summary: 'summary', leaderboard: 'leaderboard'} : {}),
    env: 'environment',
  };
  const files = Object.entries(labels).map(([name, label]) => ({
    label,
    path: join(runFolder, CANONICAL_FILES[name] ?? name),
  }));
  return [...files, {label: 'files index', path: join(runFolder, 'meta/files_index.json')}];
}

/** The folder of a run. What is written as it is already is left alone: many processes may make the same files. */
class RunFiles {
  readonly #folder: string;
  readonly #secrets: readonly string[];

  constructor(folder: string, secrets: readonly string[]) {
    this.#folder = folder;
    this.#secrets = secrets;
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  /** Hides secrets in the texts of a row. */
  clean(row: JobRow): JobRow {
    return {...row, ...asMapping(redact({...row}, this.#secrets))};
  }

  async write(name: string, text: string): Promise<void> {
    const path = this.path(name);
    if ((await readIfExists(path, {lookTwice: false})) === text) return;
    await writeFileAtomic(path, text).catch(async (error: unknown) => {
      // A job may have removed its own folder: the files of others must not suffer. The second write makes it again.
      if (!(error instanceof Error) || systemErrorCode(error.cause) !== 'ENOENT') throw error;
      await writeFileAtomic(path, text);
    });
  }

  async writeJson(name: string, value: object): Promise<void> {
    await this.write(name, `${JSON.stringify(redact(value, this.#secrets), null, 2)}\n`);
  }
}
