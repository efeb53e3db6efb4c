import type {Backend, ChatFailure, ServerLoad} from '../../backend/backend.ts';
import {describeFailure} from '../../backend/failure/failure.ts';
import type {ModelDefinition} from '../../core/task-config.ts';
import type {Clock} from '../../core/clock.ts';
import {UserError} from '../../core/errors.ts';
import {callRetries, describeModel, effectiveLimit, type ServedModel} from '../requests/served-model.ts';
import {serverKey} from '../../plan/servers.ts';

export interface ServerPoolOptions {
  readonly createBackend: (definition: ModelDefinition) => Promise<Backend>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Longest wait for a server that is not there yet or loads its model. */
  readonly waitForServerMs?: number | undefined;
  /** Called once for each server that is waited for. */
  readonly onNews: (text: string) => void;
}

/** Pauses before a server that does not answer is checked again; the last one repeats where a wait is set. */
const CHECK_PAUSES_MS = [500, 2_000];

/** Longest wait for a server that loads its model, unless a wait is set. */
const LOADING_MS = 10 * 60_000;

/** Connects and checks each server of a pack once, however many tasks use it. */
export class ServerPool {
  readonly #options: ServerPoolOptions;
  readonly #models = new Map<string, Promise<ServedModel>>();

  constructor(options: ServerPoolOptions) {
    this.#options = options;
  }

  /**
   * Connects the server of a model, or returns it when it is connected.
   *
   * @throws UserError `server-unusable` when the server does not answer, refuses the key or lacks the model; again at
   * every later call for it.
   */
  connect(definition: ModelDefinition): Promise<ServedModel> {
    const key = serverKey(definition);
    let model = this.#models.get(key);
    if (!model) {
      model = this.#connect(key, definition);
      this.#models.set(key, model);
    }
    return model;
  }

  async #connect(key: string, definition: ModelDefinition): Promise<ServedModel> {
    const backend = await this.#options.createBackend(definition);
    let load: ServerLoad | null;
    try {
      await this.#check(backend, describeModel(definition));
      load = (await backend.load?.(this.#options.signal)) ?? null;
    } catch (error) {
      await backend.close();
      throw error;
    }
    return {
      key,
      name: describeModel(definition),
      definition,
      backend,
      maxRetries: callRetries(definition),
      limit: effectiveLimit(definition, load?.kvCapacitySequences ?? null),
    };
  }

  async #check(backend: Backend, name: string): Promise<void> {
    const {clock, signal, onNews} = this.#options;
    const startMs = clock.monotonic();
    for (let attempt = 0; ; attempt++) {
      const failure = await backend.check(signal);
      if (!failure) return;
      signal.throwIfAborted();
      const pauseMs = this.#pauseAfter(failure, attempt, clock.monotonic() - startMs);
      if (pauseMs === null) throw unusable(name, failure, clock.monotonic() - startMs);
      if (attempt === CHECK_PAUSES_MS.length) onNews(`waiting for ${name}: ${describeFailure(failure)}`);
      await clock.sleep(pauseMs, signal);
    }
  }

  /** Returns how long to wait before a server is checked again; null to give it up. */
  #pauseAfter({reason, retryable}: ChatFailure, attempt: number, waitedMs: number): number | null {
    const lastPauseMs = CHECK_PAUSES_MS.at(-1) ?? 0;
    const pauseMs = CHECK_PAUSES_MS[attempt] ?? lastPauseMs;
    const patienceMs = this.#options.waitForServerMs ?? (reason === 'loading' ? LOADING_MS : null);
    if (!retryable) return null;
    if (patienceMs === null) return CHECK_PAUSES_MS[attempt] ?? null;
    return waitedMs < patienceMs ? pauseMs : null;
  }
}

function unusable(name: string, failure: ChatFailure, waitedMs: number): UserError {
  const waited = waitedMs < 10_000 ? '' : ` (waited ${Math.round(waitedMs / 1000)} s)`;
  const hint = failure.reason === 'loading' || failure.reason === 'unreachable' ? WAIT_HINT : undefined;
  return new UserError('server-unusable', `${name}: ${describeFailure(failure)}${waited}`, {hint});
}

const WAIT_HINT = 'if it is only slow to start: --wait-for-server 30m';
