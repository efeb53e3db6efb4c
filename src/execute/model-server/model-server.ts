import {randomUUID} from 'node:crypto';

import {parseVllmConcurrency} from '../../backend/server/server-metrics.ts';
import {deferred, type Deferred} from '../../core/deferred.ts';
import {errorMessage, UserError} from '../../core/errors.ts';
import {ProcessLog} from '../process/process-log.ts';
import {launchServer, type RunningServer, type ServerSetting} from './launch-server.ts';
import type {ServerSpec} from './server-spec.ts';
import {watchServer, type CallCount} from './server-watch.ts';

export interface ModelServerOptions extends ServerSetting {
  readonly logPath: string;
  /** Beginning of the tokens of all servers of this process. */
  readonly token: string;
  /** Aborts when the job is about to end: a server that dies then stays dead. */
  readonly ending: AbortSignal;
}

/** State of a server, for records. */
export interface ServerStatus {
  readonly model: string;
  readonly port: number;
  readonly pid: number;
  readonly log: string;
  readonly readySeconds: number | null;
  readonly restarts: number;
}

/** An address for requests, or that there will be none, or that the waiting was aborted. */
export type ServerAddress =
  | {readonly kind: 'ready'; readonly url: string}
  | {readonly kind: 'given-up'; readonly reason: string}
  | {readonly kind: 'aborted'};

/** The pause before a server is started again: doubled each time. */
const BACK_OFF_MS = 2_000;
const MAX_BACK_OFF_MS = 60_000;

/** One model server over its whole life: started, watched, restarted when it dies or hangs, given up or stopped. */
export class ModelServer {
  readonly spec: ServerSpec;
  /** Counts of its calls, kept by whoever sends them. */
  readonly calls: CallCount = {inFlight: 0, answered: 0};
  /** Reason why it will not be started any more, with the end of its log. */
  gaveUp: string | null = null;
  readonly #options: ModelServerOptions;
  readonly #log: ProcessLog;
  readonly #stopping = new AbortController();
  readonly #noMoreStarts: AbortSignal;
  readonly #unknownToVllm = new Set<string>();
  #address: Deferred<ServerAddress> = deferred();
  #running: RunningServer | null = null;
  /** Ends the pause before the next check of the server. */
  #checkNow: () => void = () => undefined;
  /** The address whose engine said that it is dead. */
  #deadUrl: string | null = null;
  #life: Promise<void> = Promise.resolve();
  #launches = 0;
  #restarts = 0;
  #last: {readonly port: number; readonly pid: number; readonly readySeconds: number | null} | null = null;

  constructor(options: ModelServerOptions) {
    this.spec = options.spec;
    this.#options = options;
    this.#log = new ProcessLog(options.logPath);
    this.#noMoreStarts = AbortSignal.any([this.#stopping.signal, options.ending]);
  }

  /**
   * Starts the server and waits until it is ready; from then on it is watched.
   *
   * @returns false when the job was ended meanwhile.
   * @throws UserError `server-failed` with the end of its log: a server that was never ready is not tried again.
   * `cannot-write`, `server-command-invalid`.
   */
  async start(): Promise<boolean> {
    const starting = this.#start();
    this.#life = starting.then(
      isReady => (isReady ? this.#supervise() : undefined),
      () => undefined,
    );
    return await starting;
  }

  async #start(): Promise<boolean> {
    const {spec, onNews} = this.#options;
    onNews(`${spec.slug}: starting; log: ${this.#log.path}`);
    try {
      const running = await this.#launch();
      if (running) this.#becomeReady(running);
      else this.#address.resolve({kind: 'aborted'});
      return running !== null;
    } catch (error) {
      this.#address.resolve({kind: 'given-up', reason: errorMessage(error)});
      throw error;
    }
  }

  /** Waits for the server to be ready, also while it is being restarted. */
  async whenReady(signal: AbortSignal): Promise<ServerAddress> {
    if (signal.aborted || this.#stopping.signal.aborted) return {kind: 'aborted'};
    // Most requests find it ready; the waiting below costs a fifth of a request.
    if (this.#running && this.gaveUp === null) return {kind: 'ready', url: this.#running.url};
    const stopped = AbortSignal.any([signal, this.#stopping.signal]);
    const aborted = deferred<ServerAddress>();
    const onAbort = (): void => aborted.resolve({kind: 'aborted'});
    stopped.addEventListener('abort', onAbort, {once: true});
    try {
      return await Promise.race([this.#address.promise, aborted.promise]);
    } finally {
      stopped.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Checks the server after a request found it unreachable or its engine dead.
   *
   * @returns whether the server of that address is gone, so that the request is worth repeating at the next one.
   */
  async confirmGone(url: string, isEngineDead: boolean): Promise<boolean> {
    const {clock} = this.#options;
    const isGone = (): boolean => this.#running?.url !== url || this.#running.server.ended !== null;
    if (isEngineDead) this.#deadUrl = url;
    this.#checkNow();
    // The watch needs three checks, half a second apart, to be sure.
    for (let waited = 0; waited < 4_000 && !isGone() && !this.#stopping.signal.aborted; waited += 100) {
      await clock.sleep(100);
    }
    return isGone() || this.#stopping.signal.aborted;
  }

  /** Returns how many sequences of full length surely fit, as the engine logged it. */
  loggedConcurrency(): number | null {
    return parseVllmConcurrency(this.#log.head());
  }

  status(): ServerStatus {
    const {spec} = this.#options;
    const {port = 0, pid = 0, readySeconds = null} = this.#last ?? {};
    return {model: spec.servedName, port, pid, log: this.#log.path, readySeconds, restarts: this.#restarts};
  }

  /** Ends the server with its whole process tree. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#life;
    await this.#end();
  }

  async #supervise(): Promise<void> {
    try {
      await this.#keepRunning();
    } catch (error) {
      // A bug must not leave requests waiting for ever.
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#giveUp(`Internal error: ${what}`, '');
    }
  }

  async #keepRunning(): Promise<void> {
    const {hooks, onNews, spec} = this.#options;
    let running = this.#running;
    while (running) {
      const wrong = await this.#watch(running);
      if (wrong === null) return;
      this.#address = deferred();
      const tail = this.#log.lastLines();
      await this.#end();
      if (this.#options.ending.aborted) {
        this.#address.resolve({kind: 'aborted'});
        return;
      }
      const what = `${spec.slug} ${wrong}`;
      if (this.#restarts >= hooks.restarts) {
        const often = this.#restarts === 0 ? '' : ` after ${this.#restarts} restarts`;
        this.#giveUp(`the model server ${what}${often}`, tail);
        return;
      }
      const backOffMs = Math.min(MAX_BACK_OFF_MS, BACK_OFF_MS * 2 ** this.#restarts);
      this.#restarts++;
      onNews(
        `${what}; restart ${this.#restarts} of ${hooks.restarts} in ${backOffMs / 1000} s. Its last lines:\n${tail}`,
      );
      running = await this.#restart(backOffMs);
    }
  }

  /** Restarts until it is ready. Returns null when it was given up, or the job is about to end. */
  async #restart(backOffMs: number): Promise<RunningServer | null> {
    const {hooks, clock, onNews, spec} = this.#options;
    for (let pauseMs = backOffMs; ; pauseMs = Math.min(MAX_BACK_OFF_MS, pauseMs * 2)) {
      try {
        await clock.sleep(pauseMs, this.#noMoreStarts).catch(() => undefined);
        const running = this.#noMoreStarts.aborted ? null : await this.#launch();
        if (running) this.#becomeReady(running);
        else this.#address.resolve({kind: 'aborted'});
        return running;
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        if (this.#restarts >= hooks.restarts) {
          const [what = '', ...end] = error.message.split('\n');
          this.#giveUp(`after ${this.#restarts} restarts: ${what}`, end.join('\n'));
          return null;
        }
        this.#restarts++;
        onNews(`${error.message}\n${spec.slug}: restart ${this.#restarts} of ${hooks.restarts}`);
      }
    }
  }

  #giveUp(reason: string, logEnd: string): void {
    const end = `the end of ${this.#log.path}:`;
    this.gaveUp = logEnd === '' ? reason : `${reason}; ${end}\n${logEnd}`;
    this.#options.onNews(`${this.spec.slug} is given up: ${this.gaveUp}`);
    this.#address.resolve({kind: 'given-up', reason: `${reason}; its log: ${this.#log.path}`});
  }

  #watch({server, probe, url}: RunningServer): Promise<string | null> {
    const {clock, hooks} = this.#options;
    return watchServer({
      server,
      probe,
      calls: this.calls,
      clock,
      hangMs: hooks.hangMs,
      signal: this.#stopping.signal,
      onPause: lookNow => (this.#checkNow = lookNow),
      isEngineDead: () => this.#deadUrl === url,
    });
  }

  async #launch(): Promise<RunningServer | null> {
    this.#launches++;
    const {token, ...options} = this.#options;
    return await launchServer({
      ...options,
      log: this.#log,
      token: `${token}.${options.spec.slug}.${this.#launches}.`,
      nonce: options.hooks.serverCommand === undefined ? `mac-${randomUUID()}` : null,
      unknownToVllm: this.#unknownToVllm,
      signal: this.#noMoreStarts,
    });
  }

  #becomeReady(running: RunningServer): void {
    const {onNews, spec} = this.#options;
    this.#running = running;
    const {port, readySeconds, server} = running;
    this.#last = {port, pid: server.pid, readySeconds};
    onNews(`${spec.slug}: ready after ${readySeconds.toFixed(1)} s at ${running.url}, process ${server.pid}`);
    this.#address.resolve({kind: 'ready', url: running.url});
  }

  async #end(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    if (!running) return;
    const left = await running.stop();
    if (left > 0) this.#options.onNews(`${this.spec.slug}: ${left} of its processes cannot be killed`);
  }
}
