import {closeSync, fstatSync, openSync, readSync} from 'node:fs';
import {basename} from 'node:path';

import {errorMessage} from '../../core/errors.ts';
import type {Transcript} from '../../record/formats.ts';
import type {Discussion} from '../metrics/discussion/discussion.ts';
import type {Ending} from '../metrics/endings.ts';
import {extractDiscussion} from './extract-discussion.ts';
import {extractEnding} from './extract-ending.ts';
import type {ProblemKind} from './problems.ts';
import {type KnownQuestions, describeConversation, findQuestion} from './question-files.ts';
import type {TranscriptReference} from './index-tasks.ts';
import {checkTranscript} from './transcripts.ts';

/** The part of a transcript that the analysis keeps: a fiftieth. */
export interface RecordedConversation {
  readonly reference: TranscriptReference;
  /** The file's identity when it was read; null for none. */
  readonly file: FileStamp | null;
  /** The transcript's `protocol_version`; null where it could not be read. */
  readonly schemaVersion: string | null;
  /** As messages name it. */
  readonly name: string;
  /** Reason why it cannot be scored; null also if its question file is missing, which is reported once for the file. */
  readonly leftOut: LeftOut | null;
  /** True if the question file differs from the one it was run with; its choices are the same. */
  readonly hasOtherQuestions: boolean;
  readonly discussion: Discussion | null;
  /** Its end, scored or not; null if the transcript cannot be read or its question is not known. */
  readonly ending: Ending | null;
  /** Null where the transcript could not be read. */
  readonly effort: ConversationEffort | null;
}

export interface LeftOut {
  readonly kind: ProblemKind;
  readonly example: string;
}

/** A conversation's times, tokens and retries. */
export interface ConversationEffort {
  /** Milliseconds since the epoch; null where the transcript does not say. */
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly promptTokens: number;
  readonly responseTokens: number;
  readonly retries: number;
  /** Replies that could not be used; 0 in records of the older system. */
  readonly failedAttempts: number;
}

/** Distinguishes a file from its replacement. */
export interface FileStamp {
  readonly bytes: number;
  readonly modifiedMs: number;
}

export interface ConversationSources {
  /** Of the task's question file; null when that cannot be read. */
  readonly questions: KnownQuestions | null;
  /** The config's order. */
  readonly agentIds: readonly string[];
}

/** Returns whether the transcript was missing: it may be there the next time. */
export function isUnreadable({schemaVersion}: RecordedConversation): boolean {
  return schemaVersion === null;
}

/**
 * Reads one conversation. Synchronously: of a hundred thousand small files, half the time of asynchronous calls goes
 * into the calls themselves; threads do this side by side.
 *
 * @param path of the file.
 */
export function readConversation(
  reference: TranscriptReference,
  path: string,
  sources: ConversationSources,
): RecordedConversation {
  const {text, file} = readText(path);
  const judged = checkTranscript(text, reference);
  if ('transcript' in judged) return {reference, file, ...toConversation(judged.transcript, sources)};
  return {
    reference,
    file,
    schemaVersion: null,
    name: reference.questionId,
    leftOut: {kind: judged.problem, example: judged.example},
    hasOtherQuestions: false,
    discussion: null,
    ending: null,
    effort: null,
  };
}

/** Reused from file to file; grows with the largest. */
let buffer = Buffer.allocUnsafeSlow(256 * 1024);

function readText(path: string): {text: string | Error; file: FileStamp | null} {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    const {size, mtimeMs} = fstatSync(descriptor);
    if (size > buffer.length) buffer = Buffer.allocUnsafeSlow(2 * size);
    let length = 0;
    for (let read = -1; read !== 0 && length < size; length += read)
      read = readSync(descriptor, buffer, length, size - length, null);
    return {text: buffer.toString('utf8', 0, length), file: {bytes: size, modifiedMs: mtimeMs}};
  } catch (error) {
    return {text: error instanceof Error ? error : new Error(errorMessage(error)), file: null};
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function toConversation(
  transcript: Transcript,
  {questions, agentIds}: ConversationSources,
): Omit<RecordedConversation, 'reference' | 'file'> {
  const known = {
    schemaVersion: readSchemaVersion(transcript),
    name: describeConversation(transcript),
    effort: measureEffort(transcript),
  };
  const {question, problem} = findQuestion(transcript, questions);
  const isUnusable = problem !== undefined && problem !== 'questions-changed';
  const about = {
    ...known,
    hasOtherQuestions: false,
    ending: question && !isUnusable ? extractEnding(transcript, question, agentIds) : null,
  };
  const leaveOut = (kind: ProblemKind): typeof about & {leftOut: LeftOut; discussion: null} => ({
    ...about,
    leftOut: {kind, example: known.name},
    discussion: null,
  });
  const {status} = transcript.conversation_summary;
  if (status !== 'succeeded') return leaveOut(status === 'partial' ? 'conversation-partial' : 'conversation-failed');
  if (isUnusable) return leaveOut(problem);
  const hasOtherQuestions = problem !== undefined;
  if (!question) return {...about, leftOut: null, hasOtherQuestions, discussion: null};
  const discussion = extractDiscussion(transcript, question, agentIds);
  if (!discussion) return {...leaveOut('conversation-without-answers'), hasOtherQuestions};
  return {...about, leftOut: null, hasOtherQuestions, discussion};
}

/** Records from elsewhere may lack it. */
function readSchemaVersion({protocol_version: version}: Partial<Pick<Transcript, 'protocol_version'>>): string {
  return version ?? 'no version';
}

/** Records from elsewhere may lack any of it. */
function measureEffort({
  experiment_metadata: metadata,
  conversation_summary,
  created_at,
}: Transcript): ConversationEffort {
  const summary: Partial<Transcript['conversation_summary']> = conversation_summary;
  const tokens = summary.token_metrics as Partial<Transcript['conversation_summary']['token_metrics']> | undefined;
  return {
    startedAtMs: parseTimeMs(metadata.execution_timestamp),
    endedAtMs: parseTimeMs(created_at),
    promptTokens: tokens?.prompt_tokens?.total ?? 0,
    responseTokens: tokens?.response_tokens?.total ?? 0,
    retries: summary.retry_statistics?.total_retry_attempts ?? 0,
    failedAttempts: summary.failed_attempts?.count ?? 0,
  };
}

function parseTimeMs(text: string | undefined): number | null {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? null : ms;
}

/** Returns the `name` of a transcript that lies under its own id in its task, as nearly all do. */
export function defaultName({questionId, path}: TranscriptReference, experiment: string): string {
  return `${questionId} (${experiment}, transcript ${basename(path, '.json')})`;
}
