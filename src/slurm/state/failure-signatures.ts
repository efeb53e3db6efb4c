import {failureSignature} from '../../core/signature.ts';
import {isUserFailure} from './failure-cause.ts';
import type {ElementRecord} from '../submission/element-file.ts';

/** How one element of an array stands. */
export interface ElementOutcome {
  readonly element: number;
  /** Of its last attempt. */
  readonly node: string;
  /** `ok`: it finished work, all or some. `died`: it ended without having done anything. */
  readonly kind: 'ok' | 'died' | 'running';
  /** Why it died, in words that are equal for equal causes. */
  readonly cause?: string;
}

/** So many deaths with one cause and not a single success are no chance. */
const MIN_FAILURES = 4;

/** What is to become of the pending rest of an array, and why. */
export type ArrayVerdict =
  | {readonly kind: 'stop'; readonly cause: string}
  | {readonly kind: 'leave-node'; readonly node: string; readonly cause: string};

/**
 * Judges an array by how its elements ended. It is stopped when all of them die alike, so that the rest does not die
 * too; one element that got anything done, or one other cause, and it goes on. Where they die alike on one node only
 * while elements are at work on others, that node is left: a broken one fails in seconds, is free again at once, and
 * would draw in all the rest. Pure.
 *
 * @returns null to go on.
 */
export function judgeArray(outcomes: readonly ElementOutcome[], deaths = MIN_FAILURES): ArrayVerdict | null {
  const died = outcomes.filter(({kind}) => kind === 'died');
  for (const [signature, alike] of groupBySignature(died, ({cause = ''}) => cause)) {
    const [first] = alike;
    if (!first || alike.length < deaths) continue;
    const {node, cause = ''} = first;
    const isOfNode = alike.every(each => each.node === node) && !isUserFailure(signature);
    const isBarren = outcomes.every(each => each.node !== node || each.kind !== 'ok');
    const isAliveElsewhere = outcomes.some(each => each.node !== node && each.kind !== 'died');
    if (isOfNode && isBarren && isAliveElsewhere) {
      return {
        kind: 'leave-node',
        node,
        cause: `${alike.length} elements ended alike there, and elsewhere none: ${cause}`,
      };
    }
    if (alike.length === died.length && outcomes.every(({kind}) => kind !== 'ok')) {
      const count = `${died.length} of ${outcomes.length} elements that ran ended alike and none got anything done`;
      return {kind: 'stop', cause: `${count}: ${cause}`};
    }
  }
  return null;
}

/**
 * The outcomes that the records of an array's elements tell. Cancelled, preempted and requeued elements say nothing of
 * what is wrong; neither do those that found their task in other hands.
 */
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
    return [{element, node, kind: 'died', cause}];
  });
}

const IGNORED_CAUSES = new Set(['preempted-or-cancelled', 'lease-held']);

/**
 * An attempt that was not requeued has questions done. Those that earlier jobs of its tasks had done are among them: an
 * array is stopped too late rather than too early.
 */
function madeProgress({questions, restart_count: restarts, cause}: ElementRecord['attempts'][number]): boolean {
  return cause !== 'done' && restarts === 0 && questions.done > 0 && cause !== 'server-failed';
}

/** What ended alike, by signature, each group in the order given. @param causeOf the cause in words. */
export function groupBySignature<T>(ended: readonly T[], causeOf: (each: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const each of ended) {
    const signature = failureSignature(causeOf(each));
    const group = groups.get(signature);
    if (group) group.push(each);
    else groups.set(signature, [each]);
  }
  return groups;
}
