import {readFile} from 'node:fs/promises';
import {basename, join} from 'node:path';

import {groupBy} from '../../../core/group-by.ts';
import type {Transcript} from '../../../record/formats.ts';
import type {Layout} from '../../../record/layout.ts';
import {listFolder} from '../../../record/disk/list-folder.ts';
import type {TranscriptStatistics} from '../../../record/task/task-summary.ts';
import {Problems} from '../../records/problems.ts';
import type {KnownTask} from '../../records/recorded-tasks.ts';
import {readTranscripts} from '../../records/transcripts.ts';

/** The cost of conversations. */
export interface Spending {
  /** Of which it is known. */
  readonly conversations: number;
  readonly messages: number;
  readonly promptTokens: number;
  readonly responseTokens: number;
  /** Further attempts at a request. */
  readonly retries: number;
  /** The cost of replies that were not usable; the token counts above leave it out. */
  readonly failedAttempts: {readonly count: number; readonly promptTokens: number; readonly responseTokens: number};
  /** Reasons why replies were not usable, by code. */
  readonly retryCodes: ReadonlyMap<string, number>;
}

interface Cost {
  readonly messages: number;
  readonly promptTokens: number;
  readonly responseTokens: number;
  readonly retries: number;
  readonly failed: {readonly count: number; readonly prompt_tokens: number; readonly response_tokens: number};
  readonly codes: readonly (readonly [string, number])[];
}

const NO_FAILED = {count: 0, prompt_tokens: 0, response_tokens: 0};

/** Adds up the cost of some tasks' conversations, from summaries, else (task killed or running) from transcripts. */
export async function readSpending(layout: Layout, tasks: readonly KnownTask[]): Promise<Spending> {
  const total = new Total();
  const folders = groupBy(tasks, ({config}) => {
    const {benchmark_subcategory: benchmark, experiment_name: experiment} = config.experiment_metadata;
    return layout.task(benchmark, experiment).summaries;
  });
  for (const [folder, own] of folders) {
    const wanted = new Set(own.flatMap(({references}) => references.map(({path}) => parseTranscriptId(path))));
    const known = await readSummaries(folder, wanted);
    for (const cost of known.values()) total.add(cost);
    const left = own.flatMap(({references}) => references.filter(({path}) => !known.has(parseTranscriptId(path))));
    // Scoring reports problems of transcripts.
    for await (const transcript of readTranscripts(layout, left, new Problems()))
      total.add(readTranscriptCost(transcript));
  }
  return total.spending();
}

function parseTranscriptId(path: string): string {
  return basename(path).replace(/\.json$/, '');
}

/** Reads costs by transcript; of several summaries with the same transcript the last counts. */
async function readSummaries(folder: string, wanted: ReadonlySet<string>): Promise<Map<string, Cost>> {
  const known = new Map<string, Cost>();
  for (const name of (await listFolder(folder)).filter(file => file.endsWith('.json')).sort()) {
    const summary = await readFile(join(folder, name), 'utf8')
      .then(text => JSON.parse(text) as {per_transcript_statistics?: readonly TranscriptStatistics[]})
      .catch(() => undefined); // torn, or being replaced: the transcripts have the same data
    for (const statistics of summary?.per_transcript_statistics ?? []) {
      if (wanted.has(statistics.transcript_id)) known.set(statistics.transcript_id, readStatisticsCost(statistics));
    }
  }
  return known;
}

function readStatisticsCost(of: Partial<TranscriptStatistics>): Cost {
  const codes = new Map<string, number>();
  for (const {error_code: code = 'unknown'} of of.validation_errors ?? []) codes.set(code, (codes.get(code) ?? 0) + 1);
  return {
    messages: Object.values(of.per_agent ?? {}).reduce((sum, {message_count}) => sum + message_count, 0),
    promptTokens: of.tokens_prompt ?? 0,
    responseTokens: of.tokens_generated ?? 0,
    retries: of.retry_attempts ?? 0,
    failed: of.failed_attempts ?? NO_FAILED,
    codes: [...codes],
  };
}

function readTranscriptCost({conversation_summary: summary}: Transcript): Cost {
  // Of another system's transcript anything may be missing.
  const {
    token_metrics: tokens,
    retry_statistics: retries,
    failed_attempts: failed,
  } = summary as Partial<typeof summary>;
  return {
    messages: tokens?.total_messages ?? summary.total_messages,
    promptTokens: tokens?.prompt_tokens.total ?? 0,
    responseTokens: tokens?.response_tokens.total ?? 0,
    retries: retries?.total_retry_attempts ?? 0,
    failed: failed ?? NO_FAILED,
    codes: (retries?.validation_errors_summary ?? []).map(({error, count}) => [error, count] as const),
  };
}

class Total {
  readonly #codes = new Map<string, number>();
  readonly #failed = {count: 0, promptTokens: 0, responseTokens: 0};
  #conversations = 0;
  #messages = 0;
  #promptTokens = 0;
  #responseTokens = 0;
  #retries = 0;

  add({messages, promptTokens, responseTokens, retries, failed, codes}: Cost): void {
    this.#conversations++;
    this.#messages += messages || 0;
    this.#promptTokens += promptTokens;
    this.#responseTokens += responseTokens;
    this.#retries += retries;
    this.#failed.count += failed.count;
    this.#failed.promptTokens += failed.prompt_tokens;
    this.#failed.responseTokens += failed.response_tokens;
    for (const [code, count] of codes) this.#codes.set(code, (this.#codes.get(code) ?? 0) + count);
  }

  spending(): Spending {
    return {
      conversations: this.#conversations,
      messages: this.#messages,
      promptTokens: this.#promptTokens,
      responseTokens: this.#responseTokens,
      retries: this.#retries,
      failedAttempts: this.#failed,
      retryCodes: this.#codes,
    };
  }
}
