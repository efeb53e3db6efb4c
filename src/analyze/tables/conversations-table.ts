import type {Question} from '../../questions/question.ts';
import type {
  CallRecord,
  ConversationStatus,
  ConversationSummary,
  FailedAttemptTotals,
  Message,
  MessageMetadata,
  Transcript,
} from '../../record/formats.ts';
import {goldAnswer} from '../metrics/benchmark.ts';
import {countErrorCodes} from '../../record/task/error-codes.ts';
import {findBenchmark} from '../metrics/benchmarks.ts';
import {aggregateAnswers, findConsensus, type Discussion, type Unit} from '../metrics/discussion/discussion.ts';
import type {ProblemKind} from '../records/problems.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';
import type {TranscriptReference} from '../records/index-tasks.ts';
import {boolean, integer, number, text, time, defineTable} from './table.ts';

export interface ConversationSource {
  readonly task: KnownTask;
  readonly reference: TranscriptReference;
  /** Null when it cannot be read. */
  readonly transcript: Transcript | null;
  /** A problem that prevents scoring or needs a look. */
  readonly problem: ProblemKind | null;
  /** The question as it was asked; null when it is not known. */
  readonly question: Question | null;
  /** Null when no participant spoke or the question is not known. */
  readonly discussion: Discussion | null;
}

type Summary = Partial<ConversationSummary>;

export const conversationsTable = defineTable<ConversationSource>({
  name: 'conversations',
  meaning: 'one question of one task, succeeded or not: the record of it that counts',
  key: ['task_id', 'question_id'],
  columns: {
    task_id: text('its task', ({task}) => task.id),
    transcript_id: text('name of its transcript, unique in a workspace', resolveTranscriptId),
    questions_file: text(
      'with question_id the key of its question',
      ({task}) => task.config.experiment_metadata.questions_file,
    ),
    question_id: text('its question', ({reference}) => reference.questionId),
    status: text(
      'succeeded; partial: ended before the last round; failed: before the end of the first',
      conversationStatus,
    ),
    outcome: text(
      'how it ended: succeeded, refused, filtered, unusable, context-full, prompt-truncated, cut, server; null in older records',
      ({reference, transcript}) =>
        transcript?.conversation_summary.outcome ??
        (conversationStatus({reference, transcript}) === 'succeeded' ? 'succeeded' : null),
    ),
    record_problem: text(
      'what is wrong with the record (kinds as in `mac results`): without a transcript all that follows is null',
      ({problem}) => problem,
    ),
    attempt: integer('which attempt at the task wrote it', ({reference}) => reference.attempt),
    round_count: integer(
      'rounds that were completed',
      fromSummary(({total_rounds: rounds}) => rounds),
    ),
    message_count: integer(
      'answers, those of an incomplete round included',
      fromSummary(({total_messages: n}) => n),
    ),
    participant_count: integer('agents that give opinions', ({discussion}) => discussion?.seats.length),
    final_answers_json: text(
      'JSON {agent_id: answer as recorded} of the last completed round',
      fromSummary(({final_answers: answers}) => answers),
    ),
    majority_opinion: text('the choice that more participants gave last than any other', source =>
      unitAnswer(source, 'majority'),
    ),
    majority_is_correct: boolean('whether that is right', source => isRight(source, 'majority')),
    majority_answer_role: text('BBQ: biased, counter or unknown', source =>
      describeRole(source, unitAnswer(source, 'majority')),
    ),
    is_consensus: boolean(
      'whether all participants gave one valid choice last; null with fewer than two',
      ({discussion}) =>
        discussion && discussion.seats.length > 1 ? findConsensus(discussion.answers.at(-1) ?? []) !== null : null,
    ),
    consensus_opinion: text('that choice', source => unitAnswer(source, 'unanimous')),
    tokens_prompt: integer(
      'of the answers that count',
      fromSummary(({token_metrics: tokens}) => tokens?.prompt_tokens.total),
      'tokens',
    ),
    tokens_completion: integer(
      'of the answers that count',
      fromSummary(({token_metrics: tokens}) => tokens?.response_tokens.total),
      'tokens',
    ),
    tokens_prompt_failed: integer('of replies that were not usable', failedAttemptTotal('prompt_tokens'), 'tokens'),
    tokens_completion_failed: integer(
      'of replies that were not usable',
      failedAttemptTotal('response_tokens'),
      'tokens',
    ),
    error_codes_json: text(
      'JSON {code: count} of all attempts that gave no answer, the most frequent first; null: there were none',
      ({transcript}) => (transcript ? errorCodeCounts(transcript) : null),
    ),
    failed_attempt_count: integer('replies that were not usable, where recorded', failedAttemptTotal('count')),
    retry_count: integer(
      'repeated requests',
      fromSummary(({retry_statistics: retries}) => retries?.total_retry_attempts),
    ),
    latency_sum_s: number(
      'sum of the latencies of all its recorded calls',
      ({transcript}) => latencySum(transcript),
      's',
    ),
    error_code: text(
      'what ended it',
      fromSummary(({error_info: error}) => error?.error_code),
    ),
    error_class: text(
      'what ended it',
      fromSummary(({error_info: error}) => error?.error_class),
    ),
    error_message: text(
      'what ended it',
      fromSummary(({error_info: error}) => error?.message),
    ),
    failed_agent_id: text(
      'whose turn it ended at, where recorded',
      fromSummary(({failed_turn: turn}) => turn?.agent_id),
    ),
    failed_round: integer(
      'the round of that turn, from 0',
      fromSummary(({failed_turn: turn}) => turn?.round_id),
    ),
    seed: integer('seed of the conversation, where recorded', ({transcript}) => transcript?.provenance?.seed),
    task_started_at_utc: time(
      'when this attempt at its task began',
      ({transcript}) => transcript?.experiment_metadata.execution_timestamp,
    ),
    created_at_utc: time('when it was recorded', ({transcript}) => transcript?.created_at),
    mac_version: text(
      'of what wrote it; null: the older system',
      ({transcript}) => transcript?.provenance?.mac_version,
    ),
    protocol_version: text('of the transcript', ({transcript}) => transcript?.protocol_version),
    transcript_path: text('where it stands', ({reference}) => reference.path),
  },
});

function conversationStatus({
  reference,
  transcript,
}: Pick<ConversationSource, 'reference' | 'transcript'>): ConversationStatus {
  return transcript?.conversation_summary.status ?? reference.status;
}

function errorCodeCounts(transcript: Transcript): Record<string, number> | null {
  const codes = countErrorCodes(transcript);
  return codes.size > 0 ? Object.fromEntries(codes) : null;
}

function fromSummary<Value>(getValue: (summary: Summary) => Value): (source: ConversationSource) => Value | null {
  return ({transcript}) => (transcript ? getValue(transcript.conversation_summary) : null);
}

/** The older system records nothing of them: zero would be a claim. */
function failedAttemptTotal(member: keyof FailedAttemptTotals): (source: ConversationSource) => number | null {
  return ({transcript}) =>
    transcript?.provenance ? (transcript.conversation_summary.failed_attempts?.[member] ?? 0) : null;
}

/** The transcript's own, else the name of the file that should be there. */
export function resolveTranscriptId({
  reference,
  transcript,
}: Pick<ConversationSource, 'reference' | 'transcript'>): string {
  return transcript?.transcript_id ?? reference.path.replace(/^.*\//, '').replace(/\.json$/, '');
}

function unitAnswer({discussion}: ConversationSource, unit: Unit): string | null {
  return discussion ? (aggregateAnswers(discussion, unit, 'last')[0] ?? null) : null;
}

function isRight(source: ConversationSource, unit: Unit): boolean | null {
  return isCorrect(source.question, unitAnswer(source, unit));
}

/** Null for what is no valid answer and where nothing is right. */
export function isCorrect(question: Question | null, answer: string | null): boolean | null {
  const gold = question ? goldAnswer(findBenchmark(question), question) : null;
  return gold === null || answer === null ? null : answer === gold;
}

function describeRole({question}: ConversationSource, answer: string | null): string | null {
  return answerRole(question, answer);
}

/** Returns the kind of answer, for benchmarks in which that is known. */
export function answerRole(question: Question | null, answer: string | null): string | null {
  if (!question || answer === null) return null;
  return findBenchmark(question).classifyAnswer?.(question, answer) ?? null;
}

function latencySum(transcript: Transcript | null): number | null {
  const calls = (transcript?.conversation_rounds ?? [])
    .flatMap(({messages}) => messages)
    .flatMap(message => readCall(message) ?? []);
  if (calls.length === 0) return null;
  const turn = transcript?.conversation_summary.failed_turn?.failed_attempts ?? [];
  const all = [...calls.flatMap(call => [call, ...(call.failed_attempts ?? [])]), ...turn];
  return inSeconds(all.reduce((sum, {latency_ms: ms}) => sum + ms, 0));
}

/** Returns a message's metadata; the older system records less. */
export function messageMetadata(message: Message): Partial<MessageMetadata> {
  return (message as Partial<Message>).message_metadata ?? {};
}

/** The call that gave a message, where recorded. */
export function readCall(message: Message): CallRecord | undefined {
  return messageMetadata(message).call;
}

/** Latencies are recorded to tenths of a millisecond. */
export function inSeconds(ms: number): number {
  return Math.round(ms * 10) / 10_000;
}
