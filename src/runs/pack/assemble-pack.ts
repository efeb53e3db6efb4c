import {join} from 'node:path';
import {setFlagsFromString} from 'node:v8';

import type {Backend} from '../../backend/backend.ts';
import {createBackend} from '../../backend/backends.ts';
import {isDebugging} from '../../config/workspace.ts';
import {seededRandom} from '../../core/seeds/random.ts';
import type {ModelDefinition} from '../../core/task-config.ts';
import {codeVersion} from '../../core/version.ts';
import type {StopSwitch} from '../../execute/guards/stop.ts';
import {ModelServers, type ModelServersOptions} from '../../execute/model-server/model-servers.ts';
import {Pack, type PackOptions} from '../../execute/pack/pack.ts';
import {GpuSlots} from '../../execute/trial/gpu-slots.ts';
import {maxRequests} from '../../execute/requests/served-model.ts';
import type {Caller} from '../caller.ts';
import type {RunWatcher} from '../watcher.ts';
import {scratchFolder, type ServerProfile} from './server-hooks.ts';

/** The caller for whom packs run, and the switch that ends them. */
export interface PackRunner {
  readonly caller: Caller;
  readonly stop: StopSwitch;
}

/** Percent. V8's own choice triples the memory of a run for a twentieth of its time. */
const HEAP_GROWTH = 80;

/** Bounds how much the heap of this process, which is about to run packs, grows between two full collections. */
export function limitHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`);
}

/** Model servers to be made for the tasks of a pack. */
interface ServersRequest extends Pick<ModelServersOptions, 'definitions' | 'hooks' | 'logFolder' | 'cwd' | 'onNews'> {
  readonly profile: ServerProfile;
  /** Begins the names of their logs, before each one's slug. */
  readonly logPrefix: string;
}

/**
 * Makes the model servers of a pack; `start` starts them.
 *
 * @returns null when no model needs any.
 * @throws UserError as `ModelServers.create`.
 */
export function createServers(
  {profile, logPrefix, ...request}: ServersRequest,
  {caller, stop}: PackRunner,
): ModelServers | null {
  return ModelServers.create({
    ...request,
    logPath: slug => join(request.logFolder, `${logPrefix}${slug}.log`),
    scratch: scratchFolder(profile, caller.env),
    env: caller.env,
    clock: caller.clock,
    ending: stop.requested,
  });
}

const MAX_PARALLEL_TASKS = 64;

/** Tasks to be executed together. */
interface PackRequest extends Pick<PackOptions, 'tasks' | 'layout' | 'guards' | 'failures' | 'graceMs'> {
  /** 64 by default. */
  readonly maxParallelTasks?: number | undefined;
  /** False by default. */
  readonly failFast?: boolean | undefined;
  /** Environment of the processes of trials; that of the caller by default. */
  readonly trialEnv?: Readonly<Record<string, string | undefined>> | undefined;
  /** Servers of our own; models that they do not have answer elsewhere. */
  readonly servers: ModelServers | null;
  readonly watcher: RunWatcher;
}

/** Makes a pack whose models answer from servers of our own or from their addresses. */
export function assemblePack({servers, watcher, ...request}: PackRequest, {caller, stop}: PackRunner): Pack {
  const {env, clock} = caller;
  const connect = (definition: ModelDefinition): Promise<Backend> =>
    createBackend(definition, {env, clock, connections: maxRequests(definition), onNotice: watcher.onNotice});
  const maxParallelTasks = request.maxParallelTasks ?? MAX_PARALLEL_TASKS;
  return new Pack({
    ...request,
    clock,
    random: seededRandom(`${process.pid}/${clock.now()}`),
    debug: isDebugging(env),
    codeVersion: codeVersion(),
    createBackend: definition => Promise.resolve(servers?.findBackend(definition, connect) ?? connect(definition)),
    maxParallelTasks,
    trialEnv: request.trialEnv ?? env,
    gpus: new GpuSlots({env, maxParallel: maxParallelTasks}),
    failFast: request.failFast ?? false,
    stop,
    onEvent: watcher.onEvent,
  });
}
