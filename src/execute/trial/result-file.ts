import {stat} from 'node:fs/promises';

import {z} from 'zod';

import {errorMessage, UserError} from '../../core/errors.ts';
import {readIfExists} from '../../record/disk/read-file.ts';
import type {TrialRecord} from '../../record/trial/trial-record.ts';

const resultSchema = z.looseObject({
  status: z.enum(['succeeded', 'skipped', 'failed']).optional(),
  reason: z.string().optional(),
  metrics: z.record(z.string(), z.number()).optional(),
  tokens: z.object({prompt: z.number(), completion: z.number(), total: z.number()}).optional(),
});

/** A statement of a trial's process on itself, from `$MAC_RESULT_FILE`. */
export interface TrialResult extends Pick<TrialRecord, 'metrics' | 'tokens' | 'result'> {
  readonly status: 'succeeded' | 'skipped' | 'failed';
  readonly reason: string | undefined;
}

/** More is no summary: it belongs into a file of the trial's folder. */
const MAX_BYTES = 16 * 1024 * 1024;

const NOTHING: TrialResult = {status: 'succeeded', reason: undefined, metrics: {}, tokens: null, result: {}};

/** Reads a result file; one that is missing says nothing. Returns in words what is wrong with one that is. */
export async function readResultFile(path: string): Promise<TrialResult | string> {
  const size = await stat(path).then(
    found => found.size,
    () => 0,
  );
  if (size > MAX_BYTES) return `its result file has ${size} bytes, more than ${MAX_BYTES}`;
  let value: unknown;
  try {
    const text = await readIfExists(path, {lookTwice: false});
    if (text === undefined) return NOTHING;
    value = JSON.parse(text);
  } catch (error) {
    // A folder in its place, say.
    return error instanceof UserError ? error.message : `its result file is no JSON: ${errorMessage(error)}`;
  }
  const parsed = resultSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `its result file is wrong at ${issue?.path.join('.') || 'the top'}: ${issue?.message ?? 'not as expected'}`;
  }
  const {status = 'succeeded', reason, metrics = {}, tokens = null, ...result} = parsed.data;
  return {status, reason, metrics, tokens, result};
}
