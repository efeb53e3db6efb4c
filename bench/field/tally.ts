import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';

import type {FailedAttempt, Message, Transcript} from '../../src/record/formats.ts';
import type {FieldRun} from './run-once.ts';

/** Counts of what a run recorded. */
export interface Tally {
  readonly name: string;
  readonly facts: Readonly<Record<string, string>>;
  /** Title → what was counted, each once. */
  readonly counted: Readonly<Record<string, readonly string[]>>;
}

/** Counts outcomes, replies, reasons for asking again, shown positions and tokens. */
export function tally(run: FieldRun): Tally {
  const transcripts = readTranscripts(run);
  const messages = transcripts.flatMap(messagesOf);
  const failed = transcripts.flatMap(failedAttemptsOf);
  const spent = [...messages.map(message => message.message_metadata), ...failed];
  return {
    name: run.name,
    counted: {
      conversations: transcripts.map(outcomeOf),
      replies: [...messages.map(() => 'used'), ...failed.map(attempt => attempt.error_code)],
      'answers by position of the choice': transcripts.flatMap(positionsOf),
    },
    facts: {
      'prompt tokens': String(sum(spent.map(each => each.prompt_tokens))),
      'response tokens': String(sum(spent.map(each => each.response_tokens))),
      seconds: run.seconds.toFixed(0),
      'exit code': String(run.exitCode),
    },
  };
}

/** Returns the id of a conversation that did not succeed, the one with most unusable replies. */
export function failedTranscript(run: FieldRun): string | null {
  const failed = readTranscripts(run).filter(transcript => outcomeOf(transcript) !== 'succeeded');
  const [worst] = failed.sort((a, b) => failedAttemptsOf(b).length - failedAttemptsOf(a).length);
  return worst?.transcript_id ?? null;
}

/** Renders tallies side by side, with each part's share of its total. */
export function renderTable(tallies: readonly Tally[]): string {
  const rows = [['', ...tallies.map(({name}) => name)]];
  for (const title of Object.keys(tallies[0]?.counted ?? {})) {
    const columns = tallies.map(({counted}) => counted[title] ?? []);
    rows.push([title, ...columns.map(({length}) => String(length))]);
    for (const part of new Set(columns.flat().sort())) {
      rows.push([`  ${part}`, ...columns.map(values => shareOf(part, values))]);
    }
  }
  for (const fact of Object.keys(tallies[0]?.facts ?? {})) {
    rows.push([fact, ...tallies.map(({facts}) => facts[fact] ?? '')]);
  }
  return alignColumns(rows);
}

function shareOf(part: string, values: readonly string[]): string {
  const count = values.filter(value => value === part).length;
  return count === 0 ? '' : `${count} (${Math.round((100 * count) / values.length)}%)`;
}

function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)));
  return rows
    .map(row =>
      row
        .map((text, i) => text.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function readTranscripts({workspace}: FieldRun): Transcript[] {
  const root = join(workspace, 'experiment');
  if (!existsSync(root)) return []; // no question was begun
  return readdirSync(root, {recursive: true, encoding: 'utf8'})
    .filter(path => /\btranscript\/[^/]+\.json$/.test(path))
    .map(path => JSON.parse(readFileSync(join(root, path), 'utf8')) as Transcript);
}

function outcomeOf({conversation_summary: {outcome, status}}: Transcript): string {
  return outcome ?? status;
}

/** Messages of all rounds, also of the one at which a conversation ended. */
function messagesOf({conversation_rounds: rounds, conversation_summary: summary}: Transcript): readonly Message[] {
  return [...rounds.flatMap(({messages}) => messages), ...(summary.unfinished_round?.messages ?? [])];
}

/** Attempts of turns that succeeded in the end, and of the turn at which the conversation ended. */
function failedAttemptsOf(transcript: Transcript): readonly FailedAttempt[] {
  const {conversation_summary: summary} = transcript;
  return [
    ...messagesOf(transcript).flatMap(message => message.message_metadata.call?.failed_attempts ?? []),
    ...(summary.failed_turn?.failed_attempts ?? []),
    ...(summary.unfinished_round?.failed_turns ?? []).flatMap(turn => turn.failed_attempts),
  ];
}

/** Returns where each chosen answer stands among the choices, from 1. */
function positionsOf(transcript: Transcript): string[] {
  const choices = transcript.provenance?.choices.map(({id}) => id) ?? [];
  return messagesOf(transcript)
    .map(message => choices.indexOf(String(message.structured_response.opinion)) + 1)
    .filter(position => position > 0)
    .map(String);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
