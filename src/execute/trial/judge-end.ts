import type {TrialRecord} from '../../record/trial/trial-record.ts';
import {describeExit} from '../process/detached-process.ts';
import type {ProcessEnd} from '../process/run-process.ts';
import {describeFailedExit} from './describe-end.ts';
import type {FoundOutput} from './find-output.ts';
import type {TrialResult} from './result-file.ts';

/** The end of a run, for its record. */
export type TrialOutcome = Pick<TrialRecord, 'status' | 'metrics' | 'tokens' | 'result'> & {readonly reason?: string};

export interface EndedRun extends ProcessEnd {
  readonly timeoutMs: number | null;
  /** The end of its output. */
  readonly printed: readonly string[];
  /** Its result file, or what is wrong with it. */
  readonly said: TrialResult | string;
  readonly output: FoundOutput;
}

const NOTHING = {metrics: {}, tokens: null, result: {}};

/** Judges a run by how its process ended, by what it said of itself and by its folder. */
export function judgeEnd({exit, cause, timeoutMs, printed, said, output}: EndedRun): TrialOutcome {
  switch (cause) {
    case 'stopped':
      return {...NOTHING, status: 'cancelled', reason: 'stopped before it ended'};
    case 'timeout':
      return {...NOTHING, status: 'timeout', reason: `ran longer than ${(timeoutMs ?? 0) / 1000} s`};
    case 'log-full':
      return {...NOTHING, status: 'failed', reason: 'wrote more to its output than a log may hold'};
    case 'itself':
      break;
  }
  if (exit.code !== 0) {
    const own = typeof said === 'string' ? undefined : said.reason;
    return {...NOTHING, status: 'failed', reason: own ?? describeFailedExit(describeExit(exit), printed)};
  }
  if (typeof said === 'string') return {...NOTHING, status: 'failed', reason: said};
  const {status, reason, ...result} = said;
  if (status === 'failed') return {...result, status, reason: reason ?? 'its result file says that it failed'};
  if (status === 'skipped') return {...result, status, ...(reason === undefined ? {} : {reason})};
  if ('missing' in output) return {...NOTHING, status: 'failed', reason: output.missing};
  return {...result, status, ...(reason === undefined ? {} : {reason})};
}
