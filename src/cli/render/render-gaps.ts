import type {Problem} from '../../analyze/records/problems.ts';
import type {Selection} from '../../analyze/select/select-tasks.ts';
import {describeForTables} from '../../analyze/tables/table-problems.ts';
import {describeIdle, listSome} from './describe-missing.ts';
import {renderProblems} from './render-results.ts';

/** Returns what tables do not hold, or hold in part; empty when all is well. */
export function renderGaps({missing, idle}: Pick<Selection, 'missing' | 'idle'>, problems: readonly Problem[]): string {
  const head = missing.length > 0 ? [`${missing.length} × task-without-records: not in the tables`] : [];
  const names = listSome(missing, name => `    ${name}`);
  const lines = [...head, ...names, ...describeIdle(idle)].map(line => `${line}\n`);
  return lines.join('') + renderProblems({problems: describeForTables(problems)});
}
