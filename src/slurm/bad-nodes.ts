import {signatureOf} from './alike.ts';
import type {TaskState} from './join-states.ts';
import {elementKey} from './placement.ts';
import type {ElementCause, ElementRecord} from './submission-file.ts';

/** A node on which nothing works. */
export interface BadNode {
  readonly node: string;
  readonly deaths: number;
  readonly cause: string;
}

/** Causes that a node can be blamed for: not the work's own needs, not a person, not a full disk that all nodes share. */
const BLAMED = new Set(['server failed', 'could not start', 'node failure', 'killed', 'failed', 'bug']);

const DEATHS = 2;

/**
 * Nodes on which at least two elements died alike and none ever got anything done. When that would be all nodes that were used, the cause is not a node, and
 * none is named. Pure.
 */
export function findBadNodes(states: readonly TaskState[], records: readonly ElementRecord[]): BadNode[] {
  const works = new Set(
    records.flatMap(({attempts}) =>
      attempts.flatMap(({node, cause, questions: {done}}) => (gotAnythingDone(cause, done) ? [node] : [])),
    ),
  );
  const used = new Set([...records.flatMap(({attempts}) => attempts.map(({node}) => node)), ...works]);
  const deaths = new Map<string, Map<string, string>>();
  for (const {state, cause, detail, node, jobId, element} of states) {
    if (node === undefined || node === '') continue;
    used.add(node);
    if (state === 'running') works.add(node);
    if (state !== 'failed' || cause === undefined || !BLAMED.has(cause) || jobId === undefined) continue;
    const ofNode = deaths.get(node) ?? new Map<string, string>();
    // A pack's tasks die together: an element counts once.
    ofNode.set(elementKey(jobId, element ?? null), detail === undefined ? cause : `${cause}: ${detail}`);
    deaths.set(node, ofNode);
  }
  const bad: BadNode[] = [];
  for (const [node, causes] of deaths) {
    const texts = [...causes.values()];
    const alike = new Set(texts.map(signatureOf)).size === 1;
    if (alike && texts.length >= DEATHS && !works.has(node))
      bad.push({node, deaths: texts.length, cause: texts[0] ?? ''});
  }
  return bad.length === used.size ? [] : bad.sort((a, b) => (a.node < b.node ? -1 : 1));
}

/** What an earlier attempt had done counts as done too, so that a death says more than a count. */
function gotAnythingDone(cause: ElementCause | undefined, done: number): boolean {
  if (cause === 'done' || cause === 'questions-left') return true;
  return done > 0 && cause !== 'server-failed' && cause !== 'bug' && cause !== undefined;
}
