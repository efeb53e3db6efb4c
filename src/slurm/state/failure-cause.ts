import type {ElementAttempt, ElementRecord} from '../submission/element-file.ts';

/** Reason why an element ended without finishing its tasks. */
export type FailureCause =
  | 'out of memory'
  | 'out of GPU memory'
  | 'time limit'
  | 'node failure'
  | 'preempted'
  | 'cancelled'
  | 'stopped'
  | 'server failed'
  | 'could not start'
  | 'cannot write'
  | 'lease held'
  | 'bug'
  | 'killed'
  | 'failed';

export interface Failure {
  readonly cause: FailureCause;
  readonly detail?: string;
}

/** Known facts about an element's end. */
export interface ElementEnd {
  /** Slurm's word for it; undefined when Slurm has forgotten the job. */
  readonly state?: string | undefined;
  /** Slurm's reason (squeue) or exit code (`code:signal`, sacct). */
  readonly reason?: string | undefined;
  readonly exitCode?: string | undefined;
  readonly record?: ElementRecord | undefined;
  /** The last lines of its log. */
  readonly log?: string | undefined;
}

/**
 * Returns why an element failed: Slurm's state where it is definite, else what the job wrote about itself, else what
 * Slurm left in the log (which outlives its memory).
 *
 * @returns null when it ended in good order, with its work done or questions left.
 */
export function classifyFailure({state, reason, exitCode, record, log: text}: ElementEnd): Failure | null {
  const log = text ?? '';
  const attempt = record?.attempts.at(-1);
  const bySlurm = CAUSE_BY_STATE[state ?? ''];
  // Without cgroups, Slurm cancels what uses too much memory, and only the log says so.
  const byLog = findCauseInLog(log);
  if (byLog === 'out of memory') return {cause: byLog};
  if (bySlurm) return toFailure(bySlurm, attempt);
  if (state === 'CANCELLED') return {cause: byLog === 'time limit' || byLog === 'node failure' ? byLog : 'cancelled'};
  const byJob = attempt?.ended_at === undefined ? undefined : classifyAttempt(attempt);
  if (byJob !== undefined) return byJob;
  if (byLog !== undefined) return {cause: byLog};
  if (state === 'COMPLETED') return null;
  const signal = /:(\d+)$/.exec(exitCode ?? '')?.[1];
  const isSignalled = signal !== undefined && signal !== '0';
  // Slurm calls it a failed launch, too, when a signal ends the shell; but then it had started it, and opened its log.
  const isLaunchFailure = reason === 'JobLaunchFailure' && !isSignalled && text === undefined;
  if (!attempt && (isLaunchFailure || exitCode === LAUNCH_FAILED_EXIT_CODE)) {
    return {
      cause: 'could not start',
      detail: 'Slurm could not start it: is the workspace there on the node, and the folder of the log?',
    };
  }
  // Before the log: the script's trap speaks of its setup_command, too, when a signal ends the shell meanwhile.
  if (!attempt && (isSignalled || reason === 'JobLaunchFailure')) {
    const by = isSignalled ? `signal ${signal}` : 'a signal';
    return {
      cause: 'killed',
      detail: `the job's shell was killed by ${by} before mac began: by its setup_command, or for memory?`,
    };
  }
  if (isSignalled) return {cause: 'killed', detail: `by signal ${signal}`};
  const preparation = attempt ? undefined : findSetupFailure(log);
  if (preparation) return preparation;
  if (reason === 'JobLaunchFailure') return {cause: 'killed'};
  const code = /^([1-9]\d*):/.exec(exitCode ?? '')?.[1];
  if (Number(code) > SIGNAL_EXIT_BASE) return {cause: 'killed', detail: `by signal ${Number(code) - SIGNAL_EXIT_BASE}`};
  const parts = [
    ...(code === undefined ? [] : [`exit code ${code}`]),
    ...(!attempt && text === ''
      ? ['it left no record and an empty log: is the disk full, or your quota used up?']
      : []),
  ];
  return {cause: 'failed', ...(parts.length === 0 ? {} : {detail: parts.join('; ')})};
}

/** Finds messages of the job's script, or of a shell on a full disk, from before mac began. */
function findSetupFailure(log: string): Failure | undefined {
  const setup = /^mac: (setup_command ended with exit code \d+|a module cannot be loaded.*)$/m.exec(log)?.[1];
  if (setup !== undefined) return {cause: 'failed', detail: setup};
  const disk = /No space left on device|Disk quota exceeded|Read-only file system/.exec(log)?.[0];
  return disk === undefined ? undefined : {cause: 'cannot write', detail: disk};
}

/** Returns whether a failure comes from the user's own commands or a disk that all nodes share: no node is to blame. */
export function isUserFailure(text: string): boolean {
  return /setup_command|a module cannot be loaded|cannot write|No space left|ENOSPC|EDQUOT|quota|EROFS|Read-only file system|disk full|disk is full/i.test(
    text,
  );
}

/** Slurm's exit code when it could not open a job's log or enter its folder. */
const LAUNCH_FAILED_EXIT_CODE = '0:53';

/** A shell's exit code for a program that a signal ended is this and the signal's number. */
const SIGNAL_EXIT_BASE = 128;

const CAUSE_BY_STATE: Readonly<Record<string, FailureCause>> = {
  OUT_OF_MEMORY: 'out of memory',
  TIMEOUT: 'time limit',
  DEADLINE: 'time limit',
  NODE_FAIL: 'node failure',
  BOOT_FAIL: 'node failure',
  PREEMPTED: 'preempted',
  LAUNCH_FAILED: 'could not start',
};

function toFailure(cause: FailureCause, attempt: ElementAttempt | undefined): Failure {
  return {cause, ...(attempt?.detail === undefined ? {} : {detail: attempt.detail})};
}

/** @returns undefined when the job did not say; null when nothing went wrong. */
function classifyAttempt(attempt: ElementAttempt): Failure | null | undefined {
  switch (attempt.cause) {
    case 'done':
    case 'questions-left':
      return null;
    case 'server-failed':
      return toFailure('server failed', attempt);
    case 'out-of-memory':
      return toFailure('out of memory', attempt);
    case 'out-of-gpu-memory':
      return toFailure('out of GPU memory', attempt);
    case 'time-limit':
      return toFailure('time limit', attempt);
    case 'preempted-or-cancelled':
      return toFailure('cancelled', attempt);
    case 'cannot-write':
      return toFailure('cannot write', attempt);
    case 'lease-held':
      return toFailure('lease held', attempt);
    case 'bug':
      return toFailure('bug', attempt);
    case undefined:
      return undefined;
  }
}

/** Texts of slurmstepd and the kernel. A requeued job's log goes on after them, so only its last lines count. */
export function findCauseInLog(log: string): FailureCause | undefined {
  if (/oom[-_]kill event|Exceeded job memory limit|exceeded memory limit|oom_kill/i.test(log)) return 'out of memory';
  if (/DUE TO TIME LIMIT/.test(log)) return 'time limit';
  if (/DUE TO NODE FAILURE|DUE TO NODE_FAIL/.test(log)) return 'node failure';
  if (/DUE TO PREEMPTION/.test(log)) return 'preempted';
  if (/\*\*\* (?:JOB|STEP) \S+ ON \S+ CANCELLED AT/.test(log)) return 'cancelled';
  // The job's shell, of its executor.
  if (/slurm_script: line \d+: +\d+ Killed /.test(log)) return 'killed';
  return undefined;
}
