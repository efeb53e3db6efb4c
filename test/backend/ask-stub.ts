import type {ChatOutcome, ChatRequest} from '../../src/backend/backend.ts';
import {createBackend} from '../../src/backend/backends.ts';
import {systemClock} from '../../src/core/clock.ts';
import type {ModelDefinition} from '../../src/core/task-config.ts';
import {startStub, type StubReply, type StubRequest} from '../support/servers/stub.ts';

type Kind = 'openai' | 'vllm' | 'anthropic' | 'ollama';

export interface Asked {
  readonly outcomes: readonly ChatOutcome[];
  /** Of the last call. */
  readonly outcome: ChatOutcome;
  /** The chat calls that the server got, repetitions included. */
  readonly chats: readonly StubRequest[];
  readonly seen: readonly StubRequest[];
  readonly notices: readonly string[];
}

export interface AskOptions {
  readonly model?: Record<string, unknown>;
  readonly request?: Partial<ChatRequest>;
  /** Number of times the same request is made, one after the other. */
  readonly times?: number;
  readonly env?: Record<string, string>;
  /** Path after the stub's address in the config. */
  readonly path?: string;
}

const REQUEST: ChatRequest = {
  requestId: 'r',
  system: 'You are careful.',
  user: 'Who was late?',
  sampling: {temperature: 0.7, max_tokens: 100},
};

/** Calls one of our backends against a stub on a real socket. */
export async function ask(
  kind: Kind,
  answer: StubReply | ((request: StubRequest) => StubReply),
  {
    model: more = {},
    request,
    times = 1,
    env = {},
    path = kind === 'openai' || kind === 'vllm' ? '/v1' : '',
  }: AskOptions = {},
): Promise<Asked> {
  const reply = typeof answer === 'function' ? answer : () => answer;
  const stub = await startStub(seen =>
    seen.method === 'POST' || typeof answer === 'function' ? reply(seen) : {status: 404, body: ''},
  );
  const notices: string[] = [];
  const backend = await createBackend(definition(kind, stub.url + path, more), {
    env,
    clock: systemClock,
    connections: 4,
    onNotice: (text, level) => notices.push(`${level}: ${text}`),
  });
  try {
    const outcomes: ChatOutcome[] = [];
    for (let i = 0; i < times; i++) {
      outcomes.push(await backend.complete({...REQUEST, ...request}, new AbortController().signal));
    }
    const chats = stub.seen.filter(({method}) => method === 'POST');
    return {outcomes, outcome: outcomes.at(-1)!, chats, seen: stub.seen, notices};
  } finally {
    await backend.close();
    await stub.close();
  }
}

function definition(kind: Kind, url: string, more: Record<string, unknown>): ModelDefinition {
  const ollama = {backend: kind, model_name: 'm', ollama_api_url: url, ...more};
  if (kind === 'ollama') return ollama;
  const {api_config = {}, ...others} = more as {api_config?: object};
  const base = {api_config: {base_url: url, ...api_config}, ...others};
  return kind === 'vllm' ? {backend: kind, model_path: 'm', ...base} : {backend: kind, model_name: 'm', ...base};
}
