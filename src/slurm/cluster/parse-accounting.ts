import {parseJobId} from './parse-queue.ts';
import {normalizeState} from './job-states.ts';

/** State of a job or element in accounting, which can lag seconds behind. */
export interface AccountingRow {
  readonly jobId: string;
  readonly element: number | null;
  readonly name: string;
  readonly state: string;
  /** `code:signal`. */
  readonly exitCode: string;
  readonly node: string;
}

/** Format for `sacct -X -P -n -o`; the name last. */
export const SACCT_FORMAT = 'JobID,State,ExitCode,NodeList,JobName';

/** Reads sacct's lines in our format. Where an element has several rows, callers let the last one win. */
export function parseAccounting(stdout: string): AccountingRow[] {
  const rows: AccountingRow[] = [];
  for (const line of stdout.split('\n')) {
    const [id, state, exitCode = '', node = '', ...name] = line.trim().split('|');
    const which = id === undefined ? undefined : parseJobId(id);
    if (!which || state === undefined || name.length === 0 || which.elements === 'cut') continue;
    for (const element of which.elements) {
      rows.push({
        jobId: which.jobId,
        element,
        name: name.join('|'),
        state: normalizeState(state),
        exitCode,
        node: node === 'None assigned' ? '' : node,
      });
    }
  }
  return rows;
}

/** Returns whether sacct says that the cluster keeps no accounts. A slurmdbd that is down does not count. */
export function accountingIsOff(stderr: string): boolean {
  return /accounting storage is disabled/i.test(stderr);
}
