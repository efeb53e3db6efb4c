import {join} from 'node:path';

import {readConfigText} from '../../config/read-config.ts';
import {readYaml} from '../../config/yaml/yaml.ts';
import {asMapping, isMapping} from '../../core/mapping.ts';
import {requireMatrix} from '../../plan/bench/bench.ts';
import type {BenchMatrix} from '../../plan/bench/resolved-matrix.ts';
import {readJsonOrNothing} from '../../record/disk/read-file.ts';
import type {RunManifest} from './find-runs.ts';

/** One thing in which two matrices differ. */
export interface ConfigDifference {
  /** Keys from the top, joined by dots. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** One job of two runs. */
export interface JoinedJob {
  readonly task_id: string;
  readonly trainer_id: string;
  readonly variant: number;
  readonly seed: number;
  readonly before: JobScore | null;
  readonly after: JobScore | null;
  /** After minus before; null where either has no score. */
  readonly difference: number | null;
}

export interface JobScore {
  readonly job_id: string;
  readonly status: string;
  readonly score_val: number | null;
}

export interface RunDiff {
  readonly same_config: boolean;
  readonly same_llm: boolean;
  readonly differences: readonly ConfigDifference[];
  readonly jobs: readonly JoinedJob[];
  /** Mean of the differences; null where no job has a score in both. */
  readonly mean_difference: number | null;
}

interface Run {
  readonly folder: string;
  readonly manifest: RunManifest;
}

/** Keys that say where and how fast a run ran, not what it computed. */
const ASIDE = new Set(['run_id', 'runs_dir', 'max_workers', 'fail_fast', 'resume', 'job_timeout', 'tags']);

/**
 * Compares two runs: in what their matrices differ, and the scores of jobs with the same task, trainer, variant and
 * seed.
 *
 * @throws UserError `config-missing`, … for a snapshot that cannot be read; ConfigError for one that is wrong.
 */
export async function diffRuns(before: Run, after: Run): Promise<RunDiff> {
  const [first, second] = await Promise.all([readSnapshot(before), readSnapshot(after)]);
  const jobs = joinJobs(await readScores(before), await readScores(after));
  const differences = jobs.map(({difference}) => difference).filter(each => each !== null);
  const sum = differences.reduce((total, each) => total + each, 0);
  return {
    same_config: before.manifest.config_hash === after.manifest.config_hash,
    same_llm: before.manifest.llm_hash === after.manifest.llm_hash,
    differences: compare(withoutAside(first), withoutAside(second), []),
    jobs,
    mean_difference: differences.length > 0 ? sum / differences.length : null,
  };
}

async function readSnapshot({folder}: Run): Promise<BenchMatrix> {
  const {path, text} = await readConfigText(join(folder, 'meta/config.snapshot.yaml'));
  return requireMatrix(readYaml(text, path));
}

function withoutAside(matrix: BenchMatrix): unknown {
  return Object.fromEntries(Object.entries(matrix).filter(([key]) => !ASIDE.has(key)));
}

/** Returns where two values differ: in a mapping or a list of one length each member, else the whole. */
function compare(before: unknown, after: unknown, path: readonly string[]): ConfigDifference[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (isMapping(before) && isMapping(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap(key => compare(before[key], after[key], [...path, key]));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((each: unknown, i) => compare(each, after[i], [...path, String(i)]));
  }
  return [{path: path.join('.'), before: before ?? null, after: after ?? null}];
}

interface ScoredJob extends JobScore {
  readonly task_id: string;
  readonly trainer_id: string;
  readonly variant: number;
  readonly seed: number;
}

async function readScores({folder, manifest}: Run): Promise<Map<string, ScoredJob>> {
  const jobs = await Promise.all(
    manifest.jobs.map(async ({job_id, task_id, trainer_id, variant, seed, status}): Promise<ScoredJob> => {
      const {score_val} = asMapping(await readJsonOrNothing(join(folder, 'jobs', job_id, 'results.json')));
      const score = status !== 'failed' && typeof score_val === 'number' ? score_val : null;
      return {job_id, task_id, trainer_id, variant, seed, status, score_val: score};
    }),
  );
  return new Map(jobs.map(job => [JSON.stringify([job.task_id, job.trainer_id, job.variant, job.seed]), job]));
}

function joinJobs(before: ReadonlyMap<string, ScoredJob>, after: ReadonlyMap<string, ScoredJob>): JoinedJob[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap(key => {
    const [first, second] = [before.get(key), after.get(key)];
    const known = first ?? second;
    if (!known) return [];
    const {task_id, trainer_id, variant, seed} = known;
    const [a, b] = [first?.score_val ?? null, second?.score_val ?? null];
    return [
      {
        task_id,
        trainer_id,
        variant,
        seed,
        before: describe(first),
        after: describe(second),
        difference: a === null || b === null ? null : b - a,
      },
    ];
  });
}

function describe(job: ScoredJob | undefined): JobScore | null {
  return job ? {job_id: job.job_id, status: job.status, score_val: job.score_val} : null;
}
