import {describeExecutor} from '../../record/lease/executor-identity.ts';
import type {TaskRecord} from '../../record/task/task-record.ts';
import {parseArraySpec} from '../submission/array-spec.ts';
import type {QueueAnswer} from '../cluster/ask-slurm.ts';
import type {ElementEvidence} from './element-evidence.ts';
import {findCauseInLog, classifyFailure, type FailureCause} from './failure-cause.ts';
import type {AccountingRow} from '../cluster/parse-accounting.ts';
import type {QueueRow} from '../cluster/parse-queue.ts';
import {elementKey, placeTasks, type Placement} from '../submission/placements.ts';
import {describeReason} from './pending-reasons.ts';
import {classifyState} from '../cluster/job-states.ts';
import type {Submission} from '../submission/submission-file.ts';
import type {ElementRecord, StoppedArray} from '../submission/element-file.ts';

/**
 * - `running`: an executor has it, in a job or on a machine. `pending`: its job waits in the queue.
 * - `incomplete`: its executor ended in good order and questions are left. `failed`: its executor failed, `cause` says
 *   why. `cancelled`: by a person.
 * - `lost`: it was submitted or begun, no executor shows a sign of life, and Slurm knows nothing of it.
 * - `not submitted`: it waits for `mac resume`. `not started`: its grid was never meant for Slurm and it has not begun.
 * - `unknown`: Slurm does not answer or uses a word that we do not know.
 */
export type TaskStateName =
  | 'done'
  | 'running'
  | 'pending'
  | 'incomplete'
  | 'failed'
  | 'cancelled'
  | 'lost'
  | 'not submitted'
  | 'not started'
  | 'unknown';

export interface TaskState {
  readonly task: number;
  readonly state: TaskStateName;
  readonly cause?: FailureCause;
  /** In words: why it waits, how it failed, who has it. */
  readonly detail?: string;
  /** Its newest job: array job id and element. */
  readonly jobId?: string;
  readonly element?: number;
  readonly node?: string;
  readonly timeLeft?: string;
  /** Its start, for waiting elements the estimate: local time of the cluster. */
  readonly startAt?: string;
}

export interface JoinInput extends Omit<ElementEvidence, 'forgottenNames'> {
  readonly tasks: readonly number[];
  readonly records: ReadonlyMap<number, TaskRecord>;
  readonly submissions: readonly Submission[];
  /** The grid was meant for Slurm, even if no submission exists. */
  readonly isSubmitted: boolean;
  readonly queue: QueueAnswer;
  readonly accounting: readonly AccountingRow[];
}

/** Returns one state for every task: our own records decide first, then Slurm's queue, then everything else. Pure. */
export function joinStates(input: JoinInput): TaskState[] {
  const joiner = new StateJoiner(input);
  return input.tasks.map(task => joiner.resolveState(task));
}

class StateJoiner {
  readonly #input: JoinInput;
  readonly #placements: ReadonlyMap<number, readonly Placement[]>;
  readonly #queue: ReadonlyMap<string, QueueRow>;
  readonly #accounting: ReadonlyMap<string, AccountingRow>;

  constructor(input: JoinInput) {
    this.#input = input;
    this.#placements = placeTasks(input.submissions);
    const rows = input.queue.kind === 'known' ? input.queue.rows : [];
    this.#queue = new Map(rows.map(row => [elementKey(row.jobId, row.element), row]));
    this.#accounting = new Map(input.accounting.map(row => [elementKey(row.jobId, row.element), row]));
  }

  resolveState(task: number): TaskState {
    if (this.#input.records.get(task)?.status === 'succeeded') return {task, state: 'done'};
    const placements = this.#placements.get(task) ?? [];
    return (
      this.#resolveLive(task, placements) ??
      this.#resolveUnsettled(task, placements) ??
      this.#resolveEnded(task, placements) ??
      this.#resolveNeverSubmitted(task, placements)
    );
  }

  /** Finds a task in the queue, running before waiting, or in the hands of an executor anywhere. */
  #resolveLive(task: number, placements: readonly Placement[]): TaskState | undefined {
    let waiting: TaskState | undefined;
    for (const placement of placements.toReversed()) {
      const row = this.#findQueueRow(placement);
      if (!row) continue;
      const kind = classifyState(row.state);
      const base = {task, ...toJobFields(placement)};
      if (kind === 'running') {
        const detail = joinWords(
          row.state === 'RUNNING' ? undefined : row.state.toLowerCase(),
          this.#describeSilence(task),
        );
        return {
          ...base,
          state: 'running',
          ...(detail === undefined ? {} : {detail}),
          ...pickNonEmpty('node', row),
          ...pickNonEmpty('timeLeft', row),
          ...pickNonEmpty('startAt', row),
        };
      }
      if (kind === 'waiting')
        waiting ??= {...base, state: 'pending', detail: describeReason(row.reason), ...pickNonEmpty('startAt', row)};
      if (kind === 'unknown')
        waiting ??= {...base, state: 'unknown', detail: `Slurm says ${row.state}`, ...pickNonEmpty('node', row)};
    }
    const holder = this.#input.held.get(task);
    if (holder) return {task, state: 'running', detail: describeExecutor(holder), node: holder.host};
    return waiting;
  }

  #describeSilence(task: number): string | undefined {
    const quietMs = this.#input.quiet.get(task);
    return quietMs === undefined ? undefined : `no sign of life for ${Math.floor(quietMs / 60_000)} min`;
  }

  /** Returns `unknown` where Slurm does not answer or cut its list short. */
  #resolveUnsettled(task: number, placements: readonly Placement[]): TaskState | undefined {
    const {queue} = this.#input;
    for (const placement of placements.toReversed()) {
      const {array} = placement;
      const base = {task, ...toJobFields(placement)};
      if (queue.kind === 'unavailable') {
        const isOver =
          array.job_id !== undefined && this.#findElementRecord(placement)?.attempts.at(-1)?.ended_at !== undefined;
        const mayLive = array.job_id !== undefined || array.state === 'submitting' || array.state === 'unknown';
        if (mayLive && !isOver) return {...base, state: 'unknown', detail: `Slurm does not answer: ${queue.reason}`};
      } else if (queue.cutShort.has(array.name)) {
        return {...base, state: 'unknown', detail: 'Slurm cut its list of waiting elements short'};
      }
    }
    return undefined;
  }

  #resolveEnded(task: number, placements: readonly Placement[]): TaskState | undefined {
    const newest = placements.findLast(({array}) => array.job_id !== undefined);
    if (!newest) return undefined;
    // If the newest submission never reached Slurm, report that rather than the older job's end.
    const later = placements.at(-1);
    const note = later && later !== newest ? describeUnsubmitted(later) : undefined;
    const base = {task, ...toJobFields(newest)};
    const key = elementKey(newest.array.job_id ?? '', newest.element);
    const record = this.#input.elements.get(key);
    const log = this.#input.logs.get(key);
    const row = this.#findQueueRow(newest);
    const accounted = this.#findAccountingRow(newest);
    const stop = this.#input.stopped.get(newest.array.job_id ?? '');
    const state = row?.state ?? accounted?.state;
    const node = row?.node || accounted?.node || record?.attempts.at(-1)?.node;
    const where = node ? {node} : {};
    const isKnownToHaveEnded =
      (state !== undefined && classifyState(state) === 'ended') || record?.attempts.at(-1)?.ended_at !== undefined;
    if (!isKnownToHaveEnded && findCauseInLog(log ?? '') === undefined) {
      if (wasCancelled(newest))
        return {...base, ...where, state: 'cancelled', detail: joinWords('mac cancel', note) ?? ''};
      if (stop && !this.#hasBegun(newest)) return {...base, ...toStoppedState(stop, note)};
      return {...base, ...where, state: 'lost', detail: this.#describeLost(task, newest)};
    }
    const failure = classifyFailure({state, reason: row?.reason, exitCode: accounted?.exitCode, record, log});
    const detail = joinWords(failure?.detail, note);
    if (!failure)
      return {
        ...base,
        ...where,
        state: 'incomplete',
        detail: joinWords(this.#findReason(task), note) ?? 'questions are left',
      };
    if (stop && failure.cause === 'cancelled') {
      return {...base, ...where, ...toStoppedState(stop, note)};
    }
    if (failure.cause === 'cancelled')
      return {...base, ...where, state: 'cancelled', ...(detail === undefined ? {} : {detail})};
    return {...base, ...where, state: 'failed', cause: failure.cause, ...(detail === undefined ? {} : {detail})};
  }

  #resolveNeverSubmitted(task: number, placements: readonly Placement[]): TaskState {
    const record = this.#input.records.get(task);
    const last = placements.at(-1);
    if (record) {
      // It ran on a machine, without Slurm.
      return record.reason === undefined
        ? {task, state: 'lost', node: record.where.host, detail: `${describeExecutor(record.where)} is gone`}
        : {task, state: 'incomplete', node: record.where.host, detail: record.reason};
    }
    if (!this.#input.isSubmitted) return {task, state: 'not started'};
    const detail = last ? describeUnsubmitted(last) : undefined;
    return {task, state: 'not submitted', ...(detail === undefined ? {} : {detail})};
  }

  #findQueueRow({array, element}: Pick<Placement, 'array' | 'element'>): QueueRow | undefined {
    if (array.job_id === undefined) return undefined;
    const row = this.#queue.get(elementKey(array.job_id, element));
    if (row) return row;
    // Of an array whose rest waits or was cancelled while it waited, Slurm may have a row with the bare id: it is about
    // the elements that never began.
    const rest = this.#queue.get(array.job_id);
    return this.#hasBegun({array, element}) ? undefined : rest;
  }

  #findAccountingRow({array, element}: Pick<Placement, 'array' | 'element'>): AccountingRow | undefined {
    const jobId = array.job_id ?? '';
    const row = this.#accounting.get(elementKey(jobId, element));
    return row ?? (this.#hasRun({array, element}) ? undefined : this.#accounting.get(jobId));
  }

  /** Returns whether an element left a record or a log, or accounting gives it a node. */
  #hasBegun(placement: Pick<Placement, 'array' | 'element'>): boolean {
    const key = elementKey(placement.array.job_id ?? '', placement.element);
    const accounted = this.#accounting.get(key);
    return this.#hasRun(placement) || (accounted !== undefined && accounted.node !== '');
  }

  #hasRun({array, element}: Pick<Placement, 'array' | 'element'>): boolean {
    const key = elementKey(array.job_id ?? '', element);
    return this.#input.elements.has(key) || this.#input.logs.has(key);
  }

  #findElementRecord({array, element}: Placement): ElementRecord | undefined {
    return this.#input.elements.get(elementKey(array.job_id ?? '', element));
  }

  #findReason(task: number): string | undefined {
    return this.#input.records.get(task)?.reason;
  }

  #describeLost(task: number, {array, element}: Placement): string {
    const job = `job ${elementKey(array.job_id ?? '', element)}`;
    const began = this.#input.records.get(task)?.started_at;
    return began === undefined
      ? `Slurm knows nothing of ${job}, and it left no record: cancelled before it started, or forgotten`
      : `began ${began.slice(0, 19)}Z, shows no sign of life, and Slurm knows nothing of ${job}`;
  }
}

/** Describes an element that another element of its array cancelled (`cancelDoomedElements`). */
function toStoppedState(
  {cause}: StoppedArray,
  note: string | undefined,
): Pick<TaskState, 'state' | 'cause' | 'detail'> {
  return {state: 'failed', cause: 'stopped', detail: joinWords(`its array was stopped: ${cause}`, note) ?? ''};
}

/** Returns whether `mac cancel` cancelled an element; Slurm keeps no trace of elements cancelled while they wait. */
function wasCancelled({array, element}: Placement): boolean {
  if (array.state === 'cancelled') return true;
  return array.cancelled !== undefined && (parseArraySpec(array.cancelled)?.includes(element) ?? false);
}

function toJobFields({array, element}: Placement): {jobId?: string; element?: number} {
  return array.job_id === undefined ? {} : {jobId: array.job_id, element};
}

function pickNonEmpty<K extends 'node' | 'timeLeft' | 'startAt'>(key: K, row: QueueRow): {[P in K]?: string} {
  return row[key] === '' ? {} : ({[key]: row[key]} as {[P in K]: string});
}

function joinWords(...parts: readonly (string | undefined)[]): string | undefined {
  const given = parts.filter(part => part !== undefined && part !== '');
  return given.length === 0 ? undefined : given.join('; ');
}

/** Returns why an array has no job id. */
function describeUnsubmitted({array}: Placement): string | undefined {
  switch (array.state) {
    case 'intended':
    case 'submitting':
      return array.reason ?? 'its submission broke off or is under way; mac resume submits it';
    case 'unknown':
      return `it is not known whether Slurm has it (${array.reason ?? 'no answer'})`;
    case 'deferred':
    case 'rejected':
      return array.reason;
    case 'cancelled':
      return 'cancelled before it was submitted';
    case 'submitted':
    case 'stopped':
      return undefined;
  }
}
