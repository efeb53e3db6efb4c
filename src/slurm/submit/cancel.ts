import {compressRuns, elementTasks} from '../submission/array-spec.ts';
import type {QueueAnswer} from '../cluster/ask-slurm.ts';
import {classifyState} from '../cluster/job-states.ts';
import type {Submission, SubmittedArray} from '../submission/submission-file.ts';

export interface CancelPlan {
  /** Arguments of one scancel each. */
  readonly calls: readonly (readonly string[])[];
  /** Job ids of arrays that go as a whole. */
  readonly wholeJobs: ReadonlySet<string>;
  /** Elements by job id, where others of the array stay. */
  readonly elementsByJob: ReadonlyMap<string, readonly number[]>;
  readonly tasks: number;
}

/** Ids on one command line: thousands at once keep a controller busy for long. */
const MAX_IDS_PER_CALL = 50;
/** scancel reads an id with its list of elements into a short buffer. */
const MAX_ELEMENTS_PER_ID = 100;

/** Returns what to cancel: live elements with a wanted task. All tasks of an element go together. Pure. */
export function planCancel(
  submissions: readonly Submission[],
  queue: Extract<QueueAnswer, {kind: 'known'}>,
  isWanted: (task: number) => boolean,
): CancelPlan {
  const arraysByName = new Map<string, SubmittedArray>();
  for (const {arrays} of submissions) for (const array of arrays) arraysByName.set(array.name, array);
  const live = new Map<string, {wanted: number[]; others: number}>();
  let tasks = 0;
  for (const {name, jobId, element, state} of queue.rows) {
    const array = arraysByName.get(name);
    if (!array || element === null || classifyState(state) === 'ended') continue;
    const ofJob = live.get(jobId) ?? {wanted: [], others: 0};
    live.set(jobId, ofJob);
    const of = elementTasks(array.tasks, element);
    if (of.some(isWanted)) {
      ofJob.wanted.push(element);
      tasks += of.length;
    } else ofJob.others++;
  }
  const cutShort = new Set(queue.cutShort.values());
  const elementsByJob = new Map<string, readonly number[]>();
  const ids = [...live].flatMap(([jobId, {wanted, others}]) => {
    if (wanted.length === 0) return [];
    if (others === 0 && !cutShort.has(jobId)) return [jobId];
    elementsByJob.set(jobId, wanted);
    return elementIds(jobId, wanted);
  });
  return {
    calls: chunk(ids, MAX_IDS_PER_CALL),
    wholeJobs: new Set(ids.filter(id => !id.includes('_'))),
    elementsByJob,
    tasks,
  };
}

function elementIds(jobId: string, elements: readonly number[]): string[] {
  const sorted = [...elements].sort((a, b) => a - b);
  return chunk(sorted, MAX_ELEMENTS_PER_ID).map(some => `${jobId}_[${compressRuns(some)}]`);
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({length: Math.ceil(items.length / size)}, (_, i) => items.slice(i * size, (i + 1) * size));
}
