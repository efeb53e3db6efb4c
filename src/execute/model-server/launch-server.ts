import {sleepUnlessAborted, type Clock} from '../../core/clock.ts';
import {UserError} from '../../core/errors.ts';
import type {ExecutorIdentity} from '../../record/lease/executor-identity.ts';
import {describeExit, DetachedProcess} from '../process/detached-process.ts';
import type {Guard} from '../process/guard.ts';
import {findPortOwner} from '../process/port-owner.ts';
import type {ProcessLog} from '../process/process-log.ts';
import {reservePort} from '../process/reserve-port.ts';
import {ServerProbe} from './probe-server.ts';
import {serverLaunch, unknownVllmKeys} from './server-launch.ts';
import type {ServerHooks, ServerSpec} from './server-spec.ts';

/** A server that is ready and proven to be this process's own. */
export interface RunningServer {
  readonly server: DetachedProcess;
  readonly probe: ServerProbe;
  readonly port: number;
  /** `http://127.0.0.1:23456/v1` */
  readonly url: string;
  readonly readySeconds: number;
  /** Ends its whole process tree and releases its port. Returns the number of processes that cannot be killed. */
  stop(): Promise<number>;
}

/** The settings that all starts of a server have in common. */
export interface ServerSetting {
  readonly spec: ServerSpec;
  readonly hooks: ServerHooks;
  readonly gpus: Readonly<Record<string, string>>;
  /** Value of `{log_dir}`. */
  readonly logFolder: string;
  readonly scratch: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly holder: ExecutorIdentity;
  readonly guard: Guard;
  /** One line for people. */
  readonly onNews: (text: string) => void;
}

export interface LaunchServerOptions extends ServerSetting {
  readonly log: ProcessLog;
  readonly token: string;
  readonly nonce: string | null;
  /** Keys of `vllm_config` that the installed version turned out not to know; a start may add to them. */
  readonly unknownToVllm: Set<string>;
  /** Ends the waiting and the server that is being started. */
  readonly signal: AbortSignal;
}

/** The end of one start. `again`: it was not the server's fault, so another start is worth it at once. */
type Attempt =
  | {readonly kind: 'ready'; readonly running: RunningServer}
  | {readonly kind: 'again'; readonly why: string}
  | {readonly kind: 'failed'; readonly why: string; readonly hint?: string}
  | {readonly kind: 'aborted'};

/** Most starts in a row that find their port taken by another process. */
const MAX_PORT_ATTEMPTS = 5;
const INITIAL_POLL_MS = 25;
const MAX_POLL_MS = 1_000;
/** Times after which the waiting is reported: loading takes from half a minute to half an hour. */
const PROGRESS_REPORT_MS = {first: 10_000, next: 30_000};

/**
 * Starts a server on a free port and waits until it is ready. Ready means: its process lives, every socket that listens
 * on the port belongs to its process tree, the ready URL answers 200, and the list of models has its name. If another
 * process listens on the port, another port is tried.
 *
 * @returns null when `signal` aborted.
 * @throws UserError `server-failed` with the end of the log.
 */
export async function launchServer(options: LaunchServerOptions): Promise<RunningServer | null> {
  const {spec, log, signal, onNews} = options;
  let why = '';
  for (let attempt = 1; attempt <= MAX_PORT_ATTEMPTS; attempt++) {
    const result = await tryPort(options);
    if (result.kind === 'ready') return result.running;
    if (result.kind === 'aborted' || signal.aborted) return null;
    why = result.why;
    if (result.kind === 'failed') throw serverFailed(`the model server ${spec.slug} ${why}`, log, result.hint);
    onNews(`${spec.slug}: ${why}; starting it again`);
  }
  throw serverFailed(`the model server ${spec.slug} ${why}, ${MAX_PORT_ATTEMPTS} times in a row`, log);
}

function serverFailed(what: string, log: ProcessLog, hint?: string): UserError {
  const lines = log.lastLines();
  const end = lines === '' ? `it wrote nothing to ${log.path}` : `the end of ${log.path}:\n${lines}`;
  return new UserError('server-failed', `${what}; ${end}`, {hint});
}

async function tryPort(options: LaunchServerOptions): Promise<Attempt> {
  const {spec, hooks, log, clock, guard, token, cwd, env} = options;
  const reservation = await reservePort(options.holder);
  const {port} = reservation;
  const ended = new AbortController();
  const apiKey = env[spec.definition.api_config?.api_key_env ?? 'VLLM_API_KEY']?.trim();
  const probe = new ServerProbe({port, readyUrl: hooks.readyUrl, apiKey: apiKey || undefined, signal: ended.signal});
  const startMs = clock.monotonic();
  let server: DetachedProcess | null = null;
  const stop = async (): Promise<number> => {
    ended.abort();
    await probe.close();
    const left = (await server?.stop()) ?? 0;
    await reservation.release();
    return left;
  };
  try {
    const launch = serverLaunch({...options, port});
    const logFile = log.open(`${new Date(clock.now()).toISOString()} ${launch.argv.at(2) ?? ''}`);
    await reservation.stopListening();
    server = new DetachedProcess({...launch, logFile, token, cwd, clock});
    if (server.root) guard.watch(server.root);
    const result = await waitUntilReady({...options, server, probe, port, startMs});
    if (result.kind !== 'ready') {
      await stop();
      return result;
    }
    const readySeconds = (clock.monotonic() - startMs) / 1000;
    const url = `http://127.0.0.1:${port}/v1`;
    return {kind: 'ready', running: {server, probe, port, url, readySeconds, stop}};
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Wait extends LaunchServerOptions {
  readonly server: DetachedProcess;
  readonly probe: ServerProbe;
  readonly port: number;
  readonly startMs: number;
}

async function waitUntilReady(wait: Wait): Promise<Exclude<Attempt, {kind: 'ready'}> | {readonly kind: 'ready'}> {
  const {server, hooks, clock, log, spec, startMs, signal, onNews} = wait;
  let newsMs = PROGRESS_REPORT_MS.first;
  for (let pollMs = INITIAL_POLL_MS; ; pollMs = Math.min(MAX_POLL_MS, pollMs * 1.2)) {
    await Promise.race([server.exit, sleepUnlessAborted(clock, pollMs, signal)]);
    if (signal.aborted) return {kind: 'aborted'};
    if (server.ended) return describeEarlyExit(wait, describeExit(server.ended));
    const found = await checkPort(wait);
    if (found !== 'wait') return found;
    const elapsedMs = clock.monotonic() - startMs;
    if (elapsedMs >= hooks.readyTimeoutMs) {
      return {
        kind: 'failed',
        why: `was not ready within ${hooks.readyTimeoutMs / 1000} s`,
        hint: 'server_ready_timeout_seconds of the profile says how long to wait; ready_url where to ask',
      };
    }
    if (elapsedMs < newsMs) continue;
    newsMs += PROGRESS_REPORT_MS.next;
    onNews(
      `${spec.slug}: not ready yet after ${Math.round(elapsedMs / 1000)} s; last line: ${log.lastLines(1).trim()}`,
    );
  }
}

async function checkPort(wait: Wait): Promise<Exclude<Attempt, {kind: 'ready'}> | {readonly kind: 'ready'} | 'wait'> {
  const {server, probe, port, spec, nonce} = wait;
  const owner = findPortOwner(port, server.tree);
  if (owner === 'nobody') return 'wait';
  if (owner === 'foreign') return {kind: 'again', why: `lost port ${port} to another process`};
  const health = await probe.health();
  if (health.kind !== 'good') return 'wait';
  const names = nonce === null ? [spec.servedName] : [spec.servedName, nonce];
  const models = await probe.models(names);
  if (models.kind === 'ours') return {kind: 'ready'};
  // Where the system does not tell whose socket it is, only the list of models can.
  if (owner === 'unknown') {
    const what = models.kind === 'unlisted' ? 'has no list of models' : `serves ${models.names}`;
    return {kind: 'again', why: `cannot be distinguished from what else may listen on port ${port}: that ${what}`};
  }
  if (models.kind === 'unlisted') return {kind: 'ready'};
  return {
    kind: 'failed',
    why: `serves ${models.names}, and not ${spec.servedName}`,
    hint: 'give it the name by {served_name}, or set model_name in the config to what it serves',
  };
}

/** Finds why a process ended before it was ready: its port, an option that it does not know, or its log's reasons. */
function describeEarlyExit(wait: Wait, exit: string): Exclude<Attempt, {kind: 'ready'}> {
  const {server, port, hooks, unknownToVllm, log, spec} = wait;
  const tail = log.tail();
  if (findPortOwner(port, server.tree) === 'foreign' || /address already in use|EADDRINUSE/i.test(tail)) {
    return {kind: 'again', why: `found port ${port} taken by another process`};
  }
  const unknown = hooks.serverCommand === undefined ? unknownVllmKeys(tail) : [];
  // The one option that can be given otherwise: by an environment variable in older versions.
  if (unknown.length > 0 && unknown.every(key => key === 'attention_backend' && !unknownToVllm.has(key))) {
    unknownToVllm.add('attention_backend');
    return {kind: 'again', why: 'does not know --attention-backend: using VLLM_ATTENTION_BACKEND instead'};
  }
  if (unknown.length > 0) {
    const keys = unknown.map(key => `vllm_config.${key}`).join(', ');
    return {kind: 'failed', why: `ended: the installed vllm does not know ${keys} of ${spec.servedName}`};
  }
  return {kind: 'failed', why: `${exit} before it was ready`};
}
