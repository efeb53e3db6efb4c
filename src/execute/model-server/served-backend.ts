import type {VllmModel} from '../../backend/vllm/vllm-schema.ts';
import type {Backend, ChatFailure, ChatOutcome, ChatRequest, FailureReason, ServerLoad} from '../../backend/backend.ts';
import {recordedError} from '../../record/task/recorded-errors.ts';
import type {ModelServer} from './model-server.ts';

/**
 * The backend of a model whose server this process runs. Calls wait while the server is being restarted, at a new
 * address; calls that were in flight when it died are repeated there. They fail only when the server is given up.
 */
export class ServedBackend implements Backend {
  readonly kind = 'vllm';
  readonly #server: ModelServer;
  readonly #connect: (definition: VllmModel) => Promise<Backend>;
  #current: {readonly url: string; readonly backend: Promise<Backend>} | null = null;
  #closed = false;

  /** @param connect creates the backend of a definition that has an address. */
  constructor(server: ModelServer, connect: (definition: VllmModel) => Promise<Backend>) {
    this.#server = server;
    this.#connect = connect;
  }

  async complete(request: ChatRequest, signal: AbortSignal): Promise<ChatOutcome> {
    const {calls} = this.#server;
    for (;;) {
      const address = await this.#server.whenReady(signal);
      if (address.kind !== 'ready') return this.#unavailableFailure(address);
      const backend = await this.#backendAt(address.url);
      calls.inFlight++;
      const outcome = await backend.complete(request, signal).finally(() => calls.inFlight--);
      if (outcome.kind === 'reply') {
        calls.answered++;
        return outcome;
      }
      if (signal.aborted || this.#closed || !indicatesServerDeath(outcome)) return outcome;
      if (!(await this.#server.confirmGone(address.url, outcome.reason === 'engine-dead'))) return outcome;
    }
  }

  async check(signal: AbortSignal): Promise<ChatFailure | null> {
    const address = await this.#server.whenReady(signal);
    if (address.kind !== 'ready') return this.#unavailableFailure(address);
    return (await this.#backendAt(address.url)).check(signal);
  }

  async load(signal: AbortSignal): Promise<ServerLoad | null> {
    // Called every second: while the server is away there is no load.
    const backend = await this.#current?.backend;
    const load = (await backend?.load?.(signal)) ?? null;
    if (!load || load.kvCapacitySequences !== null) return load;
    return {...load, kvCapacitySequences: this.#server.loggedConcurrency()};
  }

  async close(): Promise<void> {
    this.#closed = true;
    await (await this.#current?.backend)?.close();
  }

  async #backendAt(url: string): Promise<Backend> {
    if (this.#current?.url !== url) {
      const old = this.#current?.backend;
      const {spec} = this.#server;
      const definition = {...spec.definition, api_config: {...spec.definition.api_config, base_url: url}};
      this.#current = {url, backend: this.#connect(definition)};
      // Its calls end as aborted, and come back here to be repeated.
      void old?.then(backend => backend.close()).catch(() => undefined);
    }
    return await this.#current.backend;
  }

  #unavailableFailure(
    address: {readonly kind: 'given-up'; readonly reason: string} | {readonly kind: 'aborted'},
  ): ChatFailure {
    const reason: FailureReason = address.kind;
    const message = address.kind === 'given-up' ? address.reason : 'aborted';
    const details = {model: this.#server.spec.servedName, original_error: message};
    return {kind: 'failure', reason, retryable: false, error: recordedError('APIRequestError', message, details)};
  }
}

/** Returns whether a failure may come from a server that died; `aborted` that nobody asked for: connections closed. */
function indicatesServerDeath({reason}: ChatFailure): boolean {
  return reason === 'unreachable' || reason === 'engine-dead' || reason === 'aborted';
}
