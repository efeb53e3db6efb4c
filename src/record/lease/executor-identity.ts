import {randomUUID} from 'node:crypto';
import {readFileSync, readlinkSync} from 'node:fs';
import {hostname} from 'node:os';

import {systemErrorCode} from '../../core/errors.ts';
import {parseProcessStat} from '../../core/process-stat.ts';

/**
 * The identity of a process: its machine, pid and start, enough to tell whether it is still alive. A pid alone is not.
 */
export interface ExecutorIdentity {
  readonly host: string;
  /** Changes with every boot of the host; null where the system does not tell. */
  readonly boot_id: string | null;
  /** Two containers of one host have different ones, and equal pids. */
  readonly pid_namespace: string | null;
  readonly pid: number;
  /** Clock ticks after boot: a pid that was reused has another start. */
  readonly pid_start: string | null;
  readonly slurm_job_id?: string;
  readonly slurm_array_job_id?: string;
  readonly slurm_array_task_id?: string;
  /** Number of times that Slurm requeued the job; absent in its first run. */
  readonly slurm_restart_count?: string;
  /** Tells apart two executions that share all the rest. */
  readonly nonce: string;
}

export function identifyExecutor(env: Readonly<Record<string, string | undefined>> = process.env): ExecutorIdentity {
  const jobId = env['SLURM_JOB_ID'];
  const arrayJobId = env['SLURM_ARRAY_JOB_ID'];
  const arrayTaskId = env['SLURM_ARRAY_TASK_ID'];
  const restartCount = env['SLURM_RESTART_COUNT'];
  return {
    host: hostname(),
    boot_id: readText('/proc/sys/kernel/random/boot_id'),
    pid_namespace: readLink('/proc/self/ns/pid'),
    pid: process.pid,
    pid_start: readProcessStart(process.pid) ?? null,
    ...(jobId === undefined ? {} : {slurm_job_id: jobId}),
    ...(arrayJobId === undefined ? {} : {slurm_array_job_id: arrayJobId}),
    ...(arrayTaskId === undefined ? {} : {slurm_array_task_id: arrayTaskId}),
    ...(restartCount === undefined ? {} : {slurm_restart_count: restartCount}),
    nonce: randomUUID(),
  };
}

/**
 * Returns whether an executor has surely ended. Only known for this very host (same boot, same pid namespace); for
 * others the answer is false, and its lease decides.
 */
export function hasSurelyEnded(executor: ExecutorIdentity): boolean {
  if (!isOnThisHost(executor)) return false;
  const start = readProcessStart(executor.pid);
  if (start === undefined) return false;
  return start === null || (executor.pid_start !== null && start !== executor.pid_start);
}

/**
 * Returns whether an executor is surely a living process of this host, however old its last sign of life (the clock may
 * have jumped).
 */
export function isSurelyAlive(executor: ExecutorIdentity): boolean {
  return isOnThisHost(executor) && executor.pid_start !== null && readProcessStart(executor.pid) === executor.pid_start;
}

function isOnThisHost({host, boot_id, pid_namespace}: ExecutorIdentity): boolean {
  return (
    host === hostname() &&
    boot_id !== null &&
    pid_namespace !== null &&
    boot_id === readText('/proc/sys/kernel/random/boot_id') &&
    pid_namespace === readLink('/proc/self/ns/pid')
  );
}

/** Describes an executor for a message. */
export function describeExecutor(executor: ExecutorIdentity): string {
  const slurm = executor.slurm_array_job_id
    ? `, Slurm job ${executor.slurm_array_job_id}_${executor.slurm_array_task_id ?? '?'}`
    : executor.slurm_job_id
      ? `, Slurm job ${executor.slurm_job_id}`
      : '';
  return `process ${executor.pid} on ${executor.host}${slurm}`;
}

/**
 * Reads field 22 of /proc/PID/stat (proc(5)); null when there is no such process, undefined when it is hidden from us.
 * A zombie has ended.
 */
function readProcessStart(pid: number): string | null | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  // Login nodes hide the processes of other users (hidepid); signal 0 tells that they are there.
  if (stat === null) return exists(pid) ? undefined : null;
  return parseProcessStat(stat)?.start ?? null;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) !== 'ESRCH';
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

function readLink(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
