import {basename} from 'node:path';

import {countOutcomes, type ConversationOutcome, type IsFinal} from '../../core/conversation-outcome.ts';
import {sumFailures} from './error-codes.ts';
import type {CodeCount, ConversationStatus, QuestionCounts} from '../formats.ts';
import type {EarlierManifest, ManifestQuestion} from './task-manifest.ts';
import type {IndexRecord} from '../index/index-file.ts';

/** The end of a question as one record has it. */
interface RecordedEnd {
  readonly transcriptId: string;
  /** Undefined where nothing was recorded, or not how it ended. */
  readonly outcome: ConversationOutcome | undefined;
  readonly tries: number;
  readonly failures?: readonly CodeCount[] | undefined;
}

/**
 * Returns the state of every question that the manifests and their journals know: a success in any of them is a
 * success, else the later try counts.
 *
 * @param isFinal as the task's config has it now: what was final when it was written may be asked again, and the other
 * way round.
 * @param indexed index records of this task, for what only a damaged manifest knew.
 */
export function mergeStates(
  earlier: readonly EarlierManifest[],
  isFinal: IsFinal,
  indexed: readonly IndexRecord[] = [],
): Map<string, ManifestQuestion> {
  const ends = new Map<string, RecordedEnd>();
  const add = (id: string, end: RecordedEnd): void => {
    const known = ends.get(id);
    ends.set(id, known ? pickLater(known, end) : end);
  };
  for (const {manifest, journal} of earlier) {
    for (const [id, state] of Object.entries(manifest.questions)) {
      const {status, transcript_id: transcriptId, outcome = status ?? undefined, failures} = state;
      add(id, {transcriptId, outcome, tries: state.tries ?? (outcome === undefined ? 0 : 1), failures});
    }
    for (const {question_id: id, transcript_id: transcriptId, status, index, tries = 1} of journal) {
      add(id, {transcriptId, outcome: resolveOutcome(status, index.outcome), tries, failures: index.failures});
    }
  }
  for (const [id, end] of collectIndexedEnds(indexed)) add(id, end);
  return new Map([...ends].map(([id, end]) => [id, describeState(end, isFinal)]));
}

/** Collects how questions ended from index lines; each conversation of a question has an attempt of its own there. */
function collectIndexedEnds(records: readonly IndexRecord[]): Map<string, RecordedEnd> {
  const attempts = new Map<string, Set<number>>();
  const ends = new Map<string, RecordedEnd>();
  for (const {question_id: id, transcript_path: path, status, outcome, attempt = 0, failures} of records) {
    const seen = attempts.get(id) ?? new Set();
    attempts.set(id, seen.add(attempt));
    const end = {
      transcriptId: basename(path, '.json'),
      outcome: resolveOutcome(status, outcome),
      tries: seen.size,
      failures,
    };
    const known = ends.get(id);
    ends.set(id, known ? pickLater(known, end) : end);
  }
  return ends;
}

function pickLater(known: RecordedEnd, next: RecordedEnd): RecordedEnd {
  if (known.outcome === 'succeeded') return known;
  // An old journal counts no tries: of equals, what was read later is later.
  return next.outcome === 'succeeded' || next.tries >= known.tries ? next : known;
}

/** Returns the outcome of a conversation; older records tell only that it succeeded, or not. */
export function resolveOutcome(
  status: ConversationStatus,
  outcome: ConversationOutcome | undefined,
): ConversationOutcome | undefined {
  return status === 'succeeded' ? 'succeeded' : outcome;
}

/** Returns a question's state as its manifest has it. What ended no one knows how is asked again. */
export function describeState(end: RecordedEnd, isFinal: IsFinal): ManifestQuestion {
  const {transcriptId, outcome, tries, failures = []} = end;
  const isDone = outcome !== undefined && (outcome === 'succeeded' || isFinal(outcome));
  return {
    status: isDone ? outcome : null,
    transcript_id: transcriptId,
    ...(outcome === undefined || outcome === 'succeeded' ? {} : {outcome}),
    // Records of the older system, and those that are to be like them, count none.
    ...(outcome === undefined || (outcome === 'succeeded' && tries <= 1) ? {} : {tries}),
    ...(outcome === 'succeeded' || failures.length === 0 ? {} : {failures}),
  };
}

/** Counts the questions of a task by their states. */
export function countStates(states: ReadonlyMap<string, ManifestQuestion>): Required<QuestionCounts> {
  const all = [...states.values()];
  return {
    total: all.length,
    succeeded: all.filter(({status}) => status === 'succeeded').length,
    done: all.filter(({status}) => status !== null).length,
    outcomes: countOutcomes(all.flatMap(({status, outcome = status}) => outcome ?? [])),
    failures: sumFailures(
      all.map(({failures = [], transcript_id: example}) => failures.map(each => ({...each, example}))),
    ),
  };
}

/** Returns the counts as records have them: without those that are empty. */
export function recordedCounts(counts: Required<QuestionCounts>): QuestionCounts {
  const {total, succeeded, done, outcomes, failures} = counts;
  return {
    total,
    succeeded,
    ...(done === succeeded ? {} : {done}),
    ...(Object.keys(outcomes).length > 0 ? {outcomes} : {}),
    ...(failures.length > 0 ? {failures} : {}),
  };
}

/** Returns how many questions need not be asked again. */
export function countDone({done, succeeded}: QuestionCounts): number {
  return done ?? succeeded;
}
