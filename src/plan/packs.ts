import type {TaskGroup} from './groups.ts';

/** The tasks of one job: they share its servers. */
export interface JobPack {
  readonly tasks: readonly number[];
  /** Number of servers that it starts. */
  readonly servers: number;
}

export interface PackOptions {
  readonly tasksPerJob: number | 'auto';
  /** Seconds until a job's servers are ready. */
  readonly loadSeconds: number;
  /** Seconds of a task's requests, when its servers are ready. */
  readonly taskSeconds: (index: number) => number;
  /** The time limit of a job; Infinity without one. */
  readonly limitSeconds: number;
}

/** `auto`: loading may be this share of a pack's time, … */
const LOAD_SHARE = 0.1;
/** … while the pack is expected to end within this share of the time limit. */
const LIMIT_SHARE = 0.8;

/** The jobs of a group: each task alone, or tasks that need the same servers together, a set of servers at a time. */
export function packTasks(group: TaskGroup, options: PackOptions): JobPack[] {
  const packs = group.sets.flatMap(({servers, tasks}) => {
    const size = options.tasksPerJob === 'auto' ? autoSize(tasks, servers.length, options) : options.tasksPerJob;
    return chunk(tasks, size).map(pack => ({tasks: pack, servers: servers.length}));
  });
  // Unpacked elements have the numbers of their tasks, so that they stand in order.
  if (packs.every(({tasks}) => tasks.length === 1)) packs.sort((a, b) => (a.tasks[0] ?? 0) - (b.tasks[0] ?? 0));
  return packs;
}

/** Load ÷ (load + n × task) ≤ share, for tasks of mean length. */
function autoSize(
  tasks: readonly number[],
  servers: number,
  {loadSeconds, taskSeconds, limitSeconds}: PackOptions,
): number {
  if (servers === 0 || loadSeconds === 0 || tasks.length === 0) return 1;
  const mean = tasks.reduce((sum, index) => sum + taskSeconds(index), 0) / tasks.length;
  if (mean === 0) return tasks.length;
  const wanted = Math.ceil((loadSeconds * (1 - LOAD_SHARE)) / LOAD_SHARE / mean - 1e-9);
  const fitting = Math.floor((limitSeconds * LIMIT_SHARE - loadSeconds) / mean);
  return Math.max(1, Math.min(wanted, fitting, tasks.length));
}

function chunk(tasks: readonly number[], size: number): (readonly number[])[] {
  return Array.from({length: Math.ceil(tasks.length / size)}, (_, i) => tasks.slice(i * size, (i + 1) * size));
}
