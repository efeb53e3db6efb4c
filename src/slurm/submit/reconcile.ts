import type {Clock} from '../../core/clock.ts';
import type {Layout} from '../../record/layout.ts';
import {parseTimestamp} from '../../record/disk/timestamps.ts';
import {askAccounting, askQueue} from '../cluster/ask-slurm.ts';
import type {RunSlurm} from '../cluster/client.ts';
import {afterAllName, type AfterAllJob, type Submission, type SubmittedArray} from '../submission/submission-file.ts';
import {readElementRecords} from '../submission/element-file.ts';
import {isSbatchRunning} from './sbatch-at-work.ts';

export interface ReconcileContext {
  readonly layout: Layout;
  readonly run: RunSlurm;
  readonly clock: Clock;
}

export interface Reconciled {
  /** All that were given, with what was found out; the same objects where nothing was. */
  readonly submissions: readonly Submission[];
  readonly changed: readonly Submission[];
  /** Ids of jobs that carry the name of another, older job of ours; they are to be cancelled. */
  readonly twins: readonly string[];
  /** Why some arrays stay uncertain: Slurm did not answer. */
  readonly unresolved: string | undefined;
}

/**
 * How long a job may still take to appear after the controller has answered once: one that hung works off what it was
 * sent when it wakes up.
 */
const SETTLE_MS = 5_000;

/**
 * How often it is looked whether a call of sbatch that outlived its mac has come to its end, and for how long: longer
 * than sbatch tries.
 */
const SBATCH_POLL_MS = 500;
const SBATCH_TIMEOUT_MS = 180_000;

/**
 * Finds out what became of the jobs for which sbatch was called and whose id is not written down. Jobs carry unique
 * names, so the records that they write themselves, the queue and accounting tell. A job that none of them knows was
 * not submitted. Writes nothing.
 *
 * @param mayConclude false: only adopt what is found at once, never decide that something was not submitted.
 */
export async function reconcile(
  context: ReconcileContext,
  submissions: readonly Submission[],
  {mayConclude}: {readonly mayConclude: boolean},
): Promise<Reconciled> {
  const uncertain = submissions.flatMap(submission => uncertainJobs(submission).map(({name}) => name));
  if (uncertain.length === 0) return {submissions, changed: [], twins: [], unresolved: undefined};
  const search = new JobSearch(context, submissions, uncertain);
  const unresolved = await search.run(mayConclude);
  const isGone = mayConclude && unresolved === undefined;
  const results = submissions.map(submission => settleSubmission(submission, search.found, isGone));
  return {
    submissions: results,
    changed: results.filter((result, i) => result !== submissions[i]),
    twins: [...search.found.values()].flatMap(ids => sortIds(ids).slice(1)),
    unresolved,
  };
}

function isUncertain({state, job_id: jobId}: SubmittedArray | AfterAllJob): boolean {
  return jobId === undefined && (state === 'submitting' || state === 'unknown');
}

function uncertainJobs(submission: Submission): {name: string; array: number | null}[] {
  const {arrays, after_all: afterAll} = submission;
  const jobs: {name: string; array: number | null}[] = arrays
    .filter(isUncertain)
    .map(({name, index}) => ({name, array: index}));
  if (afterAll && isUncertain(afterAll)) jobs.push({name: afterAllName(submission.token), array: null});
  return jobs;
}

/** Looks jobs up by their names, in all places where one can be known. */
class JobSearch {
  readonly found = new Map<string, Set<string>>();
  readonly #context: ReconcileContext;
  readonly #submissions: readonly Submission[];
  readonly #names: readonly string[];

  constructor(context: ReconcileContext, submissions: readonly Submission[], names: readonly string[]) {
    this.#context = context;
    this.#submissions = submissions;
    this.#names = names;
  }

  /** @returns why absence says nothing, if it does not. */
  async run(thoroughly: boolean): Promise<string | undefined> {
    await this.#searchRecords();
    const silence = await this.#searchQueue();
    if (silence !== undefined || !thoroughly || this.#missing.length === 0) return silence;
    await this.#waitForSbatch();
    await this.#context.clock.sleep(SETTLE_MS);
    const second = await this.#searchQueue();
    if (second !== undefined || this.#missing.length === 0) return second;
    return await this.#searchAccounting();
  }

  async #waitForSbatch(): Promise<void> {
    const {clock} = this.#context;
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

  /** Jobs that started wrote down to which array they belong; that stays when Slurm has forgotten them. */
  async #searchRecords(): Promise<void> {
    const gridId = this.#submissions[0]?.grid_id;
    if (gridId === undefined) return;
    const names = new Map(
      this.#submissions.flatMap(submission =>
        uncertainJobs(submission).map(({name, array}) => [`${submission.number}/${array}`, name] as const),
      ),
    );
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

  /**
   * What ended longer ago than Slurm remembers. Without accounting nothing tells, but then nothing of it runs either.
   */
  async #searchAccounting(): Promise<string | undefined> {
    const created = this.#submissions.map(({created_at: at}) => parseTimestamp(at) ?? 0);
    const answer = await askAccounting(this.#context.run, this.#missing, accountingStartDate(Math.min(...created)));
    if (answer.kind === 'unavailable') return answer.reason;
    if (answer.kind !== 'known') return undefined;
    for (const {name, jobId, state, node} of answer.rows) {
      if (state !== 'FAILED' || node !== '') this.#add(name, jobId);
    }
    return undefined;
  }
}

/** What no node can ever fulfil is refused by sbatch, and still leaves a failed job behind that never was one. */
function isConstraintFailure(state: string, reason: string): boolean {
  return state === 'FAILED' && reason === 'BadConstraints';
}

/** sacct takes local days; two days earlier is before the time meant in every time zone. */
export function accountingStartDate(ms: number): string {
  return new Date(Math.max(0, ms - 2 * 86_400_000)).toISOString().slice(0, 10);
}

function sortIds(ids: Iterable<string>): string[] {
  return [...ids].sort((a, b) => Number(a) - Number(b));
}

const NOT_SUBMITTED = 'the submission broke off before it reached Slurm';

function settleSubmission(submission: Submission, found: JobSearch['found'], isGone: boolean): Submission {
  if (uncertainJobs(submission).length === 0) return submission;
  const settleJob = <T extends SubmittedArray | AfterAllJob>(job: T, name: string): T => {
    if (!isUncertain(job)) return job;
    const [jobId] = sortIds(found.get(name) ?? []);
    if (jobId !== undefined) return {...job, state: 'submitted', job_id: jobId};
    return isGone ? {...job, state: 'rejected', reason: NOT_SUBMITTED} : job;
  };
  const arrays = submission.arrays.map(array => settleJob(array, array.name));
  const afterAll = submission.after_all && settleJob(submission.after_all, afterAllName(submission.token));
  const changed = arrays.some((array, i) => array !== submission.arrays[i]) || afterAll !== submission.after_all;
  return changed ? {...submission, arrays, ...(afterAll ? {after_all: afterAll} : {})} : submission;
}
