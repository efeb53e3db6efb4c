import {failureSignature} from '../../core/signature.ts';
import {groupBySignature} from './failure-signatures.ts';
import {isUserFailure} from './failure-cause.ts';
import type {TaskState} from './join-states.ts';
import {elementKey} from '../submission/placements.ts';
import type {ElementAttempt, ElementRecord} from '../submission/element-file.ts';

/** A node on which nothing works. */
export interface BadNode {
  readonly node: string;
  readonly deaths: number;
  readonly cause: string;
  /** False where nothing shows that it is the node: it is worth a word, but other nodes may fare alike. */
  readonly isToBlame: boolean;
}

/**
 * Causes that a node can be blamed for: not the work's own needs, not a person, not a full disk that all nodes share.
 */
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
 * Nodes on which at least two elements died alike and none ever got anything done. A node is to blame where elements
 * that ran elsewhere did not die of the same, and not of what the user's own commands or a full disk do; of a server,
 * only where something worked elsewhere. Pure.
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
    const elsewhere = new Set(all.filter(death => death.node !== node).map(({text}) => failureSignature(text)));
    // A grid of several models has a text for each; and a stray death of another kind does not speak for the node.
    const here = last.filter(death => death.node === node && !elsewhere.has(failureSignature(death.text)));
    const alike = largestFailureGroup(here);
    const [first] = alike;
    if (!first) return [];
    const isToBlame = WORKLOAD_CAUSES.has(first.cause) ? works.size > 0 : used.size > 1;
    return [{node, deaths: alike.length, cause: first.text, isToBlame}];
  });
}

/** The largest group of deaths with one cause; empty where none died like another. */
function largestFailureGroup(deaths: readonly NodeFailure[]): readonly NodeFailure[] {
  const groups = [...groupBySignature(deaths, ({text}) => text).values()];
  const [largest = []] = groups.sort((a, b) => b.length - a.length);
  return largest.length < MIN_FAILURES ? [] : largest;
}

/** How elements died last; those of one pack die together and count once. */
function listLastFailures(states: readonly TaskState[]): NodeFailure[] {
  const deaths = new Map<string, NodeFailure>();
  for (const {state, cause, detail, node, jobId, element} of states) {
    if (node === undefined || node === '' || jobId === undefined) continue;
    if (state !== 'failed' || cause === undefined || !NODE_CAUSES.has(cause)) continue;
    const text = detail === undefined ? cause : `${cause}: ${detail}`;
    if (!isUserFailure(text)) deaths.set(elementKey(jobId, element ?? null), {node, cause, text});
  }
  return [...deaths.values()];
}

/** What an attempt wrote of its own end, in the words of states. */
function toFailures({node, cause, detail}: ElementAttempt): NodeFailure[] {
  if (cause === undefined) return [];
  const words = cause.replaceAll('-', ' ');
  return [{node, cause: words, text: detail === undefined ? words : `${words}: ${detail}`}];
}

/** What an earlier attempt had done counts as done too, so that a death says more than a count. */
function madeAnyProgress({cause, questions: {done}}: ElementAttempt): boolean {
  if (cause === 'done') return true;
  return done > 0 && cause !== 'server-failed' && cause !== 'bug' && cause !== undefined;
}
