import {randomUUID} from 'node:crypto';
import {mkdirSync} from 'node:fs';
import {rm} from 'node:fs/promises';
import {join} from 'node:path';

import type {VllmModel} from '../../backend/vllm/vllm-schema.ts';
import type {Backend} from '../../backend/backend.ts';
import type {Clock} from '../../core/clock.ts';
import type {ModelDefinition} from '../../core/task-config.ts';
import {cannotWrite} from '../../record/disk/atomic-file.ts';
import {identifyExecutor} from '../../record/lease/executor-identity.ts';
import {serverKey} from '../../plan/servers.ts';
import {startGuard, type Guard} from '../process/guard.ts';
import {splitGpus} from './gpu-split.ts';
import {ModelServer, type ServerStatus} from './model-server.ts';
import {ServedBackend} from './served-backend.ts';
import {serverSpecs, type ServerHooks} from './server-spec.ts';

export interface ModelServersOptions {
  /** Definitions of all models of the tasks; those with an address need no server. */
  readonly definitions: Iterable<ModelDefinition>;
  readonly hooks: ServerHooks;
  /** Returns the path of a server's log, by its slug. */
  readonly logPath: (slug: string) => string;
  readonly logFolder: string;
  /** Node-local folder; the servers get a new folder in it. */
  readonly scratch: string;
  /** Working directory of server commands. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Aborts when the job is about to end: no server is started any more. */
  readonly ending: AbortSignal;
  readonly onNews: (text: string) => void;
}

/** The model servers of this process, side by side. */
export class ModelServers {
  readonly #servers: readonly ModelServer[];
  readonly #guard: Guard;
  readonly #scratch: string;

  private constructor(servers: readonly ModelServer[], guard: Guard, scratch: string) {
    this.#servers = servers;
    this.#guard = guard;
    this.#scratch = scratch;
  }

  /**
   * Creates the servers that models need, with their shares of the GPUs; `start` starts them.
   *
   * @returns null when no model needs any.
   * @throws UserError `too-few-gpus`, `config-invalid`, `cannot-write`.
   */
  static create(options: ModelServersOptions): ModelServers | null {
    const {clock, env, hooks, cwd, ending, onNews, logFolder} = options;
    const specs = serverSpecs(options.definitions);
    if (specs.length === 0) return null;
    const gpus = splitGpus(specs, env);
    const token = randomUUID();
    const scratch = makeScratch(options.scratch, token);
    const guard = startGuard(token);
    const holder = identifyExecutor(env);
    const servers = specs.map(
      (spec, i) =>
        new ModelServer({
          spec,
          hooks,
          gpus: gpus[i] ?? {},
          logPath: options.logPath(spec.slug),
          logFolder,
          scratch,
          cwd,
          env,
          clock,
          holder,
          token,
          guard,
          ending,
          onNews,
        }),
    );
    return new ModelServers(servers, guard, scratch);
  }

  /**
   * Starts all servers at once and waits until all are ready.
   *
   * @returns false when the job was ended meanwhile.
   * @throws UserError of the first that failed; the others are stopped then.
   */
  async start(): Promise<boolean> {
    try {
      const started = await Promise.all(this.#servers.map(server => server.start()));
      return started.every(Boolean);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /**
   * Returns a backend for a model that one of them serves; undefined for others.
   *
   * @param connect creates the backend of a definition that has an address.
   */
  findBackend(definition: ModelDefinition, connect: (definition: VllmModel) => Promise<Backend>): Backend | undefined {
    const key = serverKey(definition);
    const server = this.#servers.find(({spec}) => spec.key === key);
    return server && new ServedBackend(server, connect);
  }

  /** Returns why one of them was given up, with the end of its log; null if none was. */
  get gaveUp(): string | null {
    return this.#servers.map(({gaveUp}) => gaveUp).find(reason => reason !== null) ?? null;
  }

  status(): ServerStatus[] {
    return this.#servers.map(server => server.status());
  }

  /** Ends all servers with their process trees. Idempotent; never rejects. */
  async stop(): Promise<void> {
    await Promise.all(this.#servers.map(server => server.stop()));
    this.#guard.dismiss();
    await rm(this.#scratch, {recursive: true, force: true}).catch(() => undefined);
  }
}

function makeScratch(parent: string, token: string): string {
  const path = join(parent, `mac-${token}`);
  try {
    mkdirSync(path, {recursive: true});
    return path;
  } catch (error) {
    throw cannotWrite(path, error);
  }
}
