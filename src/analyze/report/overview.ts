import {describeOutcomes, makeIsFinal, sumOutcomes, type OutcomeCounts} from '../../core/conversation-outcome.ts';
import {ENDING_SCOPE, outcomeCounts} from '../metrics/endings.ts';
import type {GridFacts} from './read/grid-facts.ts';
import type {ReportData} from './read/read-report.ts';
import {count, formatInteger, truncateList, describeSeconds} from '../../core/text/amounts.ts';
import {number, tabulate, text, type Table} from '../../core/text/table.ts';
import {formatTimestamp} from './page-table.ts';

/** A highlighted number. */
export interface CardView {
  readonly label: string;
  readonly value: string;
  readonly detail: string;
}

/** Progress of the work. */
export interface Progress {
  readonly tasks: {readonly planned: number; readonly done: number; readonly begun: number; readonly notBegun: number};
  /** Every task is done, and all its conversations are in the tables. */
  readonly isComplete: boolean;
  readonly sentence: string;
  /** Recorded conversations that the tables count. */
  readonly used: number;
  /** True if some are left out: the section on the data says why. */
  readonly leavesOut: boolean;
}

export function computeProgress({grids, selection, conversations, overall}: ReportData): Progress {
  const known = grids.length > 0;
  const sum = (of: (grid: GridFacts) => number): number => grids.reduce((total, grid) => total + of(grid), 0);
  const inGrids = known ? sum(({tasks}) => tasks.planned) : selection.tasks.length;
  const done = known ? sum(({tasks}) => tasks.succeeded) : selection.tasks.filter(allSucceeded).length;
  const begun = known ? sum(({tasks}) => tasks.begun) : selection.tasks.length - done;
  // A grid that has not begun is known only by its plan.
  const planned = Math.max(inGrids, done + begun + selection.missing.length);
  const isDone = done === planned && selection.missing.length === 0;
  const recorded = conversations.succeeded + conversations.partial + conversations.failed;
  const used = countUsed(overall);
  // Questions not yet asked are not lost; tasks that are done must have all.
  const expected = isDone ? Math.max(conversations.planned ?? 0, recorded) : recorded;
  const settled = countSettled({selection, overall});
  const without = Object.values(settled).reduce((sum, each) => sum + each, 0);
  const lost = Math.max(0, expected - used - without);
  return {
    tasks: {planned, done, begun, notBegun: planned - done - begun},
    isComplete: isDone && lost === 0,
    sentence:
      describeProgress({planned, done, isDone, used, expected, lost, settled}) + describeIdleGrids(selection.idle),
    used,
    leavesOut: lost > 0,
  };
}

/** Parts of parts, with their names in brackets, hold the same conversations again. */
function countUsed({cells}: ReportData['overall']): number {
  return cells.filter(({isPart}) => !isPart).reduce((total, {conversations}) => total + conversations, 0);
}

/** Counts conversations that ended for good without answers: a result in themselves. */
function countSettled({selection, overall}: Pick<ReportData, 'selection' | 'overall'>): OutcomeCounts {
  // Configs of the older system may lack the section.
  const isFinal = selection.tasks.map(({config}) =>
    makeIsFinal({...config, retry_config: (config as Partial<typeof config>).retry_config ?? {}}),
  );
  const wholes = overall.cells.filter(({isPart}) => !isPart);
  const all = sumOutcomes(wholes.map(({estimates}) => outcomeCounts(estimates)));
  return Object.fromEntries(
    Object.entries(all).filter(([outcome]) => isFinal.every(test => test(outcome as keyof OutcomeCounts))),
  );
}

interface Counts {
  readonly planned: number;
  readonly done: number;
  readonly isDone: boolean;
  readonly used: number;
  readonly expected: number;
  readonly lost: number;
  readonly settled: OutcomeCounts;
}

function describeProgress({planned, done, isDone, used, expected, lost, settled}: Counts): string {
  const without = `${formatInteger(lost)} of ${count(expected, 'conversation')}`;
  if (!isDone) {
    const rest = lost > 0 ? ` ${without} could not be read or are left out.` : '';
    return `Not complete: ${formatInteger(done)} of ${count(planned, 'task')} done. Everything below is of ${count(used, 'conversation')}${describeSettled(settled)}.${rest}`;
  }
  return lost > 0
    ? `Done: ${count(planned, 'task')}, but ${without} are missing, could not be read or are left out.`
    : `Complete: ${count(planned, 'task')} and ${count(used, 'conversation')}${describeSettled(settled)}.`;
}

function describeSettled(settled: OutcomeCounts): string {
  const described = describeOutcomes(settled);
  return described === '' ? '' : ` with answers; ended without: ${described}`;
}

function describeIdleGrids(idle: readonly string[]): string {
  return idle.length === 0 ? '' : ` Left out: ${count(idle.length, 'grid')} of which nothing has run yet.`;
}

/** Returns whether no question failed: a task without a manifest then counts as done. */
function allSucceeded({references}: ReportData['selection']['tasks'][number]): boolean {
  return references.every(({status}) => status === 'succeeded');
}

export function buildCards(data: ReportData, progress: Progress): CardView[] {
  const {conversations, spending, runLog} = data;
  const {tasks} = progress;
  const thoughts = thoughtTokens(data.overall);
  const lost = conversations.partial + conversations.failed;
  const missing =
    conversations.planned === null ? null : Math.max(0, conversations.planned - conversations.succeeded - lost);
  return [
    {
      label: 'tasks done',
      value: `${formatInteger(tasks.done)} / ${formatInteger(tasks.planned)}`,
      detail: [
        tasks.begun > 0 ? `${formatInteger(tasks.begun)} begun` : '',
        tasks.notBegun > 0 ? `${formatInteger(tasks.notBegun)} not begun` : '',
      ]
        .filter(Boolean)
        .join(', '),
    },
    {
      label: 'conversations that succeeded',
      value: formatInteger(conversations.succeeded),
      detail: [
        progress.used < conversations.succeeded ? `${formatInteger(progress.used)} of them could be used` : '',
        missing === null ? 'a question file cannot be read' : '',
        missing !== null && missing > 0 ? `${formatInteger(missing)} missing in tasks that were begun` : '',
      ]
        .filter(Boolean)
        .join(', '),
    },
    {
      label: 'partial and failed',
      value: formatInteger(lost),
      detail:
        lost > 0
          ? `${formatInteger(conversations.partial)} partial, ${formatInteger(conversations.failed)} failed`
          : '',
    },
    {
      label: 'retries',
      value: formatInteger(spending.retries),
      detail: spending.messages > 0 ? `for ${count(spending.messages, 'message')}` : '',
    },
    {label: 'tokens read', value: formatInteger(spending.promptTokens), detail: ''},
    {
      label: 'tokens written',
      value: formatInteger(spending.responseTokens),
      detail: [
        thoughts > 0 ? `${formatInteger(thoughts)} tokens of thought in messages` : '',
        spending.failedAttempts.count > 0
          ? `and ${formatInteger(spending.failedAttempts.responseTokens)} in ${formatInteger(spending.failedAttempts.count)} unusable replies`
          : '',
      ]
        .filter(Boolean)
        .join(', '),
    },
    {
      label: 'from first to last conversation',
      value: describeSpan(runLog.ends),
      detail:
        runLog.ends.length > 0
          ? `since ${formatTimestamp(new Date(earliest(runLog.ends)).toISOString())}`
          : 'times are not recorded',
    },
  ];
}

/** As servers counted them, where they did. */
function thoughtTokens({cells}: ReportData['overall']): number {
  return cells
    .filter(({isPart}) => !isPart)
    .flatMap(({estimates}) => estimates.filter(({id}) => id === 'thought_tokens'))
    .reduce((sum, {counts}) => sum + (counts[`${ENDING_SCOPE}reasoning_tokens`] ?? 0), 0);
}

function earliest(times: readonly number[]): number {
  return times.reduce((least, time) => Math.min(least, time), Infinity);
}

function describeSpan(times: readonly number[]): string {
  if (times.length === 0) return '–';
  const last = times.reduce((most, time) => Math.max(most, time), -Infinity);
  return describeSeconds((last - earliest(times)) / 1000);
}

const MOST_GRIDS = 50;

/** Returns the grid runs; null where none is known. */
export function gridTable({grids}: ReportData): Table | null {
  if (grids.length === 0) return null;
  return tabulate(
    grids.slice(0, MOST_GRIDS),
    [
      text('grid', ({id}) => id),
      text(
        'config',
        ({config}) => config,
        ({questionLimit: limit}) => (limit === null ? '' : `first ${count(limit, 'question')} of each task`),
      ),
      text('submitted', ({submittedAt}) => formatTimestamp(submittedAt)),
      text('completed', ({completedAt}) => (completedAt === null ? 'not yet' : formatTimestamp(completedAt))),
      number('tasks', ({tasks}) => `${formatInteger(tasks.succeeded)} / ${formatInteger(tasks.planned)}`),
      text('repetition', ({repetition, repetitions}) => `${repetition} of ${repetitions}`),
      text('mac', ({macVersion}) => macVersion || 'not recorded'),
    ],
    {
      caption: 'Grid runs',
      notes: grids.length > MOST_GRIDS ? [`${formatInteger(grids.length - MOST_GRIDS)} more are not shown.`] : [],
    },
  );
}

/** The code that ran: version and commit, from manifests and transcripts. */
export function listVersions({grids, calls}: ReportData): string {
  const versions = new Set([...grids.map(({macVersion}) => macVersion), ...calls.versions].filter(Boolean));
  if (versions.size === 0) return 'not recorded (records of the older system)';
  return truncateList([...versions].sort().map(describeVersion), 5);
}

/** `0.1.0+g1a2b3c4d5e6f` → `0.1.0, commit 1a2b3c4d5e6f`. */
function describeVersion(version: string): string {
  const [release = '', commit] = version.split('+g');
  return commit === undefined ? release : `${release}, commit ${commit}`;
}
