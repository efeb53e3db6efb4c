import {readFile} from 'node:fs/promises';

import {messageOf, systemErrorCode} from '../../core/errors.ts';
import type {Message, Transcript} from '../../record/formats.ts';
import type {Layout} from '../../record/layout.ts';
import type {Problems} from './problems.ts';
import type {TranscriptReference} from './recorded-tasks.ts';

/** How many files are read ahead: enough to keep the disk busy, few enough to hold. */
const READ_AHEAD = 32;

/** The transcripts of a task in the order of its index, a few at a time in memory. Those that cannot be used are counted and left out. */
export async function* readTranscripts(
  layout: Layout,
  references: readonly TranscriptReference[],
  problems: Problems,
): AsyncGenerator<Transcript> {
  const waiting: Promise<string | Error>[] = [];
  const start = (reference: TranscriptReference | undefined): void => {
    if (reference) waiting.push(readFile(layout.resolve(reference.path), 'utf8').catch(asError));
  };
  references.slice(0, READ_AHEAD).forEach(start);
  for (const [i, reference] of references.entries()) {
    const text = await waiting.shift();
    start(references[i + READ_AHEAD]);
    const transcript = text === undefined ? undefined : judge(text, reference, problems);
    if (transcript) yield transcript;
  }
}

/** Rejections become values: nobody awaits the later ones while an earlier one is being looked at. */
function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}

function judge(text: string | Error, reference: TranscriptReference, problems: Problems): Transcript | undefined {
  const {path, questionId} = reference;
  if (text instanceof Error) {
    if (systemErrorCode(text) === 'ENOENT') problems.add('transcript-missing', path);
    else problems.add('transcript-corrupt', `${path}: ${text.message}`);
    return undefined;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    problems.add('transcript-corrupt', `${path}: ${messageOf(error)}`);
    return undefined;
  }
  if (!isTranscript(value)) {
    problems.add('transcript-corrupt', `${path}: not a transcript`);
    return undefined;
  }
  if (value.experiment_metadata.question_id !== questionId) {
    problems.add('transcript-of-another-question', `${path}: ${questionId}`);
    return undefined;
  }
  return value;
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
