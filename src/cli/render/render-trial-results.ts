import {describeStatuses} from '../../analyze/trials/cells.ts';
import type {ExplainedCell} from '../../analyze/trials/explain.ts';
import type {Leaderboard} from '../../analyze/trials/leaderboard.ts';
import type {TrialResults} from '../../analyze/trials/results.ts';
import {cellTable, describeCell, describeUnscoredTrials, leaderboardTable} from '../../analyze/trials/tables.ts';
import {USAGE_METRICS} from '../../analyze/trials/trial-row.ts';
import {count} from '../../core/text/amounts.ts';
import {describeMissing} from './missing.ts';
import {renderTable, writeMeasured} from './text-table.ts';

/** Most metrics that a table on a screen shows unless they were asked for. */
const MOST_METRICS = 6;

/** Most leaderboards on a screen: one a task. */
const MOST_LEADERBOARDS = 10;

/** Renders the head, a table of cells and the leaderboards of the first metric. */
export function renderTrialResults(results: TrialResults, {asked}: {readonly asked: boolean}): string {
  const {metrics, cells, leaderboards, scored} = results;
  const reported = metrics.filter(id => !USAGE_METRICS.some(usage => usage === id));
  const own = asked || reported.length === 0 ? metrics : reported.slice(0, MOST_METRICS);
  const rest = metrics.filter(id => !own.includes(id));
  const notes = rest.length > 0 ? [`not shown: ${rest.join(', ')}; --metric chooses, --json has all`] : [];
  const shown = leaderboards.filter(({metric}) => metric === leaderboards[0]?.metric);
  return [
    renderHead(results),
    ...(cells.length > 0 ? [renderTable(cellTable(results, own, {caption: 'cells', notes}))] : []),
    ...(scored > 0 ? renderLeaderboards(shown) : []),
  ].join('\n');
}

function renderLeaderboards(leaderboards: readonly Leaderboard[]): string[] {
  const left = leaderboards.length - MOST_LEADERBOARDS;
  return [
    ...leaderboards.slice(0, MOST_LEADERBOARDS).map(each => renderTable(leaderboardTable(each))),
    ...(left > 0 ? [`… and ${left} more leaderboards: --json has all, --cell chooses\n`] : []),
  ];
}

/** Renders everything as JSON (`mac.trial-results/1`). */
export function renderTrialResultsJson(results: TrialResults): string {
  return `${JSON.stringify({schema: 'mac.trial-results/1', ...results}, null, 2)}\n`;
}

function renderHead(results: TrialResults): string {
  const {selection, kind, trials, scored, statuses, missing, columns} = results;
  const other = missing.length > 0 ? `, ${missing.length} planned without a record` : '';
  const ended = trials > 0 ? `: ${describeStatuses(statuses)}` : ' recorded';
  const lines = [`${selection} (${kind}): ${count(trials, 'trial')}${ended}${other}`];
  lines.push(...describeUnscoredTrials(results).map(line => `  ${line}`), ...describeMissing(missing, []));
  if (scored === 0) lines.push('no trial has succeeded yet: there are no scores');
  const cells = columns.length === 0 ? 'all trials together' : `one row for each ${columns.join(', ')}`;
  lines.push(`${cells}; means over trials that succeeded, with 95 % intervals from seed to seed and (n)`);
  return `${lines.join('\n')}\n`;
}

/** Renders the values behind a metric, cell by cell and seed by seed. */
export function renderTrialExplanation(id: string, explained: readonly ExplainedCell[]): string {
  const lines: string[] = [];
  for (const {cell, estimate, values} of explained) {
    lines.push(describeCell(cell), `  ${id}: ${writeMeasured({...estimate, isOfAnySize: true})}`);
    if (estimate.reason !== null) lines.push(`  not defined: ${estimate.reason}`);
    else if (estimate.interval_reason !== null) lines.push(`  no interval: ${estimate.interval_reason}`);
    lines.push(`  mean, ${estimate.method}, seeds as clusters: ${estimate.clusters}`);
    lines.push(...values.map(({seed, trial, value}) => `    seed ${seed ?? '–'}  ${value ?? '–'}  ${trial}`));
  }
  return `${lines.join('\n')}\n`;
}
