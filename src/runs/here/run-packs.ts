import {join} from 'node:path';

import {createBackend} from '../../backend/backends.ts';
import type {ModelDefinition} from '../../core/task-config.ts';
import {UserError} from '../../core/errors.ts';
import {seededRandom} from '../../core/seeds/random.ts';
import {codeVersion} from '../../core/version.ts';
import {ModelServers} from '../../execute/model-server/model-servers.ts';
import {isServedLocally, serverKey, serverSetKey} from '../../plan/servers.ts';
import {FailureBudget} from '../../execute/guards/failure-budget.ts';
import {Pack, type PackResult} from '../../execute/pack/pack.ts';
import type {PackTask} from '../../execute/pack-task.ts';
import {maxRequests} from '../../execute/requests/served-model.ts';
import {describeHeld} from '../../execute/task/open-task.ts';
import {resolveFailAfter} from '../../execute/guards/run-guards.ts';
import {describeStop, type StopSwitch} from '../../execute/guards/stop.ts';
import {usedModelDefinitions} from '../../execute/task/task-models.ts';
import {findHeld} from '../../execute/task/wait-for-leases.ts';
import type {Holding} from '../../record/lease/peek-lease.ts';
import {fileTimestamp} from '../../record/disk/timestamps.ts';
import type {ClusterProfile} from '../../slurm/profile/profile-schema.ts';
import type {ExecuteOptions} from '../../cli/commands/run.ts';
import {scratchFolder, localServerHooks} from './server-hooks.ts';
import type {PreparedTasks} from './execute-here.ts';
import {parseGuards} from '../guards.ts';
import type {CommandIo} from '../../cli/io.ts';
import {exitWhenDiskHangs} from './exit-when-disk-hangs.ts';
import {ProgressReporter} from '../../cli/progress/reporter.ts';

export interface RunPacksOptions {
  readonly prepared: PreparedTasks;
  readonly options: ExecuteOptions;
  /** How to start servers for models that have no address; without one such models are refused, as by their backend. */
  readonly profile: ClusterProfile | null;
  readonly stop: StopSwitch;
  readonly io: CommandIo;
  /** Told of the reporter that is at work, for whoever leaves at once. */
  readonly onReporter: (reporter: ProgressReporter) => void;
}

/** Tasks that need the same servers of our own. */
interface TaskGroup {
  readonly definitions: readonly ModelDefinition[];
  readonly tasks: PackTask[];
}

const GRACE_MS = 5_000;
const MAX_PARALLEL_TASKS = 64;

/**
 * Executes tasks here. Tasks whose models have addresses, or need none, run in one pack. Where servers have to be
 * started, tasks that need the same ones run together and one such group after the other, for the machine may not have
 * the GPUs for all.
 */
export async function runPacks(options: RunPacksOptions): Promise<PackResult> {
  const {prepared, profile, stop} = options;
  const groups = profile ? groupByServers(prepared.tasks) : [{definitions: [], tasks: [...prepared.tasks]}];
  const results: PackResult[] = [];
  const failures = new FailureBudget(resolveFailAfter(parseGuards(options.options), prepared.tasks));
  for (const group of groups) results.push(await runGroup(group, {...options, failures}));
  const outcomes = new Map(results.flatMap(result => result.outcomes.map(each => [each.task, each] as const)));
  return {
    outcomes: prepared.tasks.flatMap(task => outcomes.get(task) ?? []),
    stopped: stop.cause,
  };
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
    return [...usedModelDefinitions(task.load().config).values()].filter(isServedLocally);
  } catch (error) {
    // The pack refuses it, with the reason.
    if (error instanceof UserError) return [];
    throw error;
  }
}

type GroupOptions = RunPacksOptions & {readonly failures: FailureBudget};

async function runGroup(group: TaskGroup, options: GroupOptions): Promise<PackResult> {
  const {prepared, stop, io} = options;
  if (stop.cause) return notRunResult(group, stopReason(stop), stop);
  const reporter = new ProgressReporter({output: io.stderr, clock: io.clock, detailed: prepared.liveStatus});
  options.onReporter(reporter);
  let servers: ModelServers | null = null;
  try {
    // What others run must not cost the minutes that a server takes to load.
    const held = group.definitions.length === 0 ? undefined : await findHeld(group.tasks, prepared.layout);
    if (held?.size === group.tasks.length) return refusedResult(held, stop);
    servers = createServers(group, reporter, options);
    if (servers && !(await servers.start())) return notRunResult(group, stopReason(stop), stop);
    return await runPack(group, {...options, reporter, servers});
  } catch (error) {
    if (!(error instanceof UserError) || group.definitions.length === 0) throw error;
    io.stderr.write(`mac: ${error.message}\n${error.hint === undefined ? '' : `  → ${error.hint}\n`}`);
    return notRunResult(group, error.message.split('\n', 1).join(), stop);
  } finally {
    reporter.close();
    await servers?.stop();
  }
}

function createServers(
  {definitions}: TaskGroup,
  reporter: ProgressReporter,
  {prepared, profile, stop, io}: RunPacksOptions,
): ModelServers | null {
  if (!profile || definitions.length === 0) return null;
  const {layout} = prepared;
  const name = `${fileTimestamp(io.clock.now())}_${process.pid}`;
  return ModelServers.create({
    definitions,
    hooks: localServerHooks(profile),
    logPath: slug => join(layout.serverLogs, `${name}_${slug}.log`),
    logFolder: layout.serverLogs,
    scratch: scratchFolder(profile, io.env),
    cwd: layout.workspace,
    env: io.env,
    clock: io.clock,
    ending: stop.requested,
    onNews: text => reporter.onEvent({kind: 'server-news', text}),
  });
}

async function runPack(
  {tasks}: TaskGroup,
  context: GroupOptions & {readonly reporter: ProgressReporter; readonly servers: ModelServers | null},
): Promise<PackResult> {
  const {prepared, options, stop, io, reporter, servers} = context;
  const connect = (definition: ModelDefinition): ReturnType<typeof createBackend> =>
    createBackend(definition, {
      env: io.env,
      clock: io.clock,
      connections: maxRequests(definition),
      onNotice: reporter.onNotice,
    });
  const pack = new Pack({
    tasks,
    layout: prepared.layout,
    clock: io.clock,
    random: seededRandom(`${process.pid}/${io.clock.now()}`),
    debug: prepared.debug,
    codeVersion: codeVersion(),
    createBackend: definition => Promise.resolve(servers?.findBackend(definition, connect) ?? connect(definition)),
    maxParallelTasks: options.maxParallel ?? MAX_PARALLEL_TASKS,
    failFast: options.failFast ?? false,
    guards: parseGuards(options),
    failures: context.failures,
    stop,
    graceMs: () => GRACE_MS,
    onEvent: reporter.onEvent,
  });
  const stuck = exitWhenDiskHangs(stop, () => {
    reporter.close();
    io.stderr.write(
      `the disk does not answer; left without it. What was recorded is safe. To go on: ${prepared.resumeCommand}\n`,
    );
  });
  try {
    reporter.watch(pack);
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
