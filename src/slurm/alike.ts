import type {ElementRecord} from './submission-file.ts';

/** How one element of an array stands. */
export interface ElementOutcome {
  readonly element: number;
  /** `ok`: it finished work, all or some. `died`: it ended without having done anything. */
  readonly kind: 'ok' | 'died' | 'running';
  /** Why it died, in words that are equal for equal causes. */
  readonly cause?: string;
}

/** So many deaths with one cause and not a single success are no chance. */
const DEATHS = 4;

/**
 * Whether an array should be stopped because its elements all die alike, so that the rest does not die too. One element that got anything done, or
 * one other cause, and it goes on. Pure.
 *
 * @returns the cause in words, or null to go on.
 */
export function shouldStopArray(outcomes: readonly ElementOutcome[], deaths = DEATHS): string | null {
  const died = outcomes.filter(({kind}) => kind === 'died');
  if (died.length < deaths || outcomes.some(({kind}) => kind === 'ok')) return null;
  const causes = new Set(died.map(({cause = ''}) => signatureOf(cause)));
  if (causes.size !== 1) return null;
  return `${died.length} of ${outcomes.length} elements that ran ended alike and none got anything done: ${died[0]?.cause ?? ''}`;
}

/**
 * The outcomes that the records of an array's elements tell. Cancelled, preempted and requeued elements say nothing of what is wrong; neither do those that
 * found their task in other hands.
 */
export function outcomesOf(records: readonly ElementRecord[]): ElementOutcome[] {
  return records.flatMap(({element, attempts}): ElementOutcome[] => {
    const last = attempts.at(-1);
    if (!last) return [];
    if (attempts.some(({cause}) => cause === 'done') || attempts.some(madeProgress)) return [{element, kind: 'ok'}];
    if (last.ended_at === undefined) return [{element, kind: 'running'}];
    if (last.cause === undefined || NO_DEATHS.has(last.cause)) return [];
    return [{element, kind: 'died', cause: last.detail === undefined ? last.cause : `${last.cause}: ${last.detail}`}];
  });
}

const NO_DEATHS = new Set(['preempted-or-cancelled', 'lease-held']);

/**
 * An attempt that was not requeued has questions done. Those that earlier jobs of its tasks had done are among them: an array is stopped too late rather than
 * too early.
 */
function madeProgress({questions, restart_count: restarts, cause}: ElementRecord['attempts'][number]): boolean {
  return cause !== 'done' && restarts === 0 && questions.done > 0 && cause !== 'server-failed';
}

/** Two causes are alike when they differ in numbers, addresses and paths only. */
export function signatureOf(cause: string): string {
  return cause
    .split('\n', 1)
    .join('')
    .replace(/\/[^\s:]+/g, '/…')
    .replace(/0x[0-9a-f]+/gi, '#')
    .replace(/\d+/g, '#')
    .trim()
    .toLowerCase();
}
