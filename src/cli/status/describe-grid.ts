import type {GridState} from '../../slurm/grid-state.ts';
import type {TaskState, TaskStateName} from '../../slurm/join-states.ts';
import {elementKey} from '../../slurm/placement.ts';
import {parseTimestamp} from '../../record/timestamps.ts';

/** A grid run as `mac status` shows it. */
export interface GridView {
  readonly gridId: string;
  readonly configName: string;
  readonly repetition: number;
  readonly repetitions: number;
  readonly submittedAt: string;
  /** Of a run that is finished. */
  readonly completedAt?: string;
  readonly counts: Readonly<Partial<Record<TaskStateName, number>>>;
  readonly tasks: number;
  /** `total` is projected from the tasks that have begun when not all have. */
  readonly questions: {readonly done: number; readonly total: number | null};
  /** Questions a second, by the tasks that run now; null when none does. */
  readonly rate: number | null;
  /** Seconds at this rate; null when it cannot be told. */
  readonly secondsLeft: number | null;
  /** States that are alike, shown together. */
  readonly groups: readonly StateGroup[];
  readonly notes: readonly string[];
}

export interface StateGroup extends Pick<TaskState, 'state' | 'cause' | 'detail'> {
  readonly tasks: readonly number[];
  readonly nodes: readonly string[];
  readonly jobs: readonly string[];
  readonly questions: {readonly done: number; readonly total: number};
  /** The first of them. */
  readonly timeLeft?: string;
  readonly startAt?: string;
  /** Of one of its elements. */
  readonly log?: {readonly path: string; readonly tail: string};
}

/** In which order states are shown: what goes on, what waits, what needs a hand. */
const ORDER: readonly TaskStateName[] = [
  'running',
  'pending',
  'unknown',
  'failed',
  'lost',
  'cancelled',
  'incomplete',
  'not submitted',
  'not started',
  'done',
];

/** Up to so many running elements are shown one by one. */
const RUNNING_ALONE = 24;

/** What is to be shown of a grid run. Pure. */
export function describeGrid(
  grid: GridState,
  {
    nowMs,
    logPath,
    notes,
  }: {nowMs: number; logPath: (jobId: string, element: number) => string; notes: readonly string[]},
): GridView {
  const {run, states} = grid;
  const counts: Partial<Record<TaskStateName, number>> = {};
  for (const {state} of states) counts[state] = (counts[state] ?? 0) + 1;
  const questions = sumQuestions(grid);
  const rate = rateOf(grid, nowMs);
  const left = questions.total === null ? null : questions.total - questions.done;
  return {
    gridId: run.grid_id,
    configName: run.config_name,
    repetition: run.repetition,
    repetitions: run.repetitions,
    submittedAt: run.submission_timestamp,
    counts,
    tasks: states.length,
    questions,
    rate,
    secondsLeft: rate === null || rate === 0 || left === null ? null : Math.round(left / rate),
    groups: groupStates(grid, logPath),
    notes,
  };
}

function sumQuestions({questions, states}: GridState): {done: number; total: number | null} {
  let done = 0;
  let total = 0;
  for (const count of questions.values()) {
    done += count.done;
    total += count.total;
  }
  if (questions.size === 0) return {done, total: null};
  return {done, total: Math.round((total / questions.size) * states.length)};
}

/** What the running tasks have done since they began, each over its own time. */
function rateOf({states, records, questions}: GridState, nowMs: number): number | null {
  let rate: number | null = null;
  for (const {task, state} of states) {
    if (state !== 'running') continue;
    const record = records.get(task);
    const startMs = parseTimestamp(record?.started_at ?? '');
    if (!record || startMs === undefined) continue;
    const done = (questions.get(task)?.done ?? 0) - record.questions.succeeded;
    const seconds = (nowMs - startMs) / 1000;
    if (seconds > 0) rate = (rate ?? 0) + Math.max(0, done) / seconds;
  }
  return rate;
}

function groupStates(grid: GridState, logPath: (jobId: string, element: number) => string): StateGroup[] {
  const {states, questions} = grid;
  const running = new Set(
    states.flatMap(state => (state.state === 'running' ? [jobOf(state) ?? `task ${state.task}`] : [])),
  );
  const runningAlone = running.size <= RUNNING_ALONE;
  const groups = new Map<string, TaskState[]>();
  for (const state of states) {
    const key = groupKey(state, runningAlone);
    const group = groups.get(key);
    if (group) group.push(state);
    else groups.set(key, [state]);
  }
  return [...groups.values()]
    .map(members => describeGroup(members, {questions, logs: grid.logs, logPath}))
    .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || (a.tasks[0] ?? 0) - (b.tasks[0] ?? 0));
}

function groupKey(state: TaskState, runningAlone: boolean): string {
  const {cause = '', detail = ''} = state;
  if (state.state === 'running') return runningAlone ? `running/${jobOf(state) ?? state.task}` : 'running';
  // Numbers differ where the cause is one: a pid, a port, a time.
  return `${state.state}/${cause}/${detail.replace(/\d+/g, '#')}`;
}

function jobOf({jobId, element}: TaskState): string | undefined {
  return jobId === undefined ? undefined : elementKey(jobId, element ?? null);
}

function describeGroup(
  members: readonly TaskState[],
  {
    questions,
    logs,
    logPath,
  }: Pick<GridState, 'questions' | 'logs'> & {logPath: (jobId: string, element: number) => string},
): StateGroup {
  const [first] = members;
  if (!first) throw new Error('Internal error: an empty group');
  const {state, cause, detail} = first;
  const sum = {done: 0, total: 0};
  for (const {task} of members) {
    sum.done += questions.get(task)?.done ?? 0;
    sum.total += questions.get(task)?.total ?? 0;
  }
  const withLog = ['failed', 'lost', 'cancelled', 'incomplete'].includes(state)
    ? members.find(member => logs.has(jobOf(member) ?? ''))
    : undefined;
  const tail = logs.get((withLog && jobOf(withLog)) ?? '');
  const starts = members.flatMap(({startAt}) => startAt ?? []).sort();
  return {
    state,
    ...(cause === undefined ? {} : {cause}),
    ...(detail === undefined ? {} : {detail}),
    tasks: members.map(({task}) => task),
    nodes: [...new Set(members.flatMap(({node}) => node ?? []))],
    jobs: [...new Set(members.flatMap(member => jobOf(member) ?? []))],
    questions: sum,
    ...(first.timeLeft === undefined || members.length > RUNNING_ALONE ? {} : {timeLeft: first.timeLeft}),
    ...(starts[0] === undefined ? {} : {startAt: starts[0]}),
    ...(withLog?.jobId === undefined || tail === undefined || tail === ''
      ? {}
      : {log: {path: logPath(withLog.jobId, withLog.element ?? 0), tail}}),
  };
}
