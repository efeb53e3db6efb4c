import type {Backend, ServerLoad} from '../backend/backend.ts';
import {describeFailure} from '../backend/failure.ts';
import type {ModelDefinition} from '../core/task-config.ts';
import type {Clock} from '../core/clock.ts';
import {UserError} from '../core/errors.ts';
import {callRetries, describeModel, effectiveLimit, servedModelKey, type ServedModel} from './served-model.ts';

export interface ServerPoolOptions {
  readonly createBackend: (definition: ModelDefinition) => Promise<Backend>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A server that is just starting gets these pauses before the tasks that need it are given up. */
const CHECK_PAUSES_MS = [500, 2_000];

/** The servers of a pack, each connected and checked once, however many tasks use it. */
export class ServerPool {
  readonly #options: ServerPoolOptions;
  readonly #models = new Map<string, Promise<ServedModel>>();

  constructor(options: ServerPoolOptions) {
    this.#options = options;
  }

  /**
   * @throws UserError `server-unusable` when the server does not answer, refuses the key or lacks the model. The verdict holds
   *   for the whole pack.
   */
  connect(definition: ModelDefinition): Promise<ServedModel> {
    const key = servedModelKey(definition);
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
    for (const pauseMs of [...CHECK_PAUSES_MS, null]) {
      const failure = await backend.check(this.#options.signal);
      if (!failure) return;
      this.#options.signal.throwIfAborted();
      if (!failure.retryable || pauseMs === null) {
        throw new UserError('server-unusable', `${name}: ${describeFailure(failure)}`);
      }
      await this.#options.clock.sleep(pauseMs, this.#options.signal);
    }
  }
}
