import {groupBy} from '../../core/group-by.ts';
import {failureSignature} from '../../core/signature.ts';
import {isUserFailure} from './failure-cause.ts';
import type {ElementRecord} from '../submission/element-file.ts';

/** State of one element of an array. */
export interface ElementOutcome {
  readonly element: number;
  /** Of its last attempt. */
  readonly node: string;
  /** `ok`: it made progress. `failed`: it ended without any. */
  readonly kind: 'ok' | 'failed' | 'running';
  /** Its failure's signature: equal texts for equal causes. */
  readonly cause?: string;
}

/** This many failures with one signature and not a single success are no coincidence. */
const MIN_FAILURES = 4;

/** Decision about the pending rest of an array, with the reason. */
export type ArrayVerdict =
  | {readonly kind: 'stop'; readonly cause: string}
  | {readonly kind: 'leave-node'; readonly node: string; readonly cause: string};

/**
 * Judges an array by how its elements ended. It is stopped when all of them failed with the same signature; one element
 * that made progress, or one other cause, and it goes on. Where they failed on one node only while elements are at work
 * on others, that node is left: a broken node fails in seconds, is free again at once, and would draw in all the rest.
 * Pure.
 *
 * @returns null to go on.
 */
export function judgeArray(outcomes: readonly ElementOutcome[], minFailures = MIN_FAILURES): ArrayVerdict | null {
  const failed = outcomes.filter(({kind}) => kind === 'failed');
  for (const [signature, group] of groupBySignature(failed, ({cause = ''}) => cause)) {
    const [first] = group;
    if (!first || group.length < minFailures) continue;
    const {node, cause = ''} = first;
    const isOfNode = group.every(each => each.node === node) && !isUserFailure(signature);
    const isBarren = outcomes.every(each => each.node !== node || each.kind !== 'ok');
    const isAliveElsewhere = outcomes.some(each => each.node !== node && each.kind !== 'failed');
    if (isOfNode && isBarren && isAliveElsewhere) {
      return {
        kind: 'leave-node',
        node,
        cause: `${group.length} elements failed there in the same way, and none elsewhere: ${cause}`,
      };
    }
    if (group.length === failed.length && outcomes.every(({kind}) => kind !== 'ok')) {
      const count = `${failed.length} of ${outcomes.length} elements that ran failed in the same way and none made progress`;
      return {kind: 'stop', cause: `${count}: ${cause}`};
    }
  }
  return null;
}

/** Returns the outcomes in an array's records, without innocent ends: cancelled, preempted, requeued, held. */
export function listOutcomes(records: readonly ElementRecord[]): ElementOutcome[] {
  return records.flatMap(({element, attempts}): ElementOutcome[] => {
    const last = attempts.at(-1);
    if (!last) return [];
    const {node} = last;
    if (attempts.some(({cause}) => cause === 'done') || attempts.some(madeProgress))
      return [{element, node, kind: 'ok'}];
    if (last.ended_at === undefined) return [{element, node, kind: 'running'}];
    if (last.cause === undefined || IGNORED_CAUSES.has(last.cause)) return [];
    const cause = last.detail === undefined ? last.cause : `${last.cause}: ${last.detail}`;
    return [{element, node, kind: 'failed', cause}];
  });
}

const IGNORED_CAUSES = new Set(['preempted-or-cancelled', 'lease-held']);

/** Returns whether an attempt that was not requeued has questions done, even of earlier jobs: better stop late. */
function madeProgress({questions, restart_count: restarts, cause}: ElementRecord['attempts'][number]): boolean {
  return cause !== 'done' && restarts === 0 && questions.done > 0 && cause !== 'server-failed';
}

/** Groups what ended by failure signature, each group in the order given. @param describeCause the cause in words. */
export function groupBySignature<T>(ended: readonly T[], describeCause: (each: T) => string): Map<string, T[]> {
  return groupBy(ended, each => failureSignature(describeCause(each)));
}
