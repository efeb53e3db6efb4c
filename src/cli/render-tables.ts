import type {Problem} from '../analyze/records/problems.ts';
import {describeForTables} from '../analyze/tables/table-problems.ts';
import {renderProblems} from './render-results.ts';

/** How many tasks without records a message lists. */
const LISTED = 10;

/** What the tables do not hold, or hold in part; empty when all is well. */
export function renderGaps(missing: readonly string[], problems: readonly Problem[]): string {
  const lines = missing.slice(0, LISTED).map(name => `    ${name}\n`);
  if (missing.length > LISTED) lines.push(`    … and ${missing.length - LISTED} more\n`);
  const head = missing.length > 0 ? `${missing.length} × task-without-records: not in the tables\n` : '';
  return head + lines.join('') + renderProblems({problems: describeForTables(problems)});
}
