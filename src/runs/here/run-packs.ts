import type {ModelDefinition} from '../../core/task-config.ts';
import {UserError} from '../../core/errors.ts';
import type {ModelServers} from '../../execute/model-server/model-servers.ts';
import {isServedLocally, serverKey, serverSetKey} from '../../plan/servers.ts';
import {FailureBudget} from '../../execute/guards/failure-budget.ts';
import type {PackResult} from '../../execute/pack/pack.ts';
import type {PackTask} from '../../execute/pack-task.ts';
import {describeHeld} from '../../execute/task/open-task.ts';
import {resolveFailAfter} from '../../execute/guards/run-guards.ts';
import type {RunningServices} from '../../execute/trial/services.ts';
import {describeStop, type StopSwitch} from '../../execute/guards/stop.ts';
import {listTaskModels} from '../../execute/conversation/task-models.ts';
import {findHeld} from '../../execute/task/wait-for-leases.ts';
import type {Holding} from '../../record/lease/peek-lease.ts';
import {fileTimestamp} from '../../record/disk/timestamps.ts';
import type {ClusterProfile} from '../../slurm/profile/profile-schema.ts';
import type {ExecuteRequest} from '../request.ts';
import {assemblePack, createServers} from '../pack/assemble-pack.ts';
import {startTrialServices} from '../pack/trial-services.ts';
import {localServerHooks} from '../pack/server-hooks.ts';
import type {PreparedTasks} from '../prepared-tasks.ts';
import {parseGuards} from '../guards.ts';
import type {Caller} from '../caller.ts';
import {exitWhenDiskHangs} from './exit-when-disk-hangs.ts';
import {limitTrials} from './max-parallel.ts';
import type {RunWatcher} from '../watcher.ts';

export interface RunPacksOptions {
  readonly prepared: PreparedTasks;
  readonly request: ExecuteRequest;
  /** Starts servers for models that have no address; without one such models are refused, as by their backend. */
  readonly profile: ClusterProfile | null;
  readonly stop: StopSwitch;
  readonly caller: Caller;
  /** Makes what shows the tasks of one group. */
  readonly watch: () => RunWatcher;
}

/** Tasks that need the same servers of our own. */
interface TaskGroup {
  readonly definitions: readonly ModelDefinition[];
  readonly tasks: PackTask[];
  /** True when the group before it are its first trials. */
  readonly hasCanaries?: boolean;
}

const GRACE_MS = 5_000;

/**
 * Executes tasks here. Tasks whose models have addresses, or need none, run in one pack. Where servers have to be
 * started, tasks that need the same ones run together and one such group after the other, for the machine may not have
 * the GPUs for all. With `--canary n`, the first n trials run before the others, which do not run when all of these
 * fail.
 */
export async function runPacks(options: RunPacksOptions): Promise<PackResult> {
  const {prepared, profile, stop} = options;
  const groups = profile ? groupByServers(prepared.tasks) : [{definitions: [], tasks: [...prepared.tasks]}];
  const {canary = 0} = options.request;
  const results: PackResult[] = [];
  const failures = new FailureBudget(resolveFailAfter(parseGuards(options.request), prepared.tasks));
  for (const group of groups.flatMap(each => splitCanaries(each, canary))) {
    const verdict = judgeCanaries(group, results.at(-1));
    results.push(verdict === null ? await runGroup(group, {...options, failures}) : notRunResult(group, verdict, stop));
  }
  // Others had some trials when we came to them. By now these may be done, and then this run is too.
  const refused = results
    .flatMap(each => each.outcomes)
    .flatMap(({task, outcome}) => (task.kind === 'trial' && outcome.kind === 'refused' ? [task] : []));
  const held = await findHeld(refused, prepared.layout);
  const free = stop.cause ? [] : refused.filter(task => !held.has(task));
  if (free.length > 0) results.push(await runGroup({definitions: [], tasks: free}, {...options, failures}));
  const outcomes = new Map(results.flatMap(result => result.outcomes.map(each => [each.task, each] as const)));
  return {
    outcomes: prepared.tasks.flatMap(task => outcomes.get(task) ?? []),
    stopped: stop.cause,
  };
}

/** Puts the first trials of a group before the others; conversations have canaries within their tasks. */
function splitCanaries(group: TaskGroup, canary: number): TaskGroup[] {
  const isOfTrials = group.tasks.every(({kind}) => kind === 'trial');
  if (!isOfTrials || canary === 0 || canary >= group.tasks.length) return [group];
  const {definitions, tasks} = group;
  return [
    {definitions, tasks: tasks.slice(0, canary)},
    {definitions, tasks: tasks.slice(canary), hasCanaries: true},
  ];
}

/** Returns why trials whose canaries have run must not run; null when they may. */
function judgeCanaries({hasCanaries = false}: TaskGroup, canaries: PackResult | undefined): string | null {
  if (!hasCanaries || !canaries || canaries.outcomes.some(({outcome}) => outcome.kind === 'done')) return null;
  return `the first ${canaries.outcomes.length} (canary) all failed, so that the rest did not run`;
}

function groupByServers(tasks: readonly PackTask[]): TaskGroup[] {
  const groups = new Map<string, TaskGroup>();
  for (const task of tasks) {
    const definitions = listLocalModels(task);
    const id = serverSetKey(definitions.map(serverKey));
    const group = groups.get(id) ?? {definitions, tasks: []};
    group.tasks.push(task);
    groups.set(id, group);
  }
  return [...groups.values()];
}

function listLocalModels(task: PackTask): ModelDefinition[] {
  try {
    return listTaskModels(task).filter(isServedLocally);
  } catch (error) {
    // The pack refuses it, with the reason.
    if (error instanceof UserError) return [];
    throw error;
  }
}

type GroupOptions = RunPacksOptions & {readonly failures: FailureBudget};

async function runGroup(group: TaskGroup, options: GroupOptions): Promise<PackResult> {
  const {prepared, stop, caller} = options;
  if (stop.cause) return notRunResult(group, stopReason(stop), stop);
  const watcher = options.watch();
  let servers: ModelServers | null = null;
  let services: RunningServices | null | undefined;
  try {
    // What others run must not cost the minutes that a server takes to load.
    const held = group.definitions.length === 0 ? undefined : await findHeld(group.tasks, prepared.layout);
    if (held?.size === group.tasks.length) return refusedResult(held, stop);
    services = await startLocalServices(watcher, options);
    if (services === null) return notRunResult(group, stopReason(stop), stop);
    servers = createLocalServers(group, watcher, options);
    if (servers && !(await servers.start())) return notRunResult(group, stopReason(stop), stop);
    return await runPack(group, {...options, watcher, servers, trialEnv: services?.env});
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (group.definitions.length === 0 && error.code !== 'service-failed') throw error;
    caller.onNotice(`mac: ${error.message}`);
    if (error.hint !== undefined) caller.onNotice(`  → ${error.hint}`);
    return notRunResult(group, error.message.split('\n', 1).join(), stop);
  } finally {
    watcher.close();
    await servers?.stop();
    await services?.stop();
  }
}

async function startLocalServices(
  watcher: RunWatcher,
  {prepared: {layout, trialPlans}, profile, stop, caller}: RunPacksOptions,
): Promise<RunningServices | null | undefined> {
  return await startTrialServices(
    {
      trialPlans,
      profile: profile ?? {},
      isJob: false,
      logFolder: layout.serverLogs,
      logPrefix: `${fileTimestamp(caller.clock.now())}_${process.pid}_`,
      cwd: layout.workspace,
      onNews: text => watcher.onEvent({kind: 'server-news', text}),
    },
    {caller, stop},
  );
}

function createLocalServers(
  {definitions}: TaskGroup,
  watcher: RunWatcher,
  {prepared: {layout}, profile, stop, caller}: RunPacksOptions,
): ModelServers | null {
  if (!profile || definitions.length === 0) return null;
  return createServers(
    {
      definitions,
      profile,
      hooks: localServerHooks(profile),
      logPrefix: `${fileTimestamp(caller.clock.now())}_${process.pid}_`,
      logFolder: layout.serverLogs,
      cwd: layout.workspace,
      onNews: text => watcher.onEvent({kind: 'server-news', text}),
    },
    {caller, stop},
  );
}

async function runPack(
  {tasks}: TaskGroup,
  context: GroupOptions & {
    readonly watcher: RunWatcher;
    readonly servers: ModelServers | null;
    readonly trialEnv: RunningServices['env'] | undefined;
  },
): Promise<PackResult> {
  const {prepared, request, stop, caller, watcher, servers, trialEnv, failures} = context;
  const parallel = limitTrials({...prepared, tasks});
  if (parallel.note !== undefined && request.maxParallel === undefined) caller.onNotice(parallel.note);
  const pack = assemblePack(
    {
      tasks,
      layout: prepared.layout,
      maxParallelTasks: request.maxParallel ?? parallel.limit,
      failFast: request.failFast ?? prepared.trialPlans.some(({policy}) => policy.failFast),
      guards: parseGuards(request),
      failures,
      graceMs: () => GRACE_MS,
      servers,
      trialEnv,
      watcher,
    },
    {caller, stop},
  );
  const stuck = exitWhenDiskHangs(stop, () => {
    watcher.close();
    caller.onNotice(
      `the disk does not answer; left without it. What was recorded is safe. To go on: ${prepared.resumeCommand}`,
    );
  });
  try {
    watcher.watch(pack);
    return await pack.run();
  } finally {
    stuck.clear();
  }
}

function stopReason({cause}: StopSwitch): string {
  return cause ? describeStop(cause) : 'stopped';
}

function refusedResult(held: ReadonlyMap<PackTask, Holding>, stop: StopSwitch): PackResult {
  return {
    outcomes: [...held].map(([task, holding]) => ({task, outcome: {kind: 'refused', reason: describeHeld(holding)}})),
    stopped: stop.cause,
  };
}

function notRunResult({tasks}: TaskGroup, reason: string, stop: StopSwitch): PackResult {
  return {
    outcomes: tasks.map(task => ({task, outcome: {kind: 'stopped', reason, left: task.expectedQuestions}})),
    stopped: stop.cause,
  };
}
