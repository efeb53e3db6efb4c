import {basename} from 'node:path';

import {groupBy} from '../../core/group-by.ts';
import {type OutcomeCounts, sumOutcomes} from '../../core/conversation-outcome.ts';
import {parseTimestamp} from '../../record/disk/timestamps.ts';
import type {FailureCount} from '../../record/formats.ts';
import type {ArchivedGrid} from '../../record/grid/archive.ts';
import {sumFailures} from '../../record/task/error-codes.ts';
import type {GridState} from '../../slurm/state/grid-state.ts';
import type {TaskState, TaskStateName} from '../../slurm/state/join-states.ts';
import {elementKey} from '../../slurm/submission/placements.ts';
import {type AttemptWork, computeRecentRate, type RecentRate} from './recent-rate.ts';

/** A grid run as `mac status` shows it. */
export interface GridView {
  readonly gridId: string;
  readonly configName: string;
  /** Word for what its tasks are made of. */
  readonly units: 'questions' | 'trials';
  readonly repetition: number;
  readonly repetitions: number;
  readonly submittedAt: string;
  /** Set for a finished run. */
  readonly completedAt?: string;
  readonly counts: Readonly<Partial<Record<TaskStateName, number>>>;
  readonly tasks: number;
  /** `total` is projected from the tasks that have begun where the plan's is not known and not all have. */
  readonly questions: {readonly done: number; readonly total: number | null; readonly isEstimate: boolean};
  /** Counts how questions ended that did not succeed, done or not. */
  readonly outcomes: OutcomeCounts;
  /** Says why they did, the most frequent error code first. */
  readonly failures: readonly FailureCount[];
  /** Questions a second in the recent past; null when nothing runs, or too little is known. */
  readonly rate: number | null;
  /** Seconds left at this rate; null when unknown. */
  readonly secondsLeft: number | null;
  /** Tasks in the same state for the same cause, shown together. */
  readonly groups: readonly StateGroup[];
  readonly notes: readonly string[];
}

export interface StateGroup extends Pick<TaskState, 'state' | 'cause' | 'detail'> {
  readonly tasks: readonly number[];
  readonly nodes: readonly string[];
  readonly jobs: readonly string[];
  readonly questions: {readonly done: number; readonly total: number};
  /** Time left of the first job. */
  readonly timeLeft?: string;
  readonly startAt?: string;
  /** The log of one of the elements. */
  readonly log?: {readonly path: string; readonly tail: string};
}

/** The order in which states are shown: work under way, waiting, in need of help. */
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

/** Up to this many running elements are shown one by one. */
const MAX_UNGROUPED_RUNNING = 24;

/** Describes a grid run for `mac status`. Pure. */
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
  const rate = computeRate(grid, nowMs);
  const left = questions.total === null ? null : questions.total - questions.done;
  return {
    gridId: run.grid_id,
    configName: run.config_name,
    units: run.frontend === undefined ? 'questions' : 'trials',
    repetition: run.repetition,
    repetitions: run.repetitions,
    submittedAt: run.submission_timestamp,
    counts,
    tasks: states.length,
    questions,
    outcomes: sumOutcomes([...grid.questions.values()].map(({outcomes}) => outcomes)),
    failures: sumFailures([...grid.questions.values()].map(({failures: some}) => some)),
    rate: rate?.perSecond ?? null,
    secondsLeft: rate?.isSteady !== true || left === null ? null : Math.round(left / rate.perSecond),
    groups: groupStates(grid, logPath),
    notes,
  };
}

function sumQuestions({run, questions, states}: GridState): GridView['questions'] {
  let done = 0;
  let begun = 0;
  for (const count of questions.values()) {
    done += count.done;
    begun += count.total;
  }
  if (run.num_questions_planned !== undefined) {
    return {done, total: Math.max(run.num_questions_planned, begun), isEstimate: false};
  }
  if (questions.size === 0) return {done, total: null, isEstimate: true};
  const isEstimate = questions.size < states.length;
  return {done, total: isEstimate ? Math.round((begun / questions.size) * states.length) : begun, isEstimate};
}

/** Returns the rate of the current attempts and of those that ended recently. */
function computeRate({states, records, questions}: GridState, nowMs: number): RecentRate | null {
  if (!states.some(({state}) => state === 'running')) return null;
  const attempts = states.flatMap(({task, state}): AttemptWork[] => {
    const record = records.get(task);
    const fromMs = parseTimestamp(record?.started_at ?? '');
    const toMs = state === 'running' ? nowMs : parseTimestamp(record?.completed_at ?? '');
    // An attempt that left questions does not record its end, and without `carried_over` its own share is unknown.
    if (record?.carried_over === undefined || fromMs === undefined || toMs === undefined) return [];
    // A record with a reason is of an ended attempt: the running job has not come to this task yet.
    if (state === 'running' && record.reason !== undefined) return [];
    return [{fromMs, toMs, questions: (questions.get(task)?.done ?? 0) - record.carried_over}];
  });
  return computeRecentRate(attempts, nowMs);
}

function groupStates(grid: GridState, logPath: (jobId: string, element: number) => string): StateGroup[] {
  const {states, questions} = grid;
  const running = new Set(
    states.flatMap(state => (state.state === 'running' ? [elementId(state) ?? `task ${state.task}`] : [])),
  );
  const runningAlone = running.size <= MAX_UNGROUPED_RUNNING;
  return [...groupBy(states, state => groupKey(state, runningAlone)).values()]
    .map(members => describeGroup(members, {questions, logs: grid.logs, logPath}))
    .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || (a.tasks[0] ?? 0) - (b.tasks[0] ?? 0));
}

function groupKey(state: TaskState, runningAlone: boolean): string {
  const {cause = '', detail = ''} = state;
  // The same cause comes with different numbers: a pid, a port, a time.
  const words = `${state.state}/${cause}/${detail.replace(/\d+/g, '#')}`;
  return state.state === 'running' && runningAlone ? `${words}/${elementId(state) ?? state.task}` : words;
}

function elementId({jobId, element}: TaskState): string | undefined {
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
    ? members.find(member => logs.has(elementId(member) ?? ''))
    : undefined;
  const tail = logs.get((withLog && elementId(withLog)) ?? '');
  const starts = members.flatMap(({startAt}) => startAt ?? []).sort();
  return {
    state,
    ...(cause === undefined ? {} : {cause}),
    ...(detail === undefined ? {} : {detail}),
    tasks: members.map(({task}) => task),
    nodes: [...new Set(members.flatMap(({node}) => node ?? []))],
    jobs: [...new Set(members.flatMap(member => elementId(member) ?? []))],
    questions: sum,
    ...(first.timeLeft === undefined || members.length > MAX_UNGROUPED_RUNNING ? {} : {timeLeft: first.timeLeft}),
    ...(starts[0] === undefined ? {} : {startAt: starts[0]}),
    ...(withLog?.jobId === undefined || tail === undefined || tail === ''
      ? {}
      : {log: {path: logPath(withLog.jobId, withLog.element ?? 0), tail}}),
  };
}

/** Describes a finished grid run, from the manifest in the archive. Pure. */
export function describeFinished({completed_at: completedAt, manifest}: ArchivedGrid): GridView {
  const {tasks} = manifest;
  // Manifests of the older system do not count questions.
  const isCounted = tasks.length > 0 && tasks.every(({questions}) => questions !== undefined);
  const total = tasks.reduce((sum, {questions}) => sum + (questions?.total ?? 0), 0);
  return {
    gridId: manifest.grid_id ?? '',
    configName: basename(manifest.grid_config_snapshot_path),
    units: manifest.frontend === undefined ? 'questions' : 'trials',
    repetition: manifest.repetition ?? 1,
    repetitions: manifest.repetitions ?? 1,
    completedAt,
    submittedAt: manifest.submission_timestamp,
    counts: {done: tasks.length},
    tasks: tasks.length,
    questions: {done: total, total: isCounted ? total : null, isEstimate: false},
    outcomes: sumOutcomes(tasks.map(({questions}) => questions?.outcomes)),
    failures: sumFailures(tasks.map(({questions}) => questions?.failures)),
    rate: null,
    secondsLeft: isCounted ? 0 : null,
    groups: [],
    notes: [],
  };
}
