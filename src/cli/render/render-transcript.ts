import {count} from '../../core/text/amounts.ts';
import type {Question} from '../../questions/question.ts';
import type {CallRecord, ConversationSummary, FailedAttempt, Message, Transcript} from '../../record/formats.ts';
import {describeEnd, failureWords} from '../../record/task/failure-words.ts';
import {ERROR_CODES} from '../../record/task/recorded-errors.ts';

export interface ShowOptions {
  /** With the prompts, where they were recorded. */
  readonly prompts?: boolean;
  /** Unusable replies and thoughts whole. */
  readonly full?: boolean;
}

/** Most characters of an unusable reply, and of thoughts, that are shown unless all are asked for. */
const MAX_CHARACTERS = {reply: 600, thoughts: 240};

type Choices = ReadonlyMap<string, string>;

/** Renders a conversation: its end, the question, all attempts of all agents, and the final answers or the error. */
export function renderTranscript(transcript: Transcript, question: Question | null, options: ShowOptions): string {
  const {experiment_metadata: metadata, conversation_summary: summary, provenance} = transcript;
  const choices: Choices = new Map(
    (provenance?.choices ?? question?.choices ?? []).map(({id, text}): [string, string] => [id, text]),
  );
  const seed = provenance?.seed ?? null;
  const lines = [
    `${metadata.question_id}  ${metadata.benchmark_subcategory}/${metadata.experiment_name}`,
    `transcript ${transcript.transcript_id}  ${describeStatus(summary)}  ${transcript.created_at}`,
    ...(seed === null ? [] : [`seed ${seed}`]),
  ];
  if (question?.context) lines.push('', question.context);
  if (question) lines.push('', question.question);
  if (choices.size > 0) lines.push('', ...[...choices].map(([id, text]) => `  ${id}  ${text}`));
  for (const {round_id, messages} of transcript.conversation_rounds) {
    lines.push('', `── round ${round_id + 1} ──`);
    for (const message of messages) lines.push(...renderMessage(message, choices, options));
  }
  lines.push(...renderUnfinished(summary, choices, options), '', renderEnd(summary, choices));
  return `${lines.join('\n')}\n`;
}

/** Older records have no outcome. */
function describeStatus({status, outcome}: ConversationSummary): string {
  return outcome === undefined || outcome === status ? status : `${status} (${outcome})`;
}

function renderMessage(message: Message, choices: Choices, options: ShowOptions): string[] {
  const {response_type: _type, rationale, opinion, ...fields} = message.structured_response;
  const {retry_count: retries, prompt, call} = message.message_metadata;
  const who = `${message.agent_id} (${[message.agent_role, message.agent_identity_display].filter(Boolean).join(', ')})`;
  const lines = [`${who}${retries > 0 ? `  after ${count(retries, 'retry', 'retries')}` : ''}`];
  if (options.prompts && prompt !== undefined) lines.push(...quoted(prompt));
  const failed = call?.failed_attempts ?? [];
  for (const [i, attempt] of failed.entries()) lines.push(...renderAttempt(attempt, i + 1, options));
  if (call) {
    lines.push(...renderFeedback(call));
    const {prompt_tokens: promptTokens, response_tokens: responseTokens} = message.message_metadata;
    const numbers = describeCall({...call, prompt_tokens: promptTokens, response_tokens: responseTokens});
    lines.push(`    attempt ${failed.length + 1}: usable${call.json_repaired ? ' after repair' : ''}  ${numbers}`);
  }
  if (call) lines.push(...renderThoughts(call, options));
  if (opinion !== undefined) lines.push(`    answers: ${appendChoiceText(opinion, choices)}`);
  for (const [name, value] of Object.entries(fields)) lines.push(`    ${name}: ${appendChoiceText(value, choices)}`);
  lines.push(`    ${stringify(rationale)}`);
  return lines;
}

/** Renders the round at which a conversation ended: what others had said, then the turn that ended it. */
function renderUnfinished(summary: ConversationSummary, choices: Choices, options: ShowOptions): string[] {
  const {failed_turn: turn, unfinished_round: others} = summary;
  if (!turn) return [];
  const lines = ['', `── round ${turn.round_id + 1}, not completed ──`];
  for (const message of others?.messages ?? []) lines.push(...renderMessage(message, choices, options));
  for (const {agent_id: agent, failed_attempts: attempts} of others?.failed_turns ?? []) {
    lines.push(`${agent}  was not asked again`);
    for (const [i, attempt] of attempts.entries()) lines.push(...renderAttempt(attempt, i + 1, options));
  }
  return [...lines, ...renderFailedTurn(turn, summary.error_info, options)];
}

function renderFailedTurn(
  {agent_id: agent, failed_attempts: attempts}: NonNullable<ConversationSummary['failed_turn']>,
  error: ConversationSummary['error_info'],
  options: ShowOptions,
): string[] {
  const lines = [`${agent}  gave no answer that could be used`];
  for (const [i, attempt] of attempts.entries()) lines.push(...renderAttempt(attempt, i + 1, options));
  if (error && isRequestFailure(error.error_code, attempts)) {
    lines.push(`    attempt ${attempts.length + 1}: ${describeCode(error.error_code)}`, ...quoted(error.message));
  }
  return lines;
}

/** Returns whether the request itself failed: then no attempt has this code. */
function isRequestFailure(code: string, attempts: readonly FailedAttempt[]): boolean {
  return code !== ERROR_CODES.MaxRetriesExceededError && code !== attempts.at(-1)?.error_code;
}

function renderAttempt(attempt: FailedAttempt, number: number, options: ShowOptions): string[] {
  const text = shortenTo(attempt.raw_text, MAX_CHARACTERS.reply, options);
  return [
    ...renderFeedback(attempt),
    `    attempt ${number}: ${describeCode(attempt.error_code)}  ${describeCall(attempt)}`,
    ...renderThoughts(attempt, options),
    ...(text === '' ? ['    (no text)'] : quoted(text)),
  ];
}

function describeCode(code: string): string {
  return `${failureWords(code).one} (${code})`;
}

type Call = Pick<CallRecord | FailedAttempt, 'finish_reason' | 'latency_ms' | 'reasoning_tokens' | 'sampling'> &
  Pick<FailedAttempt, 'prompt_tokens' | 'response_tokens'>;

function describeCall(call: Call): string {
  const {reasoning_tokens: thoughts, sampling} = call;
  const limit = sampling?.['max_tokens'] ?? sampling?.['max_completion_tokens'] ?? sampling?.['num_predict'];
  const parts = [
    `finish ${call.finish_reason ?? 'not told'}`,
    `${call.prompt_tokens} + ${call.response_tokens} tokens`,
    ...(thoughts === undefined ? [] : [`${thoughts} of them thoughts`]),
    ...(typeof limit === 'number' ? [`limit ${limit}`] : []),
    ...(typeof sampling?.['seed'] === 'number' ? [`seed ${sampling['seed']}`] : []),
    `${(call.latency_ms / 1000).toFixed(1)} s`,
  ];
  return parts.join(', ');
}

function renderThoughts(
  {reasoning_text: thoughts}: {readonly reasoning_text?: string},
  options: ShowOptions,
): string[] {
  if (thoughts === undefined || thoughts === '') return [];
  return ['    thoughts:', ...quoted(shortenTo(thoughts, MAX_CHARACTERS.thoughts, options))];
}

/** Renders the line with which the agent was asked again. */
function renderFeedback({feedback}: {readonly feedback?: string}): string[] {
  return feedback === undefined ? [] : ['    asked again with:', ...quoted(feedback)];
}

function shortenTo(text: string, length: number, {full = false}: ShowOptions): string {
  if (full || text.length <= length) return text;
  return `${text.slice(0, length)}… (${text.length} characters; --full shows all)`;
}

function quoted(text: string): string[] {
  return text.split('\n').map(line => `    | ${line}`);
}

function renderEnd(summary: ConversationSummary, choices: Choices): string {
  const {error_info: error, final_answers: final, consensus_reached: consensus} = summary;
  if (error) return `ended by ${error.error_code}: ${describeEnd(error)}`;
  const answers = Object.entries(final).map(([agent, answer]) => `${agent}: ${appendChoiceText(answer, choices)}`);
  return `final answers: ${answers.join('; ')}${consensus === null ? '' : consensus ? '  (consensus)' : '  (no consensus)'}`;
}

function appendChoiceText(answer: unknown, choices: Choices): string {
  const text = typeof answer === 'string' ? choices.get(answer) : undefined;
  return text === undefined ? stringify(answer) : `${stringify(answer)}  ${text}`;
}

function stringify(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
