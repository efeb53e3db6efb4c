import {parseArraySpec} from '../submission/array-spec.ts';
import {normalizeState} from './job-states.ts';

/** One element of one of our arrays (or a job that is no array: `element` null) as Slurm knows it now. */
export interface QueueRow {
  /** Of the array, not of the element. */
  readonly jobId: string;
  readonly element: number | null;
  /** The job's name, `mac-{token}-{index}`. */
  readonly name: string;
  readonly state: string;
  readonly reason: string;
  /** Empty while it waits. */
  readonly node: string;
  /** As Slurm prints it, such as `1-02:03:04`; empty when it is not known. */
  readonly timeLeft: string;
  /** Local time of the cluster, `2026-11-21T12:27:09`: the start, for waiting jobs its estimate; empty when unknown. */
  readonly startAt: string;
}

/** The format for `squeue -h`. The name comes last: of all fields only another job's name may hold a `|`. */
export const SQUEUE_FORMAT = '%i|%T|%r|%N|%L|%S|%j';

/**
 * Reads squeue's lines in our format, skips banners and warnings, and unfolds waiting elements (`8_[2-9%2]`).
 *
 * @returns rows, and the arrays (name → job id) whose folded list was cut short (`…`): of those, a missing element
 * proves nothing.
 */
export function parseQueue(stdout: string): {rows: QueueRow[]; cutShort: Map<string, string>} {
  const rows: QueueRow[] = [];
  const cutShort = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const [id, state, reason, node, timeLeft, startAt, ...name] = line.trim().split('|');
    if (id === undefined || state === undefined || name.length === 0) continue;
    const which = parseJobId(id);
    if (!which) continue;
    const row = {
      jobId: which.jobId,
      name: name.join('|'),
      state: normalizeState(state),
      reason: blankIfUnknown(reason),
      node: blankIfUnknown(node),
      timeLeft: blankIfUnknown(timeLeft),
      startAt: blankIfUnknown(startAt),
    };
    if (which.elements === 'cut') {
      cutShort.set(row.name, row.jobId);
      continue;
    }
    for (const element of which.elements) rows.push({...row, element});
  }
  return {rows, cutShort};
}

function blankIfUnknown(text = ''): string {
  return ['N/A', 'INVALID', 'NOT_SET', '(null)', 'None assigned', 'Unknown'].includes(text.trim()) ? '' : text.trim();
}

/** Reads `12`, `12_3`, `12_[4-7%2]`, or a cut list `12_[1,3,5,...]`. A heterogeneous part `12+0` counts as its job. */
export function parseJobId(text: string): {jobId: string; elements: readonly (number | null)[] | 'cut'} | undefined {
  const match = /^(\d+)(?:\+\d+)?(?:_(?:(\d+)|\[(.*)\]?))?$/.exec(text.trim());
  if (!match?.[1]) return undefined;
  const [, jobId, element, list] = match;
  if (element !== undefined) return {jobId, elements: [Number(element)]};
  if (list === undefined) return {jobId, elements: [null]};
  return {jobId, elements: parseArraySpec(list.replace(/\]$/, '')) ?? 'cut'};
}
