import {availableParallelism} from 'node:os';
import {Worker} from 'node:worker_threads';

import type {Layout, LayoutOptions} from '../../record/layout.ts';
import {readConversation, type RecordedConversation} from './conversation.ts';
import {decodeConversations} from './encode-conversations.ts';
import type {KnownQuestions} from './question-files.ts';
import type {KnownTask, TranscriptReference} from './recorded-tasks.ts';

/** So many transcripts are read before threads are worth their start, which costs as much as a few hundred. */
const WORTH_THREADS = 1_000;

/** Beyond these a disk gives no more, and each takes some 50 MB. */
const MOST_THREADS = 8;

/** A task of a hundred thousand conversations is shared among the threads. */
const JOB_SIZE = 250;

/** What a thread is asked. */
export interface ReadJob {
  readonly id: number;
  readonly references: readonly TranscriptReference[];
  /** Of the files, one a reference. */
  readonly paths: readonly string[];
  readonly experiment: string;
  /** Its path. */
  readonly questionsFile: string;
  readonly agentIds: readonly string[];
}

export interface ReadReply {
  readonly id: number;
  /** As `encodeConversations` gives it. */
  readonly encoded: string;
}

/** Reads conversations: few of them here, many by threads. To be closed. */
export class ConversationReader {
  readonly #layout: Layout;
  readonly #threads: ReaderThread[] = [];
  #asked = 0;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** How many tasks are worth asking for at once. */
  get parallelism(): number {
    return this.#threads.length + 1;
  }

  /** The conversations of a task that `references` name, in their order. */
  async read(
    {config}: KnownTask,
    references: readonly TranscriptReference[],
    questions: KnownQuestions | null,
  ): Promise<RecordedConversation[]> {
    this.#asked += references.length;
    if (this.#asked >= WORTH_THREADS) this.#startThreads();
    const agentIds = config.agent_definitions.map(({agent_id: id}) => id);
    const pathOf = ({path}: TranscriptReference): string => this.#layout.resolve(path);
    if (this.#threads.length === 0) {
      return references.map(reference => readConversation(reference, pathOf(reference), {questions, agentIds}));
    }
    const {experiment_name: experiment, questions_file} = config.experiment_metadata;
    const questionsFile = this.#layout.resolve(questions_file);
    const parts: Promise<string>[] = [];
    for (let start = 0; start < references.length; start += JOB_SIZE) {
      const some = references.slice(start, start + JOB_SIZE);
      parts.push(
        this.#leastBusy().run({references: some, paths: some.map(pathOf), experiment, questionsFile, agentIds}),
      );
    }
    const encoded = await Promise.all(parts);
    return encoded.flatMap(part => decodeConversations(JSON.parse(part), {experiment, questions}));
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

interface Waiting {
  readonly resolve: (encoded: string) => void;
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
    this.#worker.on('message', ({id, encoded}: ReadReply) => {
      this.#waiting.get(id)?.resolve(encoded);
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

  run(job: Omit<ReadJob, 'id'>): Promise<string> {
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
