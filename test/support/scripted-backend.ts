import type {
  Backend,
  ChatFailure,
  ChatOutcome,
  ChatReply,
  ChatRequest,
  FailureReason,
  ServerLoad,
} from '../../src/backend/backend.ts';
import type {ModelDefinition} from '../../src/core/task-config.ts';
import type {ServedModel} from '../../src/execute/requests/served-model.ts';
import {recordedError} from '../../src/record/task/recorded-errors.ts';

export function aReply(change: Partial<ChatReply> = {}): ChatReply {
  return {
    kind: 'reply',
    text: 'yes',
    finishReason: 'stop',
    ending: 'complete',
    promptTokens: 10,
    responseTokens: 5,
    latencyMs: 100,
    servedModel: 'm',
    sent: {},
    ...change,
  };
}

export function aFailure(reason: FailureReason, change: Partial<ChatFailure> & {text?: string} = {}): ChatFailure {
  const {text = reason, ...rest} = change;
  return {kind: 'failure', reason, retryable: true, error: recordedError('APIRequestError', text), ...rest};
}

export interface OpenCall {
  readonly request: ChatRequest;
  readonly end: (outcome: ChatOutcome) => void;
}

/** A backend whose calls end when the test says so. */
export class ScriptedBackend implements Backend {
  readonly kind = 'vllm';
  readonly calls: OpenCall[] = [];
  /** Taken one after the other; afterwards all is well. */
  readonly checks: (ChatFailure | null)[] = [];
  checked = 0;
  isClosed = false;
  /** Null: the server has no metrics. */
  nextLoad: ServerLoad | null = null;

  complete(request: ChatRequest): Promise<ChatOutcome> {
    return new Promise(resolve => this.calls.push({request, end: resolve}));
  }

  check(): Promise<ChatFailure | null> {
    this.checked++;
    return Promise.resolve(this.checks.shift() ?? null);
  }

  load(): Promise<ServerLoad | null> {
    return Promise.resolve(this.nextLoad);
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

export function aModel(change: Partial<ServedModel> = {}): ServedModel & {readonly backend: ScriptedBackend} {
  const definition: ModelDefinition = {backend: 'openai', model_name: 'm'};
  const backend = new ScriptedBackend();
  return {key: 'm', name: 'm (openai)', definition, maxRetries: 2, limit: 4, ...change, backend};
}
