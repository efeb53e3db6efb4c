import type {Clock} from '../../core/clock.ts';
import type {ExecutorIdentity} from '../../record/lease/executor-identity.ts';
import {findHeldTasks, findQuietHolders, type LeasePlace} from '../../record/lease/peek-lease.ts';
import type {Layout} from '../../record/layout.ts';
import type {QueueAnswer} from '../cluster/ask-slurm.ts';
import {classifyState} from '../cluster/job-states.ts';
import type {QueueRow} from '../cluster/parse-queue.ts';
import {isElementRecord, readStopped, type ElementRecord, type StoppedArray} from '../submission/element-file.ts';
import {readLogTail} from '../submission/log-tail.ts';
import {elementKey, type Placement} from '../submission/placements.ts';
import {readManyJson} from './read-many-json.ts';

/** Files of elements and executors, consulted when the queue does not tell a task's state. */
export interface ElementEvidence {
  /** Records of elements that the queue does not hold, by `{job}_{element}`. */
  readonly elements: ReadonlyMap<string, ElementRecord>;
  /** The last lines of their logs, by the same. */
  readonly logs: ReadonlyMap<string, string>;
  /** Tasks that no job runs and whose lease is alive. */
  readonly held: ReadonlyMap<number, ExecutorIdentity>;
  /** Tasks whose executor was not heard of for a while though Slurm takes it for running: the milliseconds since. */
  readonly quiet: ReadonlyMap<number, number>;
  /** By array job id. */
  readonly stopped: ReadonlyMap<string, StoppedArray>;
  /** Names of arrays whose ended elements only accounting can explain. */
  readonly forgottenNames: readonly string[];
}

/** Most leases of running tasks and logs of ended ones that are read: the rest is shown with less detail. */
const MAX_LEASES = 2_000;
const MAX_LOGS = 200;
/** Heartbeats come every five seconds; networked filesystems may show them a minute late. */
const QUIET_MS = 120_000;

interface EvidenceContext {
  readonly layout: Layout;
  readonly clock: Clock;
}

/** Reads what is on disk about the unfinished tasks of a grid run. */
export async function readEvidence(
  context: EvidenceContext,
  grid: {
    readonly gridId: string;
    readonly unfinished: readonly number[];
    readonly placements: ReadonlyMap<number, readonly Placement[]>;
    /** Of tasks whose leases are not those of the grid. */
    readonly leasePlaces: ReadonlyMap<number, LeasePlace>;
  },
  queue: QueueAnswer,
): Promise<ElementEvidence> {
  const {layout, clock} = context;
  const {gridId, leasePlaces: places} = grid;
  const slurm = layout.slurm(gridId);
  const rows = queue.kind === 'known' ? queue.rows : [];
  const rowsByElement = new Map(rows.map(row => [elementKey(row.jobId, row.element), row]));
  const isAlive = (row: QueueRow | undefined): boolean => row !== undefined && classifyState(row.state) !== 'ended';
  const newest = new Map<string, Placement>();
  const idle: number[] = [];
  const running: RunningTask[] = [];
  for (const task of grid.unfinished) {
    const placement = grid.placements.get(task)?.findLast(({array}) => array.job_id !== undefined);
    const key = placement && elementKey(placement.array.job_id ?? '', placement.element);
    const row = key === undefined ? undefined : rowsByElement.get(key);
    if (placement && row && classifyState(row.state) === 'running') {
      running.push({task, placement, row});
      continue;
    }
    idle.push(task);
    if (placement && key !== undefined && !isAlive(row)) newest.set(key, placement);
  }
  const elements = await readElements(
    [...newest.values()].map(({array, element}) => slurm.element(array.job_id ?? '', element)),
    clock,
  );
  const logs = new Map<string, string>();
  for (const [key, {array, element}] of [...newest].slice(0, MAX_LOGS)) {
    const tail = await readLogTail(slurm.log(array.job_id ?? '', element));
    if (tail !== undefined) logs.set(key, tail);
  }
  const forgotten = [...newest].filter(
    ([key]) => !rowsByElement.has(key) && elements.get(key)?.attempts.at(-1)?.ended_at === undefined,
  );
  return {
    elements,
    logs,
    held: await findHeldTasks(layout, {gridId, tasks: idle, clock, places}),
    quiet: await findQuietTasks(context, {gridId, places}, running),
    stopped: await readAllStopped(layout, gridId, newest.values()),
    forgottenNames: [...new Set(forgotten.map(([, {array}]) => array.name))],
  };
}

interface RunningTask {
  readonly task: number;
  readonly placement: Placement;
  readonly row: QueueRow;
}

/** Returns tasks that run according to Slurm but whose executor has been silent for a while. */
async function findQuietTasks(
  {layout, clock}: EvidenceContext,
  leases: {readonly gridId: string; readonly places: ReadonlyMap<number, LeasePlace>},
  running: readonly RunningTask[],
): Promise<Map<number, number>> {
  const some = running.slice(0, MAX_LEASES);
  const tasks = some.map(({task}) => task);
  const holders = await findQuietHolders(layout, {...leases, tasks, clock, quietMs: QUIET_MS});
  const quiet = new Map<number, number>();
  for (const {task, placement, row} of some) {
    const found = holders.get(task);
    if (!found) continue;
    const {slurm_array_job_id: job, slurm_array_task_id: element} = found.holder;
    // What an earlier run of a requeued element left says nothing of this one. squeue writes times in the zone of who
    // asks.
    const isOfThisRun = !(found.lastSignMs < Date.parse(row.startAt));
    const isOfThisJob = job === placement.array.job_id && element === String(placement.element);
    if (isOfThisJob && isOfThisRun) quiet.set(task, found.ageMs);
  }
  return quiet;
}

async function readElements(paths: readonly string[], clock: Clock): Promise<Map<string, ElementRecord>> {
  const values = await readManyJson(paths, () => clock.monotonic());
  const records = values.filter(isElementRecord);
  return new Map(records.map(record => [elementKey(record.job_id, record.element), record]));
}

async function readAllStopped(
  layout: Layout,
  gridId: string,
  placements: Iterable<Placement>,
): Promise<Map<string, StoppedArray>> {
  const jobs = new Set([...placements].flatMap(({array}) => array.job_id ?? []));
  const stopped = new Map<string, StoppedArray>();
  for (const job of jobs) {
    const record = await readStopped(layout, gridId, job);
    if (record) stopped.set(job, record);
  }
  return stopped;
}
