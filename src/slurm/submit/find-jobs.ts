import {readdirSync, readFileSync} from 'node:fs';

import type {Clock} from '../../core/clock.ts';
import {parseTimestamp} from '../../record/disk/timestamps.ts';
import type {Layout} from '../../record/layout.ts';
import {accountingStartDate, askAccounting, askQueue} from '../cluster/ask-slurm.ts';
import type {RunSlurm} from '../cluster/client.ts';
import {readElementRecords} from '../submission/element-file.ts';
import type {Submission} from '../submission/submission-file.ts';

export interface JobSearchContext {
  readonly layout: Layout;
  readonly run: RunSlurm;
  readonly clock: Clock;
  /** Hears of long waits. */
  readonly onNote?: (message: string) => void;
}

/** A job for which sbatch was called and whose id is not recorded. */
export interface UncertainJob {
  readonly name: string;
  readonly submission: Submission;
  /** Null for the job after all arrays. */
  readonly array: number | null;
}

/** A job's longest delay after the controller answers: one that hung works off its backlog first. */
const SETTLE_MS = 5_000;

/** Polling interval and limit for a call of sbatch that outlived its mac; sbatch itself gives up earlier. */
const SBATCH_POLL_MS = 500;
const SBATCH_TIMEOUT_MS = 180_000;

export interface FoundJobs {
  /** Ids by name; more than one where a submission was made twice. */
  readonly found: ReadonlyMap<string, ReadonlySet<string>>;
  /** Reason why absence proves nothing: Slurm did not answer. */
  readonly unresolved: string | undefined;
}

/**
 * Looks jobs up by their unique names in the records that they write themselves, the queue and accounting.
 *
 * @param isThorough false: take only what is found at once; absence then proves nothing.
 */
export async function findJobs(
  context: JobSearchContext,
  jobs: readonly UncertainJob[],
  isThorough: boolean,
): Promise<FoundJobs> {
  const search = new JobSearch(context, jobs);
  const unresolved = await search.run(isThorough);
  return {found: search.found, unresolved};
}

class JobSearch {
  readonly found = new Map<string, Set<string>>();
  readonly #context: JobSearchContext;
  readonly #jobs: readonly UncertainJob[];
  readonly #names: readonly string[];

  constructor(context: JobSearchContext, jobs: readonly UncertainJob[]) {
    this.#context = context;
    this.#jobs = jobs;
    this.#names = jobs.map(({name}) => name);
  }

  /** @returns why absence proves nothing, if it does not. */
  async run(isThorough: boolean): Promise<string | undefined> {
    await this.#searchRecords();
    const silence = await this.#searchQueue();
    if (silence !== undefined || !isThorough || this.#missing.length === 0) return silence;
    await this.#waitForSbatch();
    await this.#context.clock.sleep(SETTLE_MS);
    const second = await this.#searchQueue();
    if (second !== undefined || this.#missing.length === 0) return second;
    return await this.#searchAccounting();
  }

  async #waitForSbatch(): Promise<void> {
    const {clock, onNote} = this.#context;
    if (!this.#missing.some(isSbatchRunning)) return;
    onNote?.('an earlier call of sbatch still runs: waiting for it to end');
    const endMs = clock.monotonic() + SBATCH_TIMEOUT_MS;
    while (clock.monotonic() < endMs && this.#missing.some(isSbatchRunning)) await clock.sleep(SBATCH_POLL_MS);
  }

  get #missing(): string[] {
    return this.#names.filter(name => !this.found.has(name));
  }

  #add(name: string, jobId: string): void {
    const ids = this.found.get(name) ?? new Set();
    this.found.set(name, ids.add(jobId));
  }

  /** Looks into the records that jobs wrote when they started; they stay when Slurm has forgotten the job. */
  async #searchRecords(): Promise<void> {
    const gridId = this.#jobs[0]?.submission.grid_id;
    if (gridId === undefined) return;
    const names = new Map(this.#jobs.map(({name, submission, array}) => [`${submission.number}/${array}`, name]));
    for (const {submission, array, job_id: jobId} of await readElementRecords(this.#context.layout, gridId)) {
      const name = names.get(`${submission}/${array}`);
      if (name !== undefined) this.#add(name, jobId);
    }
  }

  async #searchQueue(): Promise<string | undefined> {
    const answer = await askQueue(this.#context.run, this.#names);
    if (answer.kind === 'unavailable') return answer.reason;
    for (const {name, jobId, state, reason} of answer.rows) {
      if (!isConstraintFailure(state, reason)) this.#add(name, jobId);
    }
    for (const [name, jobId] of answer.cutShort) this.#add(name, jobId);
    return undefined;
  }

  /** Asks accounting for jobs that the queue has forgotten. Without it they stay unknown, but none of them runs. */
  async #searchAccounting(): Promise<string | undefined> {
    const created = this.#jobs.map(({submission}) => parseTimestamp(submission.created_at) ?? 0);
    const since = accountingStartDate(Math.min(...created));
    const answer = await askAccounting(this.#context.run, this.#missing, since);
    if (answer.kind === 'unavailable') return answer.reason;
    if (answer.kind !== 'known') return undefined;
    for (const {name, jobId, state, node} of answer.rows) {
      if (state !== 'FAILED' || node !== '') this.#add(name, jobId);
    }
    return undefined;
  }
}

/** Returns whether a job is only a refusal's trace: sbatch leaves a failed job if no node can ever run it. */
function isConstraintFailure(state: string, reason: string): boolean {
  return state === 'FAILED' && reason === 'BadConstraints';
}

/**
 * Returns whether a call of sbatch for a job of that name still runs on this machine. It outlives a `mac submit` that
 * was killed, waits up to two minutes for a controller that is full, and may queue its job then. False on systems
 * without /proc and for calls on other machines.
 *
 * @param name unique: no other process has it among its arguments.
 */
function isSbatchRunning(name: string): boolean {
  const argument = `--job-name=${name}`;
  return listProcessIds().some(pid => readArguments(pid).includes(argument));
}

function listProcessIds(): string[] {
  try {
    return readdirSync('/proc').filter(entry => /^\d+$/.test(entry));
  } catch {
    return [];
  }
}

function readArguments(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // it ended just now
  }
}
