import {randomUUID} from 'node:crypto';

import type {Clock} from '../../core/clock.ts';
import {deferred} from '../../core/deferred.ts';
import {UserError} from '../../core/errors.ts';
import type {Services} from '../../plan/trial-plan.ts';
import type {ExecutorIdentity} from '../../record/lease/executor-identity.ts';
import {describeExit, DetachedProcess} from '../process/detached-process.ts';
import {processGuard} from '../process/guard.ts';
import {findPortOwner} from '../process/port-owner.ts';
import {ProcessLog} from '../process/process-log.ts';
import {joinTokens, stopTree, TOKEN_VARIABLE, type ProcessTree} from '../process/process-tree.ts';
import {reservePort, type PortReservation} from '../process/reserve-port.ts';
import {captureSetup} from './capture-setup.ts';
import {waitForUrl} from './wait-for-url.ts';
import type {Environment} from './trial-environment.ts';

export interface ServicesOptions {
  readonly services: Services;
  /** Returns the path of a log. */
  readonly logPath: (name: 'setup' | 'server') => string;
  readonly cwd: string;
  readonly env: Environment;
  readonly clock: Clock;
  readonly holder: ExecutorIdentity;
  /** Ends the waiting, and what was started. */
  readonly signal: AbortSignal;
  /** One line for people. */
  readonly onNews: (text: string) => void;
}

/** Programs that run beside the trials of this process. */
export interface RunningServices {
  /** Environment for the trials: what the setup left, with `MAC_SERVER_PORT` and `MAC_SERVER_URL`. */
  readonly env: Environment;
  /** Resolves, in words, when the server ends without being stopped. */
  readonly died: Promise<string>;
  /** Ends everything that setup and server started. Idempotent; never rejects. */
  stop(): Promise<void>;
}

/** Most starts of a server whose port another process takes. */
const MAX_STARTS = 5;
/** Seconds in which a setup has to end, where nothing says it: it may install packages. */
const SETUP_SECONDS = 1800;
/** SIGTERM to SIGKILL. */
const TERM_MS = 10_000;

/**
 * Runs the setup command, then starts the server and waits until it is ready.
 *
 * @returns null when `signal` ended it.
 * @throws UserError `service-failed` with the end of the log: the setup failed, the server ended or was not ready in
 * time. `no-free-port`, `cannot-write`. Nothing is left running then.
 */
export async function startServices(options: ServicesOptions): Promise<RunningServices | null> {
  const starting = new StartingServices(options);
  try {
    if (await starting.start()) return starting.running();
  } catch (error) {
    await starting.stop();
    throw error;
  }
  await starting.stop();
  return null;
}

/** The services of one process, from their start to their end. */
class StartingServices {
  readonly #options: ServicesOptions;
  readonly #token: string;
  readonly #roots: ProcessTree['roots'][number][] = [];
  readonly #died = deferred<string>();
  #env: Environment;
  #port: PortReservation | null = null;
  #isStopping = false;
  #stopped: Promise<void> | null = null;

  constructor(options: ServicesOptions) {
    this.#options = options;
    this.#env = options.env;
    this.#token = `${processGuard().token}${randomUUID()}.`;
  }

  running(): RunningServices {
    return {env: this.#env, died: this.#died.promise, stop: () => this.stop()};
  }

  /** Returns false when the signal aborted. */
  async start(): Promise<boolean> {
    const {services, logPath, cwd, clock, signal, onNews} = this.#options;
    if (services.setup !== undefined) {
      const log = new ProcessLog(logPath('setup'));
      onNews(`setup: running; log: ${log.path}`);
      const env = await captureSetup({
        setup: services.setup,
        limitSeconds: services.setupTimeoutSeconds ?? SETUP_SECONDS,
        cwd,
        env: this.#env,
        log,
        clock,
        token: this.#token,
        signal,
        onStarted: shell => this.#watch(shell),
      });
      if (env === null) return false;
      this.#env = env;
    }
    return services.server === undefined ? await this.#waitForOther() : await this.#startServer(services.server);
  }

  stop(): Promise<void> {
    this.#isStopping = true;
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    const {clock, onNews} = this.#options;
    const tree = {roots: this.#roots, token: this.#token};
    const left = await stopTree(tree, {termMs: TERM_MS, sleep: ms => clock.sleep(ms)});
    if (left.length > 0) onNews(`services: ${left.length} processes cannot be killed`);
    await this.#port?.release();
  }

  async #startServer(command: string): Promise<boolean> {
    const {logPath, signal, onNews} = this.#options;
    const log = new ProcessLog(logPath('server'));
    for (let start = 1; ; start++) {
      this.#port = await reservePort(this.#options.holder);
      const {port} = this.#port;
      onNews(`server: starting on port ${port}; log: ${log.path}`);
      const server = await this.#launch(command, log);
      const wrong = await this.#waitUntilReady(server, log);
      if (signal.aborted) return false;
      if (wrong === null) {
        this.#env = this.#withPort(this.#env);
        void server.exit.then(exit => {
          if (!this.#isStopping) this.#died.resolve(`the server ${describeExit(exit)}; log: ${log.path}`);
        });
        return true;
      }
      if (!wrong.again || start === MAX_STARTS) throw serverFailed(wrong.why, log);
      onNews(`server: ${wrong.why}; starting it again`);
      await server.stop(TERM_MS);
      await this.#port.release();
    }
  }

  async #launch(command: string, log: ProcessLog): Promise<DetachedProcess> {
    const {cwd, clock} = this.#options;
    const script = this.#fillPort(command);
    const logFile = log.open(`${new Date(clock.now()).toISOString()} ${script}`);
    const env = {...this.#withPort(this.#env), [TOKEN_VARIABLE]: joinTokens(this.#env, this.#token)};
    await this.#port?.stopListening();
    const token = this.#token;
    const server = new DetachedProcess({argv: ['bash', '-c', script], cwd, env, logFile, token, clock});
    this.#watch(server);
    return server;
  }

  /** Waits for the ready URL of a server. Returns what is wrong, and whether another start may help. */
  async #waitUntilReady(server: DetachedProcess, log: ProcessLog): Promise<{why: string; again: boolean} | null> {
    const {services} = this.#options;
    const isPorted = services.readyUrl?.includes('{port}') ?? false;
    const isTaken = (): boolean =>
      isPorted && this.#port !== null && findPortOwner(this.#port.port, server.tree) === 'foreign';
    const wrong = await this.#poll(() => {
      if (!server.ended) return isTaken() ? `lost port ${this.#port?.port ?? 0} to another process` : null;
      return `${describeExit(server.ended)} before it was ready`;
    }, server.exit);
    if (wrong === null) return null;
    return {why: wrong, again: isTaken() || /address already in use|EADDRINUSE/i.test(log.tail())};
  }

  /** Waits for a ready URL of a server that is not ours. */
  async #waitForOther(): Promise<boolean> {
    const wrong = await this.#poll(() => null, new Promise(() => undefined));
    if (wrong !== null) throw new UserError('service-failed', wrong);
    return !this.#options.signal.aborted;
  }

  /**
   * Asks the ready URL again and again; without one, nothing is waited for.
   *
   * @param findFault returns why it can never be ready.
   * @param ended ends a pause.
   * @returns what is wrong; null when it is ready or `signal` aborted.
   */
  async #poll(findFault: () => string | null, ended: Promise<unknown>): Promise<string | null> {
    const {services, clock, signal, onNews} = this.#options;
    const {readyUrl, readyTimeoutSeconds: limitSeconds} = services;
    if (readyUrl === undefined) return null;
    return await waitForUrl({url: this.#fillPort(readyUrl), limitSeconds, findFault, ended, clock, signal, onNews});
  }

  #watch(process: DetachedProcess): void {
    if (!process.root) return;
    this.#roots.push(process.root);
    processGuard().watch(process.root);
  }

  #withPort(env: Environment): Environment {
    if (this.#port === null) return env;
    const {port} = this.#port;
    return {...env, MAC_SERVER_PORT: String(port), MAC_SERVER_URL: `http://127.0.0.1:${port}`};
  }

  #fillPort(text: string): string {
    return text.replaceAll('{port}', String(this.#port?.port ?? '{port}'));
  }
}

function serverFailed(why: string, log: ProcessLog): UserError {
  return new UserError('service-failed', `the server ${why}; the end of ${log.path}:\n${log.lastLines()}`, {
    hint: 'correct it in the file or the profile, or with --server-command and --ready-url',
  });
}
