import type {Layout} from '../../record/layout.ts';
import {parseTimestamp} from '../../record/disk/timestamps.ts';
import {readSubmissions, type Submission} from '../../slurm/submission/submission-file.ts';
import {readElementRecords, type ElementAttempt, type ElementRecord} from '../../slurm/submission/element-file.ts';
import {count, formatInteger, truncateList} from '../../core/text/amounts.ts';
import {integer, number, tabulate, text, type Table} from '../../core/text/table.ts';
import {formatTimestamp} from './page-table.ts';

/** One submission of a grid run to Slurm, with its jobs' own records. */
export interface SlurmJobs {
  readonly submission: Submission;
  readonly elements: readonly ElementRecord[];
}

/** Reads the submissions of grid runs, oldest first; runs of one machine have none. */
export async function readSlurmJobs(layout: Layout, gridIds: readonly string[]): Promise<SlurmJobs[]> {
  const jobs: SlurmJobs[] = [];
  for (const gridId of gridIds) {
    const {submissions} = await readSubmissions(layout, gridId);
    if (submissions.length === 0) continue;
    const records = await readElementRecords(layout, gridId);
    for (const submission of submissions) {
      jobs.push({submission, elements: records.filter(record => record.submission === submission.number)});
    }
  }
  return jobs;
}

const MOST_SUBMISSIONS = 50;
const MOST_VALUES = 8;

/** Returns requested and used resources of the cluster; null if nothing was submitted. */
export function slurmTable(jobs: readonly SlurmJobs[]): Table | null {
  if (jobs.length === 0) return null;
  const left = jobs.length - MOST_SUBMISSIONS;
  return tabulate(
    jobs.slice(0, MOST_SUBMISSIONS).map(each => ({...each, attempts: each.elements.flatMap(({attempts}) => attempts)})),
    [
      text(
        'grid',
        ({submission}) => submission.grid_id,
        ({submission}) => `submission ${submission.number}`,
      ),
      text('submitted', ({submission}) => formatTimestamp(submission.created_at)),
      text('profile', ({submission}) => nameOrDefault(submission.profile['name'])),
      text('partition', ({submission}) => nameOrDefault(submission.profile['partition'])),
      text('jobs', ({submission}) => listJobIds(submission)),
      text('an element asks for', ({submission}) => [...new Set(submission.arrays.map(describeResources))].join('; ')),
      integer('elements', ({elements}) => elements.length),
      integer('attempts', ({attempts}) => attempts.length),
      number('GPU-hours', ({submission, elements}) => gpuHours(submission, elements).toFixed(2)),
      text('nodes', ({attempts}) => truncateList([...new Set(attempts.map(({node}) => node))].sort(), MOST_VALUES)),
    ],
    {
      caption: 'Jobs on Slurm',
      notes: [
        'Elements: those whose job began. GPU-hours: GPUs × time of the attempts that recorded their end; a killed job records none.',
        ...(left > 0 ? [`${formatInteger(left)} more submissions are not shown.`] : []),
      ],
    },
  );
}

function nameOrDefault(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : 'not named';
}

function listJobIds({arrays}: Submission): string {
  const ids = arrays.flatMap(({job_id: id}) => id ?? []);
  const without = arrays.length - ids.length;
  const all = truncateList(ids, MOST_VALUES);
  return [all, without > 0 ? `${count(without, 'array')} without a job` : ''].filter(Boolean).join(', ');
}

function describeResources({resources: {gpus, mem, time}}: Submission['arrays'][number]): string {
  return [count(gpus, 'GPU'), mem, time].filter(Boolean).join(', ');
}

function gpuHours({arrays}: Submission, elements: readonly ElementRecord[]): number {
  return elements.reduce((sum, {array, attempts}) => {
    const gpus = arrays.find(({index}) => index === array)?.resources.gpus ?? 0;
    return sum + attempts.reduce((hours, attempt) => hours + gpus * durationHours(attempt), 0);
  }, 0);
}

function durationHours({started_at: start, ended_at: end}: ElementAttempt): number {
  const [from, to] = [parseTimestamp(start), end === undefined ? undefined : parseTimestamp(end)];
  return from === undefined || to === undefined ? 0 : Math.max(0, to - from) / 3_600_000;
}
