import type {Question} from '../../questions/question.ts';
import type {ConversationOutcome} from '../../core/conversation-outcome.ts';
import type {ConversationStatus} from '../../record/formats.ts';
import type {Discussion, DiscussionSeat} from '../metrics/discussion/discussion.ts';
import type {AgentReplies, Ending} from '../metrics/endings.ts';
import {type TranscriptReference, commonPrefix} from './index-tasks.ts';
import {defaultName, type ConversationEffort, type LeftOut, type RecordedConversation} from './conversation.ts';
import type {KnownQuestions} from './question-files.ts';

/** The conversations of a task as one JSON text; shared values are stored once. */
interface Encoded {
  /** Common prefix of all paths. */
  readonly prefix: string;
  readonly seats: readonly (readonly DiscussionSeat[])[];
  readonly seen: readonly Discussion['seen'][];
  readonly shown: readonly (readonly string[])[];
  readonly versions: readonly string[];
  readonly replies: readonly Ending['replies'][];
  readonly rows: readonly Row[];
}

type Row = readonly [
  questionId: string,
  path: string,
  attempt: number,
  status: ConversationStatus,
  file: readonly [bytes: number, modifiedMs: number] | null,
  /** Positions in the lists; -1: none. */
  version: number,
  seats: number,
  seen: number,
  /** -1: as the question has it. */
  shown: number,
  /** Round after round, seat after seat. */
  answers: readonly (string | null)[],
  effort: readonly [number | null, number | null, number, number, number, number] | null,
  ending: readonly [outcome: ConversationOutcome, endedBy: string | null, replies: number] | null,
  rest: RareFields | null,
];

/** Fields that few conversations have. */
interface RareFields {
  readonly name?: string;
  readonly leftOut?: LeftOut;
  readonly hasOtherQuestions?: true;
  /** Of a debug transcript whose question is not in the file. */
  readonly question?: Question;
}

/** @param experiment the name of the task's experiment. */
export function encodeConversations(
  conversations: readonly RecordedConversation[],
  {experiment, questions}: {readonly experiment: string; readonly questions: KnownQuestions | null},
): string {
  const prefix = commonPrefix(conversations.map(({reference}) => reference.path));
  const seats = new InternTable<readonly DiscussionSeat[]>();
  const seen = new InternTable<Discussion['seen']>();
  const shown = new InternTable<readonly string[]>();
  const versions = new InternTable<string>();
  const replies = new InternTable<readonly AgentReplies[]>();
  const rows = conversations.map((conversation): Row => {
    const {reference, file, schemaVersion, discussion, effort, ending} = conversation;
    return [
      reference.questionId,
      reference.path.slice(prefix.length),
      reference.attempt,
      reference.status,
      file && [file.bytes, file.modifiedMs],
      schemaVersion === null ? -1 : versions.intern(schemaVersion),
      discussion ? seats.intern(discussion.seats) : -1,
      discussion ? seen.intern(discussion.seen) : -1,
      discussion?.shown ? shown.intern(discussion.shown) : -1,
      discussion?.answers.flat() ?? [],
      effort && [
        effort.startedAtMs,
        effort.endedAtMs,
        effort.promptTokens,
        effort.responseTokens,
        effort.retries,
        effort.failedAttempts,
      ],
      ending && [ending.outcome, ending.endedBy, replies.intern(ending.replies)],
      collectRareFields(conversation, experiment, questions),
    ];
  });
  const encoded: Encoded = {
    prefix,
    seats: seats.values,
    seen: seen.values,
    shown: shown.values,
    versions: versions.values,
    replies: replies.values,
    rows,
  };
  return JSON.stringify(encoded);
}

function collectRareFields(
  {reference, name, leftOut, hasOtherQuestions, discussion, ending}: RecordedConversation,
  experiment: string,
  questions: KnownQuestions | null,
): RareFields | null {
  const {question} = discussion ?? ending ?? {};
  const rest: RareFields = {
    ...(name === defaultName(reference, experiment) ? {} : {name}),
    ...(leftOut ? {leftOut} : {}),
    ...(hasOtherQuestions ? {hasOtherQuestions} : {}),
    ...(question && questions?.byId.get(question.question_id) !== question ? {question} : {}),
  };
  return Object.keys(rest).length > 0 ? rest : null;
}

/** Stores repeated values once each. */
class InternTable<Value> {
  readonly values: Value[] = [];
  readonly #places = new Map<string, number>();

  intern(value: Value): number {
    const key = JSON.stringify(value);
    let place = this.#places.get(key);
    if (place === undefined) this.#places.set(key, (place = this.values.push(value) - 1));
    return place;
  }
}

/**
 * The inverse of `encodeConversations`, with the same question file.
 *
 * @param value what JSON.parse made of its text.
 */
export function decodeConversations(
  value: unknown,
  {experiment, questions}: {readonly experiment: string; readonly questions: KnownQuestions | null},
): RecordedConversation[] {
  const {prefix, seats, seen, shown, versions, replies, rows} = value as Encoded;
  return rows.map(row => {
    const [questionId, path, attempt, status, file, version, seated, saw, order, answers, effort, ended, rest] = row;
    const reference: TranscriptReference = {questionId, path: prefix + path, attempt, status};
    const question = rest?.question ?? questions?.byId.get(questionId);
    const members = seats[seated];
    return {
      reference,
      file: file && {bytes: file[0], modifiedMs: file[1]},
      schemaVersion: versions[version] ?? null,
      name: rest?.name ?? defaultName(reference, experiment),
      leftOut: rest?.leftOut ?? null,
      hasOtherQuestions: rest?.hasOtherQuestions ?? false,
      discussion:
        question && members
          ? {
              question,
              seats: members,
              answers: splitIntoRounds(answers, members.length),
              seen: seen[saw] ?? [],
              ...(shown[order] ? {shown: shown[order]} : {}),
            }
          : null,
      ending:
        question && ended ? {question, outcome: ended[0], endedBy: ended[1], replies: replies[ended[2]] ?? []} : null,
      effort: effort && decodeEffort(effort),
    };
  });
}

function splitIntoRounds(answers: readonly (string | null)[], seats: number): (string | null)[][] {
  const rounds: (string | null)[][] = [];
  for (let start = 0; start < answers.length; start += seats) rounds.push(answers.slice(start, start + seats));
  return rounds;
}

function decodeEffort(effort: NonNullable<Row[10]>): ConversationEffort {
  const [startedAtMs, endedAtMs, promptTokens, responseTokens, retries, failedAttempts] = effort;
  return {startedAtMs, endedAtMs, promptTokens, responseTokens, retries, failedAttempts};
}
