import {readFile} from 'node:fs/promises';

import {errorMessage, systemErrorCode, systemErrorText} from '../../core/errors.ts';
import type {Message, Transcript} from '../../record/formats.ts';
import type {Layout} from '../../record/layout.ts';
import type {ProblemKind, Problems} from './problems.ts';
import {readAhead} from './read-ahead.ts';
import type {TranscriptReference} from './index-tasks.ts';

/** Number of files read ahead: enough to keep the disk busy, few enough to hold. */
const READ_AHEAD = 32;

/** A reference's transcript, or its problem. */
export type ReadTranscript =
  | {readonly reference: TranscriptReference; readonly transcript: Transcript}
  | {readonly reference: TranscriptReference; readonly transcript: null; readonly problem: ProblemKind};

/** Reads a task's transcripts in the order of its index, a few at a time; counts and leaves out unusable ones. */
export async function* readTranscripts(
  layout: Layout,
  references: readonly TranscriptReference[],
  problems: Problems,
): AsyncGenerator<Transcript> {
  for await (const {transcript} of readEveryTranscript(layout, references, problems)) if (transcript) yield transcript;
}

/** Reads the same, with an entry for every reference: unusable ones are counted and give the reason. */
export async function* readEveryTranscript(
  layout: Layout,
  references: readonly TranscriptReference[],
  problems: Problems,
): AsyncGenerator<ReadTranscript> {
  const start = async (
    reference: TranscriptReference,
  ): Promise<{reference: TranscriptReference; text: string | Error}> => ({
    reference,
    text: await readFile(layout.resolve(reference.path), 'utf8').catch(asError),
  });
  for await (const {reference, text} of readAhead(references, start, {most: READ_AHEAD, getSize: () => 1})) {
    const judged = checkTranscript(text, reference);
    if ('problem' in judged) problems.add(judged.problem, judged.example);
    yield 'problem' in judged
      ? {reference, transcript: null, problem: judged.problem}
      : {reference, transcript: judged.transcript};
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(errorMessage(thrown));
}

type CheckedTranscript =
  {readonly transcript: Transcript} | {readonly problem: ProblemKind; /** For the message. */ readonly example: string};

/** @param text of the file, or why it could not be read. */
export function checkTranscript(text: string | Error, {path, questionId}: TranscriptReference): CheckedTranscript {
  if (text instanceof Error) {
    if (systemErrorCode(text) === 'ENOENT') return {problem: 'transcript-missing', example: path};
    return {problem: 'transcript-unreadable', example: `${path}: ${systemErrorText(text)}`};
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return {problem: 'transcript-corrupt', example: `${path}: ${errorMessage(error)}`};
  }
  if (!isTranscript(value)) return {problem: 'transcript-corrupt', example: `${path}: not a transcript`};
  if (value.experiment_metadata.question_id !== questionId) {
    return {problem: 'transcript-of-another-question', example: `${path}: ${questionId}`};
  }
  return {transcript: value};
}

/** As much as the analysis relies on. */
function isTranscript(value: unknown): value is Transcript {
  const {experiment_metadata, conversation_rounds, conversation_summary} = (value ?? {}) as Partial<Transcript>;
  return (
    typeof experiment_metadata?.question_id === 'string' &&
    typeof conversation_summary?.status === 'string' &&
    Array.isArray(conversation_rounds) &&
    conversation_rounds.every(
      (round: {messages?: unknown} | null) => Array.isArray(round?.messages) && round.messages.every(isMessage),
    )
  );
}

function isMessage(value: unknown): boolean {
  const {agent_id, structured_response, visible_to} = (value ?? {}) as {[key in keyof Message]?: unknown};
  return (
    typeof agent_id === 'string' &&
    typeof structured_response === 'object' &&
    structured_response !== null &&
    Array.isArray(visible_to)
  );
}
