import type {Clock} from '../../core/clock.ts';
import {UserError} from '../../core/errors.ts';
import type {Random} from '../../core/seeds/random.ts';
import type {Layout} from '../../record/layout.ts';
import type {Lease} from '../../record/lease/lease.ts';
import {jsonTimestamp} from '../../record/disk/timestamps.ts';
import {backOff} from '../cluster/ask-slurm.ts';
import type {RunSlurm} from '../cluster/client.ts';
import {parseSubmittedId, classifySbatchFailure, describeRefusal} from './sbatch-answers.ts';
import {
  afterAllName,
  updateArray,
  writeSubmission,
  type AfterAllJob,
  type Submission,
  type SubmittedArray,
} from '../submission/submission-file.ts';
import {cancelDuplicates, reconcile} from './reconcile.ts';

export interface SubmitContext {
  readonly layout: Layout;
  readonly run: RunSlurm;
  readonly clock: Clock;
  readonly random: Random;
  /** The grid's submit lease. */
  readonly lease: Lease;
  /** Longest time for which a silent controller is asked again. */
  readonly patienceMs: number;
  /** Progress for a person who waits. */
  readonly onNote: (message: string) => void;
}

/**
 * Submits the arrays of a submission that is on disk, one sbatch each. Every step is recorded before and after, so
 * `reconcile` can repair a crash in between. sbatch is called again only when it is certain that the call before queued
 * nothing.
 *
 * @returns the submission as it is on disk then; arrays that could not be submitted say why. After a limit, or if
 * the controller stays silent, the rest is left unchanged.
 * @throws UserError `slurm-missing`, `cannot-write`, `submit-lost` (another process has taken the submit lease over).
 */
export async function submitArrays(context: SubmitContext, submission: Submission): Promise<Submission> {
  let current = submission;
  for (const array of submission.arrays) {
    if (array.state !== 'intended') continue;
    current = await submitArray(context, current, array);
    const {state, reason} = current.arrays.find(({index}) => index === array.index) ?? array;
    if (state === 'deferred') return await deferArrays(context, current, reason ?? '');
    if (state === 'unknown' || state === 'intended') return current;
  }
  return current.after_all ? await submitAfterAll(context, current) : current;
}

/** Defers the arrays behind one that met a limit: they would meet it too. */
async function deferArrays({layout}: SubmitContext, submission: Submission, reason: string): Promise<Submission> {
  const arrays = submission.arrays.map(array =>
    array.state === 'intended' ? {...array, state: 'deferred' as const, reason} : array,
  );
  const afterAll: AfterAllJob | undefined = submission.after_all && {
    ...submission.after_all,
    state: 'deferred',
    reason: 'not all arrays are submitted',
  };
  const deferred = {...submission, arrays, ...(afterAll ? {after_all: afterAll} : {})};
  await writeSubmission(layout, deferred);
  return deferred;
}

async function submitArray(context: SubmitContext, submission: Submission, array: SubmittedArray): Promise<Submission> {
  const {layout, clock} = context;
  const slurm = layout.slurm(submission.grid_id);
  const args = [
    '--parsable',
    `--job-name=${array.name}`,
    `--comment=mac ${submission.grid_id} ${submission.token}/${array.index}`,
    ...dependencyArguments(submission, array),
    `${slurm.folder}/${array.script}`,
  ];
  const write = async (change: Partial<SubmittedArray>): Promise<Submission> => {
    submission = updateArray(submission, array.index, change);
    await writeSubmission(layout, submission);
    return submission;
  };
  const outcome = await callSbatch(context, {
    args,
    what: `array ${array.index}`,
    before: async () => {
      await write({state: 'submitting', attempt_at: jsonTimestamp(clock.now())});
    },
    lookUp: () => lookUpJob(context, submission, ({arrays}) => arrays.find(({index}) => index === array.index)?.job_id),
  });
  return await write(outcome);
}

function dependencyArguments(submission: Submission, array: SubmittedArray): string[] {
  const before = submission.arrays.find(({index}) => index === array.after)?.job_id;
  const parts = [submission.dependency, before === undefined ? undefined : `afterany:${before}`];
  const given = parts.filter(part => part !== undefined);
  return given.length === 0 ? [] : [`--dependency=${given.join(',')}`];
}

async function submitAfterAll(context: SubmitContext, submission: Submission): Promise<Submission> {
  const {layout} = context;
  const {after_all: job} = submission;
  if (job?.state !== 'intended') return submission;
  const own = submission.arrays.flatMap(({job_id: id}) => id ?? []);
  const ids = [...(job.also_after ?? []), ...own];
  // Of arrays that are all refused there is no end to wait for; where there were none to submit, all have ended.
  if (ids.length === 0 && submission.arrays.length > 0) return submission;
  const slurm = layout.slurm(submission.grid_id);
  const write = async (change: Partial<AfterAllJob>): Promise<Submission> => {
    submission = {...submission, after_all: {...job, ...submission.after_all, ...change}};
    await writeSubmission(layout, submission);
    return submission;
  };
  const outcome = await callSbatch(context, {
    args: [
      '--parsable',
      `--job-name=${afterAllName(submission.token)}`,
      `--comment=mac ${submission.grid_id} ${submission.token}/after`,
      ...(ids.length === 0 ? [] : [`--dependency=${ids.map(id => `afterany:${id}`).join(',')}`]),
      `${slurm.folder}/after_${submission.number}.sbatch`,
    ],
    what: 'the job after all arrays',
    before: async () => {
      await write({state: 'submitting'});
    },
    lookUp: () => lookUpJob(context, submission, ({after_all: found}) => found?.job_id),
  });
  return await write(outcome);
}

interface LookedUp {
  readonly jobId: string | undefined;
  /** Reason why it is not known: Slurm did not answer. */
  readonly unresolved: string | undefined;
}

/** Returns the id of a job for which sbatch gave no clear answer, if Slurm has it. */
async function lookUpJob(
  context: SubmitContext,
  submission: Submission,
  findId: (settled: Submission) => string | undefined,
): Promise<LookedUp> {
  const {submissions, unresolved, twins} = await reconcile(context, [submission], {mayConclude: true});
  await cancelDuplicates(context, twins);
  return {jobId: submissions[0] && findId(submissions[0]), unresolved};
}

interface SbatchCall {
  readonly args: readonly string[];
  readonly what: string;
  /** Records that sbatch is about to be called. */
  readonly before: () => Promise<void>;
  /** Looks for the job in Slurm. */
  readonly lookUp: () => Promise<LookedUp>;
}

interface JobOutcome {
  readonly state: 'submitted' | 'rejected' | 'deferred' | 'unknown' | 'intended';
  readonly job_id?: string;
  readonly reason?: string;
}

async function callSbatch(context: SubmitContext, call: SbatchCall): Promise<JobOutcome> {
  const {clock, lease, patienceMs, onNote} = context;
  const endMs = clock.monotonic() + patienceMs;
  for (let attempt = 0; ; attempt++) {
    await requireLease(lease);
    await call.before();
    const answer = await context.run('sbatch', call.args);
    const jobId = answer.exitCode === 0 ? parseSubmittedId(answer.stdout) : undefined;
    if (jobId !== undefined) return {state: 'submitted', job_id: jobId};
    const failure = classifySbatchFailure(answer);
    if (failure.kind === 'refused' || failure.kind === 'limit') {
      return {state: failure.kind === 'limit' ? 'deferred' : 'rejected', reason: describeRefusal(failure)};
    }
    onNote(`${call.what}: ${failure.reason}${failure.kind === 'ambiguous' ? '; looking whether it was queued' : ''}`);
    if (failure.kind === 'ambiguous') {
      const {jobId: found, unresolved} = await lookUpWithRetry(context, call, endMs);
      if (found !== undefined) return {state: 'submitted', job_id: found};
      if (unresolved !== undefined) return {state: 'unknown', reason: unresolved};
      // An error that we do not know and that queued nothing will hardly go away.
      if (answer.exitCode === 1 && !isTransient(failure.reason)) return {state: 'rejected', reason: failure.reason};
    }
    if (clock.monotonic() >= endMs) return {state: 'intended', reason: failure.reason};
    await backOff(attempt, context);
  }
}

function isTransient(reason: string): boolean {
  return /timed out|time-?out|unable to contact|connection|communication|socket|zero bytes|try again|no answer/i.test(
    reason,
  );
}

async function lookUpWithRetry(context: SubmitContext, call: SbatchCall, endMs: number): Promise<LookedUp> {
  for (let attempt = 0; ; attempt++) {
    const answer = await call.lookUp();
    if (answer.jobId !== undefined || answer.unresolved === undefined) return answer;
    if (context.clock.monotonic() >= endMs) return answer;
    context.onNote(`${call.what}: Slurm does not answer (${answer.unresolved}); asking again`);
    await backOff(attempt, context);
  }
}

/** Refuses to go on after the lease was lost: another process may have decided otherwise. */
async function requireLease(lease: Lease): Promise<void> {
  if (await lease.isCurrent()) return;
  throw new UserError(
    'submit-lost',
    'another mac has taken over submitting for this grid, since this one was not heard of',
    {
      hint: 'mac status shows what is submitted; mac resume submits what is missing',
    },
  );
}
