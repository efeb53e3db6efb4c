import {UserError} from '../../core/errors.ts';
import {formatSlurmTime, parseSlurmTime} from '../profile/slurm-time.ts';

/** Factors by which tasks that ran out of memory or time get more. */
export interface Escalation {
  readonly mem?: number;
  readonly time?: number;
}

/** Reads `mem=1.5x,time=2x`. @returns undefined when the text is no such list. */
export function parseEscalation(text: string): Escalation | undefined {
  const escalation: {mem?: number; time?: number} = {};
  for (const part of text.split(',')) {
    const match = /^\s*(mem|time)\s*=\s*(\d{1,3}(?:\.\d{1,3})?)x?\s*$/.exec(part);
    const factor = Number(match?.[2]);
    const key = match?.[1] as 'mem' | 'time' | undefined;
    if (key === undefined || !(factor > 1)) return undefined;
    escalation[key] = factor;
  }
  return escalation;
}

const MEGABYTES: Readonly<Record<string, number>> = {K: 1 / 1024, M: 1, G: 1024, T: 1024 * 1024};

/**
 * Returns more memory, as sbatch takes it.
 *
 * @throws UserError `escalate-unknown` when it is not known how much there was.
 */
export function escalateMem(mem: string | undefined, factor: number): string {
  const match = /^(\d+)([KMGT]?)$/i.exec(mem ?? '');
  const amount = Number(match?.[1]);
  // 0 means all memory of a node, which cannot be more.
  if (!match || amount === 0) throw unknown('mem', 'memory', mem);
  return `${Math.ceil(amount * (MEGABYTES[(match[2] ?? '').toUpperCase() || 'M'] ?? 1) * factor)}M`;
}

/** Returns a longer time limit. @throws UserError `escalate-unknown`. */
export function escalateTime(time: string | undefined, factor: number): string {
  const minutes = time === undefined ? undefined : parseSlurmTime(time);
  if (minutes === undefined || minutes === Infinity) throw unknown('time', 'time', time);
  return formatSlurmTime(minutes * factor);
}

function unknown(key: string, what: string, value: string | undefined): UserError {
  const had = value === undefined ? `the profile does not say how much ${what} jobs get` : `--${key} was ${value}`;
  return new UserError('escalate-unknown', `--escalate ${key}: ${had}, so there is nothing to multiply`, {
    hint: `give the new value: --${key} …`,
  });
}
