import type {Clock} from '../../core/clock.ts';
import {UserError} from '../../core/errors.ts';
import type {Random} from '../../core/seeds/random.ts';
import type {RunSlurm, SlurmAnswer} from './client.ts';
import {accountingIsOff, parseAccounting, SACCT_FORMAT, type AccountingRow} from './parse-accounting.ts';
import {parseQueue, SQUEUE_FORMAT, type QueueRow} from './parse-queue.ts';

/** The queue's rows for some jobs, or the reason why Slurm could not be asked, which proves nothing about the jobs. */
export type QueueAnswer =
  | {readonly kind: 'known'; readonly rows: readonly QueueRow[]; readonly cutShort: ReadonlyMap<string, string>}
  | {readonly kind: 'unavailable'; readonly reason: string};

/**
 * Asks once for all jobs with these names, also those that ended within Slurm's memory (MinJobAge, five minutes by
 * default). By name and not by id: it finds jobs whose id we never learned, and an id that Slurm has forgotten would
 * make the question an error. Without `-r`: with it, 22.05 drops the last waiting element of an array with a step
 * (`0-22:2`).
 */
export async function askQueue(run: RunSlurm, names: readonly string[]): Promise<QueueAnswer> {
  if (names.length === 0) return {kind: 'known', rows: [], cutShort: new Map()};
  const answer = await run('squeue', ['-h', '-t', 'all', '-o', SQUEUE_FORMAT, `--name=${names.join(',')}`]);
  if (answer.exitCode !== 0) return {kind: 'unavailable', reason: summarizeFailure(answer, 'squeue')};
  return {kind: 'known', ...parseQueue(answer.stdout)};
}

/** Asks as `askQueue` does; treats a machine without Slurm as a Slurm that does not answer. */
export async function askQueueIfAny(run: RunSlurm, names: readonly string[]): Promise<QueueAnswer> {
  try {
    return await askQueue(run, names);
  } catch (error) {
    if (error instanceof UserError && error.code === 'slurm-missing')
      return {kind: 'unavailable', reason: error.message};
    throw error;
  }
}

export type AccountingAnswer =
  | {readonly kind: 'known'; readonly rows: readonly AccountingRow[]}
  | {readonly kind: 'off'}
  | {readonly kind: 'unavailable'; readonly reason: string};

/**
 * Asks accounting once for all jobs with these names that began on or after a day (`2026-11-21`, local time of the
 * cluster). Without `--array`, which 22.05 does not know: elements that started have rows of their own without it, and
 * the waiting rest comes in one row (`148_[2-9]`), as in the queue.
 */
export async function askAccounting(
  run: RunSlurm,
  names: readonly string[],
  sinceDay: string,
): Promise<AccountingAnswer> {
  if (names.length === 0) return {kind: 'known', rows: []};
  const args = ['-X', '-P', '-n', '-S', sinceDay, '-o', SACCT_FORMAT, `--name=${names.join(',')}`];
  const answer = await run('sacct', args);
  if (answer.exitCode === 0) return {kind: 'known', rows: parseAccounting(answer.stdout)};
  if (accountingIsOff(answer.stderr)) return {kind: 'off'};
  return {kind: 'unavailable', reason: summarizeFailure(answer, 'sacct')};
}

/** Returns a day for sacct, which takes local days: two days earlier is before the time meant in every time zone. */
export function accountingStartDate(ms: number): string {
  return new Date(Math.max(0, ms - 2 * 86_400_000)).toISOString().slice(0, 10);
}

/** Returns a failed command's complaint, in one line. */
export function summarizeFailure({stderr, stdout, exitCode, timedOut}: SlurmAnswer, program: string): string {
  const lines = `${stderr}\n${stdout}`.split('\n').map(line => line.trim());
  const last = lines.filter(line => line !== '').at(-1);
  const text = last?.replace(/^(?:s\w+: )?(?:error: |slurm_load_\w+ error: |slurm_load_\w+: )/, '');
  return text ?? (timedOut ? `${program} gave no answer` : `${program} ended with ${exitCode ?? 'a signal'}`);
}

/** Pauses for one second at first and half a minute at last, with jitter, so that many clients do not ask in step. */
export async function backOff(
  attempt: number,
  {clock, random}: {readonly clock: Clock; readonly random: Random},
): Promise<void> {
  const longest = Math.min(30_000, 1_000 * 2 ** attempt);
  await clock.sleep(longest * (0.5 + 0.5 * random()));
}
