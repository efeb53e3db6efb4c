import {availableParallelism} from 'node:os';
import {Worker} from 'node:worker_threads';

import type {Layout, LayoutOptions} from '../../record/layout.ts';
import {readConversation} from './conversation.ts';
import {encodeConversations} from './encode-conversations.ts';
import type {KnownQuestions} from './question-files.ts';
import type {KnownTask} from './recorded-tasks.ts';
import type {TranscriptReference} from './index-tasks.ts';
import {summariseConversations, type ConversationsSummary} from './summarise-conversations.ts';

/** So many transcripts are read before threads are worth their start, which costs as much as a few hundred. */
const MIN_TRANSCRIPTS_FOR_THREADS = 1_000;

/** Beyond these a disk gives no more, and each takes some 50 MB. */
const MOST_THREADS = 8;

/** A task of a hundred thousand conversations is shared among the threads. */
const JOB_SIZE = 250;

/** A job for a thread. */
export interface ReadJob {
  readonly id: number;
  readonly taskId: string;
  readonly references: readonly TranscriptReference[];
  readonly experiment: string;
  /** Its path. */
  readonly questionsFile: string;
  readonly agentIds: readonly string[];
}

export interface ReadReply extends ReadConversations {
  readonly id: number;
}

/** Conversations that were read, packed. */
export interface ReadConversations {
  /** As `encodeConversations` gives them. */
  readonly encoded: string;
  readonly summary: ConversationsSummary;
}

/** Reads conversations: few of them here, many by threads. To be closed. */
export class ConversationReader {
  readonly #layout: Layout;
  readonly #threads: ReaderThread[] = [];
  #asked = 0;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** The conversations of a task that `references` name, in their order, in one part or several. */
  async read(
    {id: taskId, config}: KnownTask,
    references: readonly TranscriptReference[],
    questions: KnownQuestions | null,
  ): Promise<ReadConversations[]> {
    this.#asked += references.length;
    if (this.#asked >= MIN_TRANSCRIPTS_FOR_THREADS) this.#startThreads();
    const {experiment_name: experiment, questions_file} = config.experiment_metadata;
    const agentIds = config.agent_definitions.map(({agent_id: id}) => id);
    const job = {taskId, references, experiment, agentIds};
    if (this.#threads.length === 0) return [readAndEncode(this.#layout, job, questions)];
    const parts: Promise<ReadConversations>[] = [];
    for (let start = 0; start < references.length; start += JOB_SIZE) {
      const end = start + JOB_SIZE;
      parts.push(
        this.#leastBusy().run({
          ...job,
          references: references.slice(start, end),
          questionsFile: this.#layout.resolve(questions_file),
        }),
      );
    }
    return Promise.all(parts);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map(thread => thread.end()));
  }

  /** Threads need compiled code; where the sources themselves run (in tests) everything is read here. */
  #startThreads(): void {
    if (this.#threads.length > 0 || !import.meta.url.endsWith('.js')) return;
    const count = Math.min(MOST_THREADS, Math.max(2, availableParallelism()));
    for (let i = 0; i < count; i++) this.#threads.push(new ReaderThread(this.#layout));
  }

  #leastBusy(): ReaderThread {
    return this.#threads.reduce((best, thread) => (thread.waiting < best.waiting ? thread : best));
  }
}

/** Reads and packs a thread's job. @param questions of the task's question file. */
export function readAndEncode(
  layout: Layout,
  {taskId, references, experiment, agentIds}: Omit<ReadJob, 'id' | 'questionsFile'>,
  questions: KnownQuestions | null,
): ReadConversations {
  const read = references.map(reference =>
    readConversation(reference, layout.resolve(reference.path), {questions, agentIds}),
  );
  return {encoded: encodeConversations(read, {experiment, questions}), summary: summariseConversations(read, taskId)};
}

interface Waiting {
  readonly resolve: (read: ReadConversations) => void;
  readonly reject: (error: Error) => void;
}

class ReaderThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #jobs = 0;

  constructor({workspace}: Layout) {
    this.#worker = new Worker(new URL('reader-thread-main.js', import.meta.url), {
      workerData: {workspace} satisfies LayoutOptions,
    });
    this.#worker.on('message', ({id, ...read}: ReadReply) => {
      this.#waiting.get(id)?.resolve(read);
      this.#waiting.delete(id);
    });
    this.#worker.on('error', (error: Error) => {
      for (const {reject} of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  run(job: Omit<ReadJob, 'id'>): Promise<ReadConversations> {
    const id = this.#jobs++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, {resolve, reject});
      this.#worker.postMessage({id, ...job} satisfies ReadJob);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
