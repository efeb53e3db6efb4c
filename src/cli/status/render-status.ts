import {countFailed, describeOutcomes} from '../../core/conversation-outcome.ts';
import {parseTimestamp} from '../../record/disk/timestamps.ts';
import {explainFailures} from '../../record/task/failure-words.ts';
import {compressIndices} from '../../slurm/submission/array-spec.ts';
import {formatBar, formatDuration, formatRate, formatTable, wrapLine} from '../render/format.ts';
import {shorten} from '../../core/text/amounts.ts';
import type {GridView, StateGroup} from './describe-grid.ts';

const ORDER = [
  'done',
  'running',
  'pending',
  'incomplete',
  'failed',
  'cancelled',
  'lost',
  'not submitted',
  'not started',
  'unknown',
] as const;

/** Most groups of a grid that are shown; after a bad night there can be one for every task. */
const MAX_GROUPS = 40;

/** Renders the table of one grid run. @param columns of the terminal; 0 for whole lines. */
export function renderGrid(view: GridView, columns: number): string {
  const {gridId, configName, repetition, repetitions} = view;
  const which = repetitions > 1 ? `, repetition ${repetition} of ${repetitions}` : '';
  const shown = view.groups.filter(({state}) => state !== 'done').slice(0, MAX_GROUPS);
  const hidden = view.groups.filter(({state}) => state !== 'done').length - shown.length;
  const lines = [
    `${gridId}  ${configName}${which}`,
    ...renderCompleted(view),
    `  tasks      ${renderCounts(view)}`,
    ...renderUnits(view),
    ...view.notes.map(note => `  ! ${note}`),
  ];
  lines.push(...explainFailures(countFailed(view.outcomes), view.failures).map(line => `  ${line}`));
  if (shown.length > 0) lines.push(...renderGroups({groups: shown, units: view.units}, columns));
  if (hidden > 0) lines.push(`  … and ${hidden} more groups (mac status --json lists every task)`);
  for (const {log, jobs, cause, state} of shown) {
    if (!log) continue;
    lines.push(`  last lines of ${jobs[0] ?? ''} (${cause ?? state}), ${log.path}:`);
    const width = columns > 0 ? Math.min(160, columns - 6) : 160;
    lines.push(...log.tail.split('\n').map(line => `    | ${shorten(line, width)}`));
  }
  return lines
    .flatMap(line => wrapLine(line, columns))
    .map(line => `${line}\n`)
    .join('');
}

/** Renders the groups as a table; in a narrow terminal, the text about a group goes below its row. */
function renderGroups({groups, units}: Pick<GridView, 'groups' | 'units'>, columns: number): string[] {
  const rows = [['  state', 'tasks', 'job', units, 'about'], ...groups.map(group => renderGroup(group))];
  const whole = splitLines(formatTable(rows));
  if (columns <= 0 || whole.every(line => line.length <= columns)) return whole;
  const heads = splitLines(formatTable(rows.map(row => row.slice(0, -1))));
  return heads.flatMap((line, i) => {
    const about = i === 0 ? '' : (rows[i]?.at(-1) ?? '');
    return about === '' ? [line] : [line, `      ${about}`];
  });
}

function splitLines(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

function renderCounts({counts, tasks}: GridView): string {
  const parts = ORDER.flatMap(state => {
    const count = counts[state] ?? 0;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  return `${parts.join(' · ')}   of ${tasks}`;
}

function renderCompleted({submittedAt, completedAt}: GridView): string[] {
  if (completedAt === undefined) return [];
  const tookMs = (parseTimestamp(completedAt) ?? NaN) - (parseTimestamp(submittedAt) ?? NaN);
  const took = Number.isNaN(tookMs) ? '' : `, ${formatDuration(tookMs)} after it was submitted`;
  return [`  finished   ${completedAt.slice(0, 19)}Z${took}`];
}

function renderUnits({units, questions, outcomes, rate, secondsLeft, completedAt}: GridView): string[] {
  const {done, total, isEstimate} = questions;
  const otherwise = describeOutcomes(outcomes);
  if (completedAt !== undefined) {
    return total === null
      ? []
      : [`  ${units.padEnd(9)}  ${done} of ${total}${otherwise === '' ? '' : ` done (${otherwise})`}`];
  }
  if (total === null) return [`  ${units.padEnd(9)}  none begun`];
  const parts = [
    `${formatBar(total === 0 ? 1 : done / total, 20)} ${done} of ${isEstimate ? '~' : ''}${total}${otherwise === '' ? '' : ` done (not succeeded: ${otherwise})`}`,
    ...(rate === null ? [] : [formatRate(rate)]),
    ...(secondsLeft === null ? [] : [`about ${formatDuration(secondsLeft * 1000)} left at this rate`]),
  ];
  return [`  ${units.padEnd(9)}  ${parts.join(' · ')}`];
}

function renderGroup(group: StateGroup): string[] {
  const {state, cause, tasks, jobs, questions} = group;
  return [
    `  ${cause === undefined || cause === state ? state : `${state}: ${cause}`}`,
    `${shorten(compressIndices([...tasks].sort((a, b) => a - b)), 28)}${tasks.length > 2 ? ` (${tasks.length})` : ''}`,
    jobs.length > 1 ? `${jobs[0] ?? ''} …` : (jobs[0] ?? ''),
    questions.total === 0 ? '' : `${questions.done}/${questions.total}`,
    renderAbout(group),
  ];
}

function renderAbout({state, detail, nodes, timeLeft, startAt}: StateGroup): string {
  const where = nodes.length === 0 ? '' : nodes.length <= 3 ? `on ${nodes.join(', ')}` : `on ${nodes.length} nodes`;
  const parts = [
    where,
    timeLeft === undefined ? '' : `${timeLeft} left`,
    detail ?? '',
    state === 'pending' && startAt !== undefined ? `may start ${startAt.replace('T', ' ')}` : '',
  ];
  return parts.filter(part => part !== '').join('; ');
}
