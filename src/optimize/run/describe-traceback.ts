import {UserError} from '../../core/errors.ts';
import {ProgramError} from '../external/program.ts';
import {ChatError} from '../model/chat.ts';
import {JobError} from './open-parts.ts';

/** Faults of programs in which they themselves told us nothing but that they broke. */
const BROKE = ['died', 'error'];

/**
 * Returns the stack of an error that nobody foresaw; null for one that its message says all of: a key that is not set,
 * a program that is not there, a wrong value.
 */
export function describeTraceback(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof UserError || error instanceof JobError || error instanceof ChatError) return null;
  if (error instanceof ProgramError && !BROKE.includes(error.code)) return null;
  return error.stack ?? null;
}
