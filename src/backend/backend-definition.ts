import type {z} from 'zod';

import type {ModelDefinition} from '../core/task-config.ts';
import type {Backend, BackendOptions, ChatRequest} from './backend.ts';
import type {OptionRoutes, RequestMode} from './request/option-routes.ts';
import type {Body, BodyBuilder} from './request/shape-request.ts';

/** The parts that the body of a request is made of. */
export interface BodyParts {
  readonly request: ChatRequest;
  /** The agent's options under the server's names. */
  readonly options: Body;
  /** False: the server takes no system message, so its text goes before the user's. */
  readonly systemRole: boolean;
}

/** The address of a model, and the key that names it. */
export interface ModelAddress {
  readonly url: string;
  /** Below the model's definition. */
  readonly path: readonly string[];
  /** The source of the address: the config, the variable `OLLAMA_HOST`, or the backend's default. */
  readonly from: 'config' | 'environment' | 'default';
}

/** The context that a config gives a model, and the key that says so. */
export interface ModelContext {
  readonly tokens: number;
  /** Below the model's definition. */
  readonly path: readonly string[];
}

/** A fault of a value, without its place. */
export interface Complaint {
  readonly found: string;
  readonly expected: string;
  readonly hint?: string | undefined;
}

/** Takes the faults of a model's definition, each at a path below it. */
export interface ModelReport {
  problem(path: readonly (string | number)[], complaint: Complaint): void;
  warning(path: readonly (string | number)[], complaint: Complaint): void;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * All that mac knows of one backend. `backends.ts` lists them; config schema, key tables, plan, limits, task keys and
 * requests follow from the list.
 */
export interface BackendDefinition<Model extends ModelDefinition = ModelDefinition> {
  /** The value of `backend` in a config. */
  readonly name: string;
  /** Of a definition in `model_definitions`; everything in it that has a `describe` is documented. */
  readonly schema: z.ZodObject<{backend: z.ZodLiteral<string>}>;
  /** The variable whose key the provider wants; absent where no key is needed. */
  readonly keyVariable?: string;
  /** Requests at once where the config says nothing. */
  readonly defaultLimit: number;
  /** `limit` is the engine's own: what fits into its KV cache lowers it, and `max_num_seqs: auto` never exceeds it. */
  readonly limitIsEngines?: true;
  /** Models without an address get a server from mac (`vllm serve`). */
  readonly startsServers?: true;

  /** Returns the limit of requests that the config names elsewhere than in `max_num_seqs`. */
  limit?(model: Model): number | undefined;
  /** Returns what of a definition changes results: it is part of the task's key. */
  essentials(model: Model): object;
  /** Returns where a model is asked; undefined where it needs no address or a job starts its server. */
  address?(model: Model, env: Environment): ModelAddress | undefined;
  /** Returns the context that the config gives the model; undefined where only its server knows. */
  context?(model: Model): ModelContext | undefined;
  /** Returns which options of an agent reach the model, and under which names. */
  routes(model: Model, mode: RequestMode): OptionRoutes;
  /** Makes the body of a request; absent where nothing is sent over HTTP. */
  body?(model: Model, parts: BodyParts): Body;
  /** Reports what the schema cannot say of a definition, which may be invalid otherwise, too. */
  check?(model: Readonly<Record<string, unknown>>, report: ModelReport): void;
  /** Makes the backend of a model. Import the client in here: packages start slowly. @throws UserError */
  create(model: Model, options: BackendOptions, build: BodyBuilder): Promise<Backend>;
}
