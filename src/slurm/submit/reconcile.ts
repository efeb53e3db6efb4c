import type {Random} from '../../core/seeds/random.ts';
import {backOff} from '../cluster/ask-slurm.ts';
import type {RunSlurm} from '../cluster/client.ts';
import {
  afterAllName,
  readSubmissions,
  writeSubmission,
  type AfterAllJob,
  type Submission,
  type SubmittedArray,
} from '../submission/submission-file.ts';
import {findJobs, type FoundJobs, type JobSearchContext, type UncertainJob} from './find-jobs.ts';

export interface Reconciled {
  /** All that were given, updated; the same objects if nothing was found out. */
  readonly submissions: readonly Submission[];
  readonly changed: readonly Submission[];
  /** Ids of duplicates of an older job of the same submission; they are to be cancelled. */
  readonly twins: readonly string[];
  /** Reason why some arrays stay uncertain: Slurm did not answer. */
  readonly unresolved: string | undefined;
}

/**
 * Finds out what became of the jobs for which sbatch was called and whose id is not written down. A job that neither
 * records, queue nor accounting know was not submitted. Writes nothing.
 *
 * @param mayConclude false: only adopt what is found at once, never decide that something was not submitted.
 */
export async function reconcile(
  context: JobSearchContext,
  submissions: readonly Submission[],
  {mayConclude}: {readonly mayConclude: boolean},
): Promise<Reconciled> {
  const uncertain = submissions.flatMap(listUncertain);
  if (uncertain.length === 0) return {submissions, changed: [], twins: [], unresolved: undefined};
  const {found, unresolved} = await findJobs(context, uncertain, mayConclude);
  const isGone = mayConclude && unresolved === undefined;
  const results = submissions.map(submission => settleSubmission(submission, found, isGone));
  return {
    submissions: results,
    changed: results.filter((result, i) => result !== submissions[i]),
    twins: [...found.values()].flatMap(ids => sortIds(ids).slice(1)),
    unresolved,
  };
}

function isUncertain({state, job_id: jobId}: SubmittedArray | AfterAllJob): boolean {
  return jobId === undefined && (state === 'submitting' || state === 'unknown');
}

function listUncertain(submission: Submission): UncertainJob[] {
  const {arrays, after_all: afterAll, token} = submission;
  const jobs = arrays.filter(isUncertain).map(({name, index}): UncertainJob => ({name, submission, array: index}));
  return afterAll && isUncertain(afterAll) ? [...jobs, {name: afterAllName(token), submission, array: null}] : jobs;
}

function sortIds(ids: Iterable<string>): string[] {
  return [...ids].sort((a, b) => Number(a) - Number(b));
}

const NOT_SUBMITTED = 'the submission broke off before it reached Slurm';

function settleSubmission(submission: Submission, found: FoundJobs['found'], isGone: boolean): Submission {
  if (listUncertain(submission).length === 0) return submission;
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

/** Cancels a submission's duplicate jobs; the older one stays. */
export async function cancelDuplicates(
  {run, onNote}: {readonly run: RunSlurm; readonly onNote: (message: string) => void},
  twins: readonly string[],
): Promise<void> {
  if (twins.length === 0) return;
  onNote(`Slurm has a second job of the same name: cancelling ${twins.join(', ')}`);
  await run('scancel', twins);
}

/**
 * Reads the submissions of a grid run and repairs what crashes left: lost job ids are found and recorded, arrays that
 * never reached Slurm are marked. Only for the holder of the submit lease.
 *
 * @returns `silence`: the reason why Slurm could not be asked; nothing may be submitted then.
 */
export async function settleSubmissions(
  context: JobSearchContext & {
    readonly random: Random;
    readonly patienceMs: number;
    readonly onNote: (message: string) => void;
  },
  gridId: string,
): Promise<{submissions: readonly Submission[]; highest: number; silence: string | undefined}> {
  const {layout, clock, patienceMs, onNote} = context;
  const read = await readSubmissions(layout, gridId);
  const endMs = clock.monotonic() + patienceMs;
  let reconciled: Reconciled;
  for (let attempt = 0; ; attempt++) {
    reconciled = await reconcile(context, read.submissions, {mayConclude: true});
    if (reconciled.unresolved === undefined || clock.monotonic() >= endMs) break;
    onNote(`Slurm does not answer (${reconciled.unresolved}); asking again`);
    await backOff(attempt, context);
  }
  for (const changed of reconciled.changed) {
    await writeSubmission(layout, changed);
    onNote(`submission ${changed.number} had broken off: ${describeChange(changed, read.submissions)}`);
  }
  await cancelDuplicates(context, reconciled.twins);
  return {submissions: reconciled.submissions, highest: read.highest, silence: reconciled.unresolved};
}

function describeChange(after: Submission, all: readonly Submission[]): string {
  const before = all.find(({number}) => number === after.number);
  const parts = after.arrays.flatMap((array, i) => {
    if (array === before?.arrays[i]) return [];
    return array.job_id === undefined
      ? [`array ${array.index} was not submitted`]
      : [`array ${array.index} is job ${array.job_id}`];
  });
  return parts.length === 0 ? 'the job after all arrays is settled' : parts.join(', ');
}
