import {failureSignature} from '../../core/signature.ts';
import {groupBySignature} from './failure-signatures.ts';
import {isUserFailure} from './failure-cause.ts';
import type {TaskState} from './join-states.ts';
import {elementKey} from '../submission/placements.ts';
import type {ElementAttempt, ElementRecord} from '../submission/element-file.ts';

/** A node on which every attempt fails. */
export interface BadNode {
  readonly node: string;
  readonly failures: number;
  readonly cause: string;
  /** False where other nodes may fail in the same way: the node is only mentioned. */
  readonly isToBlame: boolean;
}

/** Causes for which a node can be blamed: not the work's needs, a person, or a full disk that all nodes share. */
const NODE_CAUSES = new Set(['server failed', 'could not start', 'node failure', 'killed', 'failed', 'bug']);
/** Causes that a command or a model brings along wherever it runs: a node is blamed only if it worked on another. */
const WORKLOAD_CAUSES = new Set(['server failed', 'failed', 'bug']);

const MIN_FAILURES = 2;

interface NodeFailure {
  readonly node: string;
  readonly cause: string;
  /** With its detail. */
  readonly text: string;
}

/**
 * Finds nodes on which at least two elements failed with the same signature and none ever made progress. A node is to
 * blame where elements on other nodes did not fail in the same way, and the user's commands or a full disk are not the
 * cause; for failed servers, only where something worked elsewhere. Pure.
 */
export function findBadNodes(states: readonly TaskState[], records: readonly ElementRecord[]): BadNode[] {
  const attempts = records.flatMap(record => record.attempts);
  const works = new Set([
    ...attempts.filter(madeAnyProgress).map(({node}) => node),
    ...states.flatMap(({state, node}) => (state === 'running' && node !== undefined ? [node] : [])),
  ]);
  const used = new Set([
    ...attempts.map(({node}) => node),
    ...states.flatMap(({node}) => (node === undefined || node === '' ? [] : [node])),
  ]);
  const last = listLastFailures(states);
  const all = [...last, ...attempts.flatMap(toFailures)];
  return [...new Set(last.map(({node}) => node))].sort().flatMap((node): BadNode[] => {
    if (works.has(node)) return [];
    const elsewhere = new Set(all.filter(failure => failure.node !== node).map(({text}) => failureSignature(text)));
    // A grid of several models has a text for each, and a stray failure of another kind does not clear the node.
    const here = last.filter(failure => failure.node === node && !elsewhere.has(failureSignature(failure.text)));
    const group = largestFailureGroup(here);
    const [first] = group;
    if (!first) return [];
    const isToBlame = WORKLOAD_CAUSES.has(first.cause) ? works.size > 0 : used.size > 1;
    return [{node, failures: group.length, cause: first.text, isToBlame}];
  });
}

/** Returns the largest group of failures with one signature; empty where no two share one. */
function largestFailureGroup(failures: readonly NodeFailure[]): readonly NodeFailure[] {
  const groups = [...groupBySignature(failures, ({text}) => text).values()];
  const [largest = []] = groups.sort((a, b) => b.length - a.length);
  return largest.length < MIN_FAILURES ? [] : largest;
}

/** Returns how elements failed last; the tasks of one pack fail together and count once. */
function listLastFailures(states: readonly TaskState[]): NodeFailure[] {
  const failures = new Map<string, NodeFailure>();
  for (const {state, cause, detail, node, jobId, element} of states) {
    if (node === undefined || node === '' || jobId === undefined) continue;
    if (state !== 'failed' || cause === undefined || !NODE_CAUSES.has(cause)) continue;
    const text = detail === undefined ? cause : `${cause}: ${detail}`;
    if (!isUserFailure(text)) failures.set(elementKey(jobId, element ?? null), {node, cause, text});
  }
  return [...failures.values()];
}

/** Returns an attempt's own account of its failure, in the words of task states. */
function toFailures({node, cause, detail}: ElementAttempt): NodeFailure[] {
  if (cause === undefined) return [];
  const words = cause.replaceAll('-', ' ');
  return [{node, cause: words, text: detail === undefined ? words : `${words}: ${detail}`}];
}

/** Returns whether an attempt did any work. A count may be of earlier attempts, so failed starts are ruled out. */
function madeAnyProgress({cause, questions: {done}}: ElementAttempt): boolean {
  if (cause === 'done') return true;
  return done > 0 && cause !== 'server-failed' && cause !== 'bug' && cause !== undefined;
}
