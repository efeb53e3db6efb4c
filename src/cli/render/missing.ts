import {type Problem, describeForTables} from '../../analyze/records/problems.ts';
import type {Results} from '../../analyze/score/read-results.ts';
import type {Selection} from '../../analyze/select/select-tasks.ts';
import {escapeInvisible} from '../../core/text/visible.ts';

/** Most names that a message lists. */
const LISTED = 10;

/** Returns lines about tasks and grids without results. */
export function describeMissing(missing: readonly string[], idle: readonly string[]): string[] {
  return [...listSome(missing, name => `  nothing yet: ${name}`), ...describeIdle(idle)];
}

function describeIdle(idle: readonly string[]): string[] {
  return listSome(idle, id => `  left out: grid ${id}, of which nothing has run yet`);
}

function listSome(names: readonly string[], describe: (name: string) => string): string[] {
  const rest = names.length > LISTED ? [`  … and ${names.length - LISTED} more`] : [];
  return [...names.slice(0, LISTED).map(describe), ...rest];
}

/** Returns what tables lack or hold only in part; empty when all is well. */
export function renderGaps({missing, idle}: Pick<Selection, 'missing' | 'idle'>, problems: readonly Problem[]): string {
  const head = missing.length > 0 ? [`${missing.length} × task-without-records: not in the tables`] : [];
  const names = listSome(missing, name => `    ${name}`);
  const lines = [...head, ...names, ...describeIdle(idle)].map(line => `${line}\n`);
  return lines.join('') + renderProblems({problems: describeForTables(problems)});
}

/** Returns what was left out or deserves a look; empty when all is well. */
export function renderProblems({problems}: Pick<Results, 'problems'>): string {
  const lines = problems.map(
    ({kind, count, meaning, examples}) =>
      `${count} × ${kind}: ${meaning}\n${examples.map(each => `    ${each}\n`).join('')}`,
  );
  return escapeInvisible(lines.join(''));
}
